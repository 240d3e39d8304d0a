"""Named powers and their trace, breaks found by reconciliation and their owners."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Powers:
    """What privileged powers have been used for, in order."""

    uses: dict[int, bytes] = field(default_factory=dict)
