"""Kill a market under load again and again, and ask each time whether anything that it acknowledged is lost."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bauhinia.node import pieces
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.stored import unpack_raws

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A receipt that the market gave before it was killed."""

    height: int
    index: int
    header: str
    envelope: str


def run_and_kill(folder: Path, seconds: float) -> list[Acknowledged]:
    """Run the writer, kill it so many seconds after its first receipt, and say what it had acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.node.writer", str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    if process.stdout is None:
        raise RuntimeError("the writer has no output")
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    rest = process.stdout.read()
    process.wait()
    lines = (first + rest).decode().splitlines(keepends=True)
    whole = [line.split() for line in lines if line.endswith("\n")]
    if not whole:
        raise RuntimeError("the writer acknowledged nothing")
    return [Acknowledged(int(height), int(index), header, raw) for height, index, header, raw in whole]


def lost(folder: Path, told: list[Acknowledged]) -> list[Acknowledged]:
    """What was acknowledged and is not in the journal, in its place, under the header that was told."""
    journal = Journal(Home.at(folder).journal, writable=False)
    try:
        kept: dict[tuple[int, int], tuple[str, str]] = {}
        for stored in journal.blocks():
            for index, (_, raw) in enumerate(unpack_raws(stored.body)):
                kept[stored.height, index] = stored.hash.hex(), sha256(raw).hexdigest()
    finally:
        journal.close()
    return [each for each in told if kept.get((each.height, each.index)) != (each.header, each.envelope)]


def kill_often(folder: Path, times: int, chance: random.Random, longest: float) -> list[Acknowledged]:
    """Kill the market `times` times at random instants; what it acknowledged in all that, all of it kept."""
    told: list[Acknowledged] = []
    for _ in range(times):
        told += run_and_kill(folder, chance.random() * longest)
        missing = lost(folder, told)
        if missing:
            raise RuntimeError(f"{len(missing)} acknowledged envelopes are lost, the first {missing[0]}")
    return told


def soak(minutes: float, seed: int, folder: Path) -> int:
    """Kill for so long, verify the whole journal after every ten; the number of envelopes acknowledged and kept."""
    chance, until, told = random.Random(seed), time.monotonic() + 60 * minutes, 0
    kills = 0
    while time.monotonic() < until:
        told += len(kill_often(folder, 10, chance, 2.0))
        kills += 10
        report = pieces.verify(folder)
        if not report.good:
            raise RuntimeError(f"after {kills} kills: {report.why}")
        print(f"{kills} kills, {told} envelopes acknowledged, none lost; {report.height} blocks verified", flush=True)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/soak-kill", description=(__doc__ or "").strip())
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--seed", type=int, default=time.time_ns() % 1_000_000, help="of the instants; told, to repeat them"
    )
    parser.add_argument("--data", type=Path, help="an empty folder to keep the market in, on the disk that is tried")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    if given.data is not None:
        soak(given.minutes, given.seed, given.data)
        return
    with tempfile.TemporaryDirectory(prefix="bauhinia-soak-") as made:
        soak(given.minutes, given.seed, Path(made) / "data")


if __name__ == "__main__":
    main()
