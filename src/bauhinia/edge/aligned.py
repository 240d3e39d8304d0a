"""Tables in plain text, for readers and programmes alike."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), rule: str = "") -> list[str]:
    """The lines of a table: columns two blanks apart, those named in `right` set to the right; with `rule` a line of
    that sign below the head."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    ruled = [[rule * width for width in widths]] if rule else []
    lines = []
    for row in (head, *ruled, *rows):
        cells = (
            text.rjust(width) if at in right else text.ljust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return lines
