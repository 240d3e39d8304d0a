"""The tables of `docs/reference/vectors.md`: how the rows of each file went.

`python -m tests.vectors_page [DIR]` writes them anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.bond import test_actus, test_daycount_vectors, test_schedule_vectors
from tests.bond.actus import KINDS
from tests.bond.markets import test_published_bonds, test_us_auctions, test_us_regulation
from tests.vectors import Tally, digest
from tests.wire import test_calendars
from tests.words import test_identifiers

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "vectors.md"
BEGINS, ENDS = "<!-- tables: python -m tests.vectors_page -->", "<!-- end of the tables -->"
SHOWN = 8  # cases left out for one reason that are named one by one


def _day_counts(vectors: Path) -> list[Tally]:
    return list(test_daycount_vectors.day_counts(vectors))


def _one(tallied: Callable[[Path], Tally], name: str) -> Callable[[Path], list[Tally]]:
    return lambda vectors: [tallied(vectors)] if (vectors / name).is_file() else []


def _actus(kind: str) -> Callable[[Path], list[Tally]]:
    return _one(lambda vectors: test_actus.contracts(vectors, kind), f"actus/actus-tests-{kind}.json")


def _calendar(centre: str) -> Callable[[Path], list[Tally]]:
    return _one(lambda vectors: test_calendars.holidays(vectors, centre), f"calendars/{centre}.csv")


SOURCES: list[Callable[[Path], list[Tally]]] = [
    _day_counts,
    _one(test_schedule_vectors.rolls, test_schedule_vectors.ROLLED),
    _one(test_schedule_vectors.strata, test_schedule_vectors.STRATA),
    _one(test_schedule_vectors.quantlib, test_schedule_vectors.QUANTLIB),
    *(_actus(kind) for kind in KINDS),
    _one(test_published_bonds.published, test_published_bonds.NAME),
    _one(test_us_regulation.examples, test_us_regulation.NAME),
    _one(test_us_auctions.bills, test_us_auctions.BILLS),
    _one(test_us_auctions.notes, test_us_auctions.NOTES),
    *(_calendar(centre) for centre in test_calendars.LISTED),
    _one(test_identifiers.judged, "identifiers.csv"),
]


def tallies(vectors: Path) -> list[Tally]:
    """Of each file that the folder has."""
    return [each for source in SOURCES for each in source(vectors)]


def count_line(vectors: Path, found: Tally) -> str:
    return f"| `{found.name}` | `{digest(vectors / found.name)}` | {found.ran} | {len(found.left_out) or ''} |"


def left_out_lines(found: Tally) -> list[str]:
    """A line for each reason, with its cases."""
    by_reason: dict[str, list[str]] = {}
    for label, reason in found.left_out.items():
        by_reason.setdefault(reason, []).append(label)
    lines = []
    for reason, labels in by_reason.items():
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        lines.append(f"| `{found.name}` | {', '.join(labels[:SHOWN])}{more} | {reason} |")
    return lines


def tables(vectors: Path) -> str:
    found = tallies(vectors)
    ran, out = sum(each.ran for each in found), sum(len(each.left_out) for each in found)
    lines = [
        f"{ran:,} rows run and {out} are left out.",
        "",
        "| file | SHA-256 begins | run | left out |",
        "|---|---|---:|---:|",
        *(count_line(vectors, each) for each in found),
        "",
        "| file | left out | why |",
        "|---|---|---|",
        *(line for each in found for line in left_out_lines(each)),
    ]
    return "\n".join(lines)


def main() -> None:
    vectors = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "vectors"
    before, rest = PAGE.read_text("utf-8").split(BEGINS)
    after = rest.split(ENDS)[1]
    PAGE.write_text(f"{before}{BEGINS}\n\n{tables(vectors.resolve())}\n\n{ENDS}{after}", "utf-8")


if __name__ == "__main__":
    main()
