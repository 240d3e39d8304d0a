"""Kill node, RTGS and gateway at random, with faults between them, and compare both books after each day."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

import httpx

from tests.agents.three import Three
from tests.agents.two_systems import admin
from tests.edge.http.stage import opened
from tests.rules.deal import NEXT

NODE = [f"{moment}:{event}" for moment in ("before", "after", "told") for event in ("PaymentAsked", "PaymentConfirmed")]
GATEWAY = [f"{moment}:{place}" for moment in ("before", "after") for place in ("pay", "confirm", "state")]
RTGS = [f"{place}:crash-{moment}" for place in ("pay", "tell") for moment in ("before", "after")]
FAULTS = [
    f"{place}:{kind}"
    for place in ("pay", "ask", "tell", "day")
    for kind in ("drop", "hold", "lose", "garbage", "error")
]
CLOSE = 18 * 60 + 30


def one_round(template: Path, folder: Path, chance: random.Random) -> tuple[int, int]:
    """A day of trades; how many settled, and how often something died."""
    some = {name: chance.choices(places, k=chance.randrange(1, 4)) for name, places in _PLACES.items()}
    three = Three.begin(template, folder, some)
    try:
        for _ in range(chance.randrange(2, 6)):
            plan_faults(three, chance.choices(FAULTS, k=chance.randrange(4)))
            three.traded()
            until = time.monotonic() + chance.random()
            while time.monotonic() < until:
                three.tend()
                time.sleep(0.05)
            if chance.random() < 0.3:
                three.kill(chance.choice(list(three.running)))
        three.tended("all is answered", lambda: answered(three))
        told = three.told_until(NEXT, CLOSE)
        three.tended("the day is over", lambda: not told.is_alive())
        three.tended("all is answered", lambda: answered(three))
    finally:
        three.stop()
    here, there = three.compare()
    if here != there:
        raise RuntimeError(f"settled here {sorted(here)}, there {sorted(there)}; see {folder}")
    return len(here), three.kills


_PLACES = {"node": NODE, "gateway": GATEWAY, "rtgs": RTGS}


def answered(three: Three) -> bool:
    """Whether every trade has had a payment, and no payment waits for an answer."""
    found = three.statuses()
    return len(found) >= three.trades and not {"REQUESTED", "IN_DOUBT"} & {*found}


def plan_faults(three: Three, faults: list[str]) -> None:
    """Have the RTGS fail so, once it is there to be told."""

    def told() -> bool:
        try:
            admin(three.rtgs_url, "faults", faults)
        except httpx.HTTPError:
            return False
        return True

    three.tended("the RTGS is there", told)


def soak(minutes: float, seed: int, folder: Path) -> None:
    """Rounds for so long; the folder of one that goes wrong is kept, where it was given."""
    chance, until, rounds, settled, kills = random.Random(seed), time.monotonic() + 60 * minutes, 0, 0, 0
    opened(folder / "template").close()
    while time.monotonic() < until:
        rounds += 1
        place = folder / f"round-{rounds}"
        place.mkdir()
        more, died = one_round(folder / "template", place, chance)
        settled, kills = settled + more, kills + died
        print(f"{rounds} rounds, {kills} deaths, {settled} payments settled on both sides and none on one", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/soak-rtgs", description=(__doc__ or "").strip())
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--seed", type=int, default=time.time_ns() % 1_000_000, help="of what happens; told, to repeat it"
    )
    parser.add_argument("--data", type=Path, help="an empty folder to keep both systems in")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    if given.data is not None:
        soak(given.minutes, given.seed, given.data)
        return
    with tempfile.TemporaryDirectory(prefix="bauhinia-soak-") as made:
        soak(given.minutes, given.seed, Path(made))


if __name__ == "__main__":
    main()
