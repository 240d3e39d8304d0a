"""The table of who stands in registers, and stood in them; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.views.rows import Table


@dataclass(slots=True)
class SpellRow:
    """From when to when an account stood in a register of a bond, or of a keeper's book; `ceased` zero if it does.
    `holder` is whose it was, where it has changed hands since; zero else."""

    asset: int
    account: int
    number: int
    entered: int
    ceased: int
    holder: int = 0


SPELLS = Table("spells", SpellRow, 3)
