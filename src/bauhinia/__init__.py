"""Bauhinia: tokenised-bond market infrastructure, one deterministic ledger from term sheet to redemption."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
