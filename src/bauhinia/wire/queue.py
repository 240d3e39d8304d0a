"""What waits to settle, as the API tells it: for agents, which know the market by its API alone."""

from __future__ import annotations

from bauhinia.views.queue import QueueLine, QueuePage

__all__ = ["QueueLine", "QueuePage"]
