"""What traders link, and what they leave to a cycle, on a day of a random life."""

from __future__ import annotations

from dataclasses import replace

from bauhinia.ledger.instructions import NET, CumEx, Link, Payment, ProcessingPosition, Side
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.sim.founding import LOT, TRADERS, Life
from bauhinia.sim.trading import held, order_of
from bauhinia.words.ids import AssetNumber

WITH, BEFO, AFTE = ProcessingPosition.WITH, ProcessingPosition.BEFO, ProcessingPosition.AFTE


def _both(life: Life, seller: str, buyer: str, base: AssetNumber, lots: int, amount: int, model: int) -> list[Instruct]:
    """The two sides of a trade, free of payment where nothing is paid."""
    money = life.token if amount else AssetNumber(0)
    return [
        replace(
            order_of(life, side, own, other, base, lots, money, amount, 0, CumEx.UNSAID),
            amount=amount,
            model=model,
        )
        for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller))
    ]


def _linked(order: Instruct, *links: Link) -> Instruct:
    return replace(order, links=order.links + links)


def _holder(life: Life) -> tuple[AssetNumber, str, int] | None:
    """A bond, someone who holds it, and how many lots."""
    base = life.one_of(list(life.bonds.values()))
    holders = [name for name in TRADERS if held(life, name, base) >= LOT]
    if not holders:
        return None
    name = life.one_of(holders)
    return base, name, held(life, name, base) // LOT


def back_to_back(life: Life) -> None:
    """Someone buys and sells on at one instant, with neither bonds nor money; at times in a cycle, at times the two
    sides link what cannot be."""
    found = _holder(life)
    if found is None:
        return
    base, seller, lots = found
    dealer, buyer = life.chance.sample([name for name in TRADERS if name != seller], 2)
    lots, model = life.chance.randrange(1, lots + 1), life.one_of((1, 1, 1, NET))
    amount = lots * LOT
    first, purchase = _both(life, seller, dealer, base, lots, amount, model)
    sale, last = _both(life, dealer, buyer, base, lots, amount + life.chance.randrange(3), model)
    sale = _linked(sale, Link(life.one_of((WITH, WITH, WITH, AFTE, BEFO)), purchase.reference))
    if life.likely(20):
        purchase = _linked(purchase, Link(life.one_of((WITH, BEFO)), sale.reference))
    if life.likely(85):
        life.mint(buyer, last.amount)
    orders = [(seller, first), (dealer, purchase), (dealer, sale), (buyer, last)]
    life.chance.shuffle(orders)
    for own, order in orders[: len(orders) - life.likely(10)]:
        life.stage.send(own, order)
        if life.likely(30):
            life.stage.flush()


def in_a_row(life: Life) -> None:
    """A holder delivers to several, one after the other; the first may be held, or be paid outside the ledger."""
    found = _holder(life)
    if found is None:
        return
    base, seller, _ = found
    before = ""
    for buyer in life.chance.sample([name for name in TRADERS if name != seller], 3):
        delivery, receipt = _both(life, seller, buyer, base, 1, 0, 1)
        if not before and life.likely(30):
            delivery, receipt = (
                replace(each, payment=Payment.AGAINST, money=life.rtgs, amount=LOT) for each in (delivery, receipt)
            )
        if before:
            delivery = _linked(delivery, Link(AFTE, before))
        before = delivery.reference
        life.stage.send(seller, delivery)
        life.stage.send(buyer, receipt)


def cycle(life: Life) -> None:
    """Three traders give each other, in a cycle, what they would first have of the one before."""
    base = life.one_of(list(life.bonds.values()))
    names, lots, model = life.chance.sample(TRADERS, 3), life.chance.randrange(1, 9), life.one_of((2, NET, NET))
    for seller, buyer in zip(names, (*names[1:], names[0]), strict=True):
        for own, order in zip((seller, buyer), _both(life, seller, buyer, base, lots, lots * LOT, model), strict=True):
            life.stage.send(own, order)
    if life.likely(30):
        life.mint(names[0], LOT)


def relink(life: Life) -> None:
    """Someone links an instruction of its own with another, or takes its links back."""
    settlement = life.state.settlement
    waiting = [each for each in settlement.instructions.values() if not each.cancelled]
    if not waiting:
        return
    linked = [each for each in waiting if each.links]
    instruction = life.one_of(linked if linked and life.likely(70) else waiting)
    others = [each.order.reference for each in waiting if each.party == instruction.party]
    links = (Link(life.one_of((WITH, BEFO, AFTE)), life.one_of(others)),) if life.likely(25) else ()
    order = instruction.order
    value = ModifyInstruction(instruction.number, order.priority, order.partial, links=links)
    life.stage.send(life.stage.name_of(instruction.party), value)
