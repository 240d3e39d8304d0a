"""Of instructions that are alone: what others allege, and in what an instruction differs from its other side's."""

from __future__ import annotations

from bauhinia.ledger.instructions import Order, Payment
from bauhinia.views import tables
from bauhinia.views.allegements import ALLEGEMENTS, Allegement, AllegementRow
from bauhinia.views.asking import Asking
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.views.tables import InstructionRow

MOST_ALLEGED = 1_000  # in one answer
MOST_COMPARED = 200  # instructions of a counterparty
FEW = 3  # fields in which another side may differ and still be meant
MATCHED = ("payment", "quantity", "settlement_date", "trade_date", "model")
LEFT_OUT = ("common_reference", "cum_ex")  # compared where both sides say them


def allegements(views: Views, viewer: Viewer) -> tuple[Allegement, ...]:
    """What others have instructed with the viewer and it has not answered, oldest first; an operator sees all."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        where = "" if viewer.operator else "WHERE counterparty = :party "
        rows = ALLEGEMENTS.rows(db, f"{where}ORDER BY instruction LIMIT :limit",
                                       party=viewer.party, limit=MOST_ALLEGED)  # fmt: skip
        return tuple(_line(ask, row) for row in rows)


def _line(asking: Asking, row: AllegementRow) -> Allegement:
    told = row.allegement
    against = told.payment is Payment.AGAINST
    return Allegement(
        row.instruction,
        told.party,
        asking.party_name(told.party),
        told.side.name,
        told.payment.name,
        told.asset,
        asking.code(told.asset),
        asking.amount(told.asset, told.quantity),
        told.trade_date,
        told.settlement_date,
        told.money,
        asking.code(told.money),
        asking.amount(told.money, told.amount) if against else None,
        told.common_reference,
        told.cum_ex.name,
        told.model,
        row.told,
    )


def differences(asking: Asking, row: InstructionRow) -> tuple[str, ...]:
    """The fields in which an unmatched instruction differs from the one of its counterparty that is nearest: of the
    same two parties and the same bond, the other way. Of several that with the fewest differences, then the oldest;
    one that differs in more than a few is another trade."""
    if row.transaction or row.cancelled:
        return ()
    found: tuple[str, ...] = ()
    others = tables.INSTRUCTIONS.rows(
        asking.db,
        'WHERE asset = ? AND party = ? AND open = 1 AND "transaction" = 0 ORDER BY number LIMIT ?',
        row.asset, row.order.counterparty, MOST_COMPARED,
    )  # fmt: skip
    for other in others:
        if other.order.counterparty == row.party and other.order.side is not row.order.side:
            differs = _apart(row.order, other.order)
            if 0 < len(differs) <= FEW and (not found or len(differs) < len(found)):
                found = differs
    return found


def _apart(own: Order, other: Order) -> tuple[str, ...]:
    """The matching fields in which two orders differ. One free and one against payment differ in that alone, whatever
    that makes of the money; what one side leaves out does not differ."""
    money = ("money", "amount") if own.payment is other.payment else ()
    names = [name for name in (*MATCHED, *money) if getattr(own, name) != getattr(other, name)]
    names += [name for name in LEFT_OUT if getattr(own, name) and getattr(other, name)
              and getattr(own, name) != getattr(other, name)]  # fmt: skip
    return tuple(names)
