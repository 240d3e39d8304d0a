"""Whole lives of a market, at random: bonds are issued, traded, tapped, paid late, blocked, defaulted on and redeemed,
day after day until nothing is left; and everything that must hold is asked after every block.

A life is made of its seed alone, and with it goes that of a network of banks (`networking`). At its end every payment
has reached its holders, whatever stood in the way; the same blocks applied again, whole and in pieces, give the same
headers and state; the events alone give the same positions.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bauhinia.ledger.actions import ActionStatus
from bauhinia.ledger.bonds import AllotmentStatus, BondStatus
from bauhinia.ledger.invariants import outstanding
from bauhinia.machine.events import EVENTS
from bauhinia.rules.allotment import WithdrawAllotment
from bauhinia.rules.closing import is_done
from bauhinia.sim import (
    agreeing,
    charging,
    exercising,
    failing,
    holding,
    keeping,
    linking,
    networking,
    queueing,
    taxing,
    trading,
)  # fmt: skip
from bauhinia.sim.founding import FIRST, TABLE, Life, found
from bauhinia.sim.stage import Unsound, evolves, replays
from bauhinia.words.reasons import Fault

Doing = Callable[[Life], None]

# what may happen at any moment of a day, and how often of a hundred chances
DOINGS: tuple[tuple[int, Doing], ...] = (
    (80, trading.trade),
    (25, trading.change_instruction),
    (60, trading.answer_payments),
    (6, trading.redeem),
    (10, trading.elect),
    (4, trading.rights),
    (4, trading.buy_back),
    (15, trading.tidy_closings),
    (40, keeping.observe),
    (40, exercising.tell),
    (6, exercising.call),
    (20, exercising.put),
    (30, exercising.withdraw),
    (8, taxing.documents),
    (40, taxing.pools),
    (4, taxing.remit),
    (25, taxing.reclaims),
    (20, taxing.reverse),
    (30, taxing.confirm),
    (45, keeping.fund),
    (25, keeping.pay_tiers),
    (15, keeping.release_suspense),
    (10, keeping.accelerate),
    (7, keeping.use_power),
    (12, keeping.undo_powers),
    (8, keeping.standings),
    (6, keeping.propose),
    (12, keeping.static_data),
    (15, keeping.state_books),
    (12, keeping.mend_breaks),
    (8, holding.tiers),
    (30, holding.wallet),
    (25, holding.deposits),
    (12, holding.pay_in_deposits),
    (15, holding.elect),
    (45, holding.coin),
    (8, failing.late),
    (8, failing.appeal),
    (20, failing.decide),
    (3, failing.exempt),
    (20, failing.buy_in),
    (25, failing.report),
    (3, queueing.appoint),
    (5, queueing.ring),
    (12, linking.back_to_back),
    (8, linking.in_a_row),
    (8, linking.cycle),
    (12, linking.relink),
    (20, agreeing.pay),
    (10, agreeing.exchange),
    (10, agreeing.propose),
    (25, agreeing.answer),
    (4, agreeing.mandate),
    (15, agreeing.venue),
    (4, charging.publish),
    (4, charging.name),
    (14, charging.bills),
    (2, charging.port),
)
HOURS = (9 * 60 + 5, 10 * 60 + 30, 13 * 60, 15 * 60 + 30, 16 * 60 + 30)
LAST = date(2026, 6, 12)  # the last of the bonds has matured
GIVEN_UP = 60  # business days after that in which nothing may stay unpaid
LONG_AFTER = date(2027, 9, 30)  # claims are prescribed, data erased
DEFAULT_SEEDS = 12

# events that no life needs to see, each with the reason
RARE: dict[str, str] = {}


@dataclass
class Lived:
    """What came of a life: how often each event was told and each reason given, and how many blocks there were."""

    seed: int
    blocks: int
    told: Counter[str]
    refused: Counter[str]


def live(seed: int, *, long: bool = False) -> Lived:
    """One whole life. Raises Unsound, or Fault, where something is wrong. A `long` one goes on until claims are
    prescribed and personal data erased."""
    life = found(seed)
    life.long = long
    plan = _plan(life)
    while life.today <= LAST:
        _day(life, plan)
    _wind_up(life)
    while long and life.today < LONG_AFTER:  # what is prescribed is paid back, by RTGS too
        life.stage.until(life.today + timedelta(days=15), HOURS[0])
        trading.answer_payments(life, 100)
        life.stage.flush()
    ends_well(life)
    stage = life.stage
    replays(stage)
    replays(stage, tuple(sorted(Random(seed).sample(range(2, len(stage.blocks)), 3))))
    evolves(stage)
    banks = networking.live_network(seed)
    blocks = len(stage.blocks) + len(banks.blocks)
    return Lived(seed, blocks, stage.told + banks.told, stage.refused + banks.refused)


def _plan(life: Life) -> dict[date, list[Doing]]:
    """What is to happen once, and from which day on."""
    chance = life.chance
    plan: dict[date, list[Doing]] = {}
    once: tuple[tuple[int, int, Doing], ...] = (
        (3, 15, keeping.statute),
        (25, 55, keeping.calendars),
        (60, 100, keeping.calendars),
        (4, 20, trading.tap),
        (8, 26, trading.tap),
        (30, 80, trading.tap),
        (34, 90, trading.tap),
        (1, 90, trading.give_up),
        (0, 1, failing.rates),
        (30, 60, failing.rates),
    )
    for earliest, latest, doing in once:
        plan.setdefault(FIRST + timedelta(days=chance.randrange(earliest, latest)), []).append(doing)
    return plan


def _day(life: Life, plan: dict[date, list[Doing]]) -> None:
    today = life.today
    keeping.weather(life)
    life.stage.flush()
    if life.today != today:  # closed
        return
    for minute in HOURS:
        life.stage.until(today, minute)
        if life.today != today:
            return
        for percent, doing in DOINGS:
            if life.likely(percent // life.calm):
                doing(life)
            if life.likely(25):
                life.stage.flush()
    for day in [day for day in plan if day <= today]:
        for doing in plan.pop(day):
            doing(life)
    life.stage.until(today, TABLE.fop_cut_off + 1)
    if life.likely(30):
        trading.state_payments(life)
    life.stage.until(today, TABLE.end_of_day + 1)
    if life.today == today:
        raise Unsound(f"{today} does not end")


def _wind_up(life: Life) -> None:
    """Everyone does what it should, day after day, until all is paid."""
    life.late.clear()
    for _ in range(GIVEN_UP):
        today = life.today
        life.stage.until(today, HOURS[0])
        keeping.standings(life, 100)
        keeping.undo_powers(life, 100)
        keeping.mend_breaks(life, 100)
        life.stage.flush()
        _close_closings(life)
        for minute in HOURS[1:3]:
            trading.answer_payments(life, 100)
            keeping.observe(life, 100)
            exercising.tell(life, 100)
            taxing.confirm(life, 100)
            keeping.fund(life, 100)
            keeping.pay_tiers(life, 100)
            keeping.release_suspense(life, 100)
            life.stage.until(today, minute)
        life.stage.until(today, TABLE.end_of_day + 1)
        if _all_done(life):
            return


def _close_closings(life: Life) -> None:
    for base, bond in life.state.issues.bonds.items():
        closing = bond.closings[-1]
        if closing.released and not is_done(closing):
            for number, each in enumerate(closing.allotments, 1):
                if each.status not in (AllotmentStatus.ISSUED, AllotmentStatus.WITHDRAWN):
                    life.stage.send("Lead", WithdrawAllotment(base, number))
    life.stage.flush()


def _all_done(life: Life) -> bool:
    return not any(_unfinished(life))


def ends_well(life: Life) -> None:
    """At the end every payment is made and no bond is left."""
    wrong = [what for what in _unfinished(life) if what]
    if wrong:
        raise Unsound(f"at the end of the life: {'; '.join(wrong)}")


def _unfinished(life: Life) -> Iterable[str]:
    state = life.state
    for action in state.servicing.actions.values():
        gone = state.issues.bonds[action.asset].status in (BondStatus.CANCELLED, BondStatus.MERGED)
        if action.status not in (ActionStatus.PAID, ActionStatus.CANCELLED) and not gone:
            yield f"action {action.number} of {state.assets[action.asset].name} is {action.status.name}"
    for base, bond in state.issues.bonds.items():
        left = outstanding(state, state.assets[base])
        if left:
            yield f"{left} of {state.assets[base].name} ({bond.isin}) is left, {bond.status.name}"
    for payment in state.settlement.payments.values():
        if payment.requested and not payment.reference and payment.status in trading.UNANSWERED:
            yield f"payment {payment.number} is {payment.status.name}"


def unseen(told: Counter[str]) -> list[str]:
    """The events that were never told, but for the rare ones."""
    return [each.kind.__name__ for each in EVENTS if not told[each.kind.__name__] and each.kind.__name__ not in RARE]


def live_all(seeds: Iterable[int], until: float | None = None) -> Counter[str]:
    """Lives one after another, told line by line; the seed of one that goes wrong is named. How often each event was
    told in all."""
    told: Counter[str] = Counter()
    for seed in seeds:
        if until is not None and time.monotonic() > until:
            break
        began = time.monotonic()
        try:
            lived = live(seed, long=seed % 3 == 0)
        except (Unsound, Fault):
            print(f"seed {seed} went wrong: script/soak-life --first {seed} --seeds 1", flush=True)
            raise
        told += lived.told
        seconds = time.monotonic() - began
        print(
            f"seed {seed}: {lived.blocks} blocks, {lived.told.total()} events, {lived.refused.total()} refusals, "
            f"{seconds:.1f} s",
            flush=True,
        )
    return told


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/soak-life", description=(__doc__ or "").strip())
    parser.add_argument("--seeds", type=int, default=DEFAULT_SEEDS, help="how many lives")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first; each next one is one more")
    parser.add_argument("--minutes", type=float, help="stop after so long, however many lives that are")
    given = parser.parse_args()
    until = None if given.minutes is None else time.monotonic() + 60 * given.minutes
    count = given.seeds if given.minutes is None else 1 << 30
    told = live_all(range(given.first, given.first + count), until)
    for name, times in sorted(told.items()):
        print(f"{times:>9,} {name}")
    missing = unseen(told)
    print(f"never told: {', '.join(missing)}" if missing else "every event was told")
    if missing and given.first == 1 and given.seeds >= DEFAULT_SEEDS:
        raise SystemExit("the lives of the default seeds are to see every event")


if __name__ == "__main__":
    main()
