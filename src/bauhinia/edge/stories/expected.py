"""The conformance files: what every block of a story came to. Another implementation that plays the same story from
the same play keys must come to the same lines."""

from __future__ import annotations

import sys
from pathlib import Path

from bauhinia.edge.stories.driver import Machine
from bauhinia.edge.stories.player import Played, genesis_of, play
from bauhinia.edge.stories.reader import read_file
from bauhinia.words.dates import format_instant

HEADING = "# height  time  first 8 bytes of the header's hash  events, in order; made by script/expected"


def expected_lines(played: Played) -> list[str]:
    """One line a block: its height, its time in UTC, the first 8 bytes of its header's hash, and the kinds of its
    events (and refusals, as refused:REASON), equal ones that follow each other counted; then the last hash in full."""
    lines = [HEADING, f"# {played.plan.title}", f"# ledger {played.driver.ledger.hex()}"]
    for block in played.record.lines:
        lines.append(
            " ".join([str(block.height), format_instant(block.time), block.hash[:8].hex(), *_counted(block.events)])
        )
    return [*lines, f"# the last header {played.record.lines[-1].hash.hex()}"]


def _counted(kinds: list[str]) -> list[str]:
    """Settled Settled Settled is Settled*3."""
    found: list[tuple[str, int]] = []
    for kind in kinds:
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + 1)
        else:
            found.append((kind, 1))
    return [kind if count == 1 else f"{kind}*{count}" for kind, count in found]


def expected_file(story: Path) -> Path:
    """Where the conformance file of a story is."""
    return story.parent / "expected" / f"{story.stem}.events"


def write_expected(story: Path) -> Path:
    """Play a story in memory and write its conformance file. Mistake where the story does not hold."""
    plan = read_file(story)
    played = play(plan, Machine(genesis_of(plan)))
    file = expected_file(story)
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(expected_lines(played)) + "\n", encoding="utf-8")
    return file


def main(arguments: list[str]) -> int:
    """`python -m bauhinia.edge.stories.expected STORY...`: write the conformance files of these stories."""
    for argument in arguments:
        print(write_expected(Path(argument)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
