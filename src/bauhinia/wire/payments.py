"""Payments outside the ledger, as the API tells them: for agents, which know the market by its API alone."""

from __future__ import annotations

from bauhinia.views.model import EventLine, MoneyLine, PaymentLine, SystemLine

__all__ = ["EventLine", "MoneyLine", "PaymentLine", "SystemLine"]
