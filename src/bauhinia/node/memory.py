"""Python's garbage collector beside a big ledger."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 1_000


def settle_down() -> None:
    """For a process that is a node and nothing else: what is there stays, and the collector looks at it no more.

    The ledger makes no cycles, yet full collections that walk the whole state took a third of the time under load.
    Cycles that others made before are kept for good, so a program that embeds a market decides for itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
