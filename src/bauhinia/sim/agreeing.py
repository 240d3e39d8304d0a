"""What traders agree on beside trades, on a day of a random life: payments, exchanges of money, sets, mandates."""

from __future__ import annotations

from datetime import timedelta

from bauhinia.ledger.instructions import CumEx, Payment, Side
from bauhinia.ledger.parties import Right
from bauhinia.ledger.posting import Leg
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.mandates import GiveMandate, InstructTrade, RevokeMandate
from bauhinia.rules.money import MintMoney
from bauhinia.rules.onboarding import GrantRight
from bauhinia.rules.payments import Pay
from bauhinia.rules.sets import AgreeSet, CancelSet, ProposeSet, WithdrawSet, is_open, parties_of
from bauhinia.sim.founding import DIRECT, LOT, TRADERS, Life
from bauhinia.sim.trading import held
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import AssetNumber

VENUE = "Lead"


def pay(life: Life) -> None:
    """A trader pays another, at times more than it has; often the other pays it too, and the two may offset."""
    money = life.one_of((life.token, life.deposit))
    payer, payee = life.chance.sample(TRADERS, 2)
    for own, other in ((payer, payee), (payee, payer))[: 1 + life.likely(40)]:
        most = 2 * life.state.positions.available(life.at[own], money) + 2
        value = Pay(
            money, life.at[own], life.at[other], life.chance.randrange(1, most),
            life.today + timedelta(days=life.one_of((0, 0, 0, 1))), life.next_reference(),
            life.chance.randrange(2, 5), life.likely(10),
        )  # fmt: skip
        life.stage.send(own, value)


def exchange(life: Life) -> None:
    """Two traders exchange one money for another, or give it away, both instructing."""
    first, second = life.chance.sample(TRADERS, 2)
    given, against = life.one_of(((life.token, life.deposit), (life.deposit, life.token), (life.token, life.rtgs)))
    amount, free = life.chance.randrange(1, 5 * LOT), life.likely(20)
    if life.likely(60):
        life.stage.send("Bank", MintMoney(life.deposit, life.at[life.one_of((first, second))], amount, "deposit"))
    reference = life.next_reference()
    for side, own, other in ((Side.DELIVER, first, second), (Side.RECEIVE, second, first)):
        cash = 0 if free or against == life.rtgs else life.at[own]
        order = Instruct(
            reference, side, Payment.FREE if free else Payment.AGAINST, given, amount, life.at[own], life.party(other),
            life.today, life.today, AssetNumber(0 if free else against), 0 if free else amount, cash,  # type: ignore[arg-type]
            "", CumEx.UNSAID, life.likely(5), 4,
        )  # fmt: skip
        life.stage.send(own, order)


def propose(life: Life) -> None:
    """A trader proposes a set of legs in bonds and moneys, in a ring so that most of it can be paid by itself."""
    names = life.chance.sample(TRADERS, life.chance.randrange(2, 4))
    legs = []
    for giver, taker in zip(names, (*names[1:], names[0]), strict=True):
        for _ in range(life.chance.randrange(1, 3)):
            base = life.one_of([*life.bonds.values(), life.token, life.deposit])
            lots = life.chance.randrange(1, held(life, giver, base) // LOT + 2) if base in life.bonds.values() else 1
            legs.append(Leg(base, life.at[giver], life.at[taker], lots * LOT))
    day = life.today + timedelta(days=life.one_of((0, 0, 1, 2)))
    until = life.state.time + life.one_of((30 * MINUTE, DAY, 5 * DAY))
    if life.likely(10):  # one lets the proposer take it along
        right = life.one_of((Right.INSTRUCT, Right.RECEIVE))
        grant = GrantRight(life.at[names[1]], life.party(names[0]), right, AssetNumber(0), until)
        life.stage.send(names[1], grant)
    value = ProposeSet(tuple(legs), day, until, life.next_reference(), life.chance.randrange(2, 5))
    life.stage.send(names[0] if life.likely(95) else life.one_of(DIRECT), value)
    life.stage.flush()
    answer(life)


def answer(life: Life) -> None:
    """Parties agree to sets, withdraw, decline, or ask that one be cancelled."""
    state = life.state
    for agreed in list(state.settlement.agreed.sets.values()):
        for party in parties_of(state, agreed):
            name = life.stage.name_of(party)
            if is_open(agreed) and party not in agreed.agreed and life.likely(60):
                life.stage.send(name, AgreeSet(agreed.number))
            elif life.likely(4):
                life.stage.send(name, WithdrawSet(agreed.number))
            elif agreed.transaction and life.likely(12):
                life.stage.send(name, CancelSet(agreed.number))


def mandate(life: Life) -> None:
    """Traders give a venue mandates, for some days, and now and then take one back."""
    for name in life.chance.sample(TRADERS, 3):
        most = life.chance.randrange(1, 20) * LOT
        until = life.state.time + life.one_of((3, 10, 60)) * DAY
        value = GiveMandate(
            life.party(VENUE), life.at[name], life.at[name], (), life.token, most, 3 * most, until, life.likely(30)
        )
        life.stage.send(name, value)
    in_force = list(life.state.settlement.mandates.in_force)
    if in_force and life.likely(20):
        number = life.one_of(in_force)
        holder = life.state.settlement.mandates.in_force[number].mandate.holder
        life.stage.send(life.one_of((life.stage.name_of(holder), VENUE, "D2")), RevokeMandate(number))


def venue(life: Life) -> None:
    """The venue instructs a trade of two of its members, at times above a limit."""
    members = [each.mandate.account for each in life.state.settlement.mandates.in_force.values()]
    base = life.one_of(list(life.bonds.values()))
    if len(members) < 2:
        return
    delivers, receives = life.chance.sample(members, 2)
    lots = life.chance.randrange(1, 6)
    if life.likely(70):
        life.stage.send("HKMA", MintMoney(life.token, receives, lots * LOT, "reserve"))
    value = InstructTrade(
        life.next_reference(), base, lots * LOT, delivers, receives, life.token, lots * LOT, life.today,
        life.today + timedelta(days=life.one_of((0, 0, 1))),
    )  # fmt: skip
    life.stage.send(VENUE, value)
