"""What is done about a queue in which everyone waits for someone else, on a day of a random life."""

from __future__ import annotations

from bauhinia.ledger.instructions import CumEx, Side
from bauhinia.rules.together import AppointOffsetAgent, SettleTogether
from bauhinia.sim.founding import LOT, TRADERS, Life
from bauhinia.sim.trading import held, order_of
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ASSET, TransactionNumber

AGENT = "D1"


def appoint(life: Life) -> None:
    """The operator lets a dealer propose for some days, or no longer."""
    until = life.state.time + life.chance.randrange(1, 20) * DAY if life.likely(80) else 0
    life.stage.send("operator", AppointOffsetAgent(life.party(AGENT), until))


def ring(life: Life) -> None:
    """Three traders are each to deliver what they would first have of the one before; then someone proposes."""
    base = life.one_of(list(life.bonds.values()))
    names = life.chance.sample(TRADERS, 3)
    lots = max(held(life, name, base) for name in names) // LOT + 1
    for seller, buyer in zip(names, (*names[1:], names[0]), strict=True):
        for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
            life.stage.send(own, order_of(life, side, own, other, base, lots, NO_ASSET, 0, 0, CumEx.UNSAID))
    life.stage.flush()
    propose(life)


def propose(life: Life) -> None:
    """Someone proposes the last of what waits, or some of it: who may not, and what would not go, is refused."""
    waiting = [number for line in life.state.settlement.waiting.values() for number in line]
    if not waiting:
        return
    last = sorted(waiting)[-3:] if life.likely(80) else life.chance.sample(waiting, min(4, len(waiting)))
    who = life.one_of(("operator", AGENT, "D2"))
    life.stage.send(who, SettleTogether(tuple(map(TransactionNumber, last)), "a ring"))
