"""What a bond's arithmetic says when it is asked for something that cannot be."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with what was given: the field's name, and what is wrong with it."""

    field: str
    problem: str


class Impossible(ValueError):
    """Asked for what cannot be computed. `field` names what was given wrongly, `problem` says how.

    A rule that has run the checks of `terms` and `calendar` never meets it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem
