"""What the views tell of a trade that settles in parts: each side its own, and the statements both."""

from __future__ import annotations

from pathlib import Path

from bauhinia.ledger.instructions import Partial, Side, TransactionKind
from bauhinia.views import queries
from tests.support import START, trade
from tests.views.agreement import agree
from tests.views.stage import NEXT, UNIT, dealers_and_custodians

PARTS = {"partial": Partial.PART}


def test_a_trade_in_parts_is_told_part_by_part_and_counts_once(tmp_path: Path) -> None:
    """A has 65 pieces (100, less 30 and 5), and sells 80 to B at 101."""
    stage = dealers_and_custodians(tmp_path)
    told, a, b = stage.told, stage.accounts["A"], stage.accounts["B"]
    price = 80 * UNIT * 101 // 100
    told.mint("HKMA", stage.hkd, b, price)
    for side, own, other, account in ((Side.DELIVER, "A", "B", a), (Side.RECEIVE, "B", "A", b)):
        party = told.parties[other]
        order = trade(
            side, stage.bond, 80 * UNIT, account, party, NEXT, stage.hkd, price, account, f"big {own}", **PARTS
        )
        told.does(own, order)
    told.until(NEXT, 16 * 60)
    stage.project()
    agree(stage.views, told.state)
    held = told.balance(a, stage.bond)
    for who, other, account in (("A", "B", a), ("B", "A", b)):
        viewer = stage.viewer(who)
        pending = [each for each in queries.instructions(stage.views, viewer, pending=True) if "big" in each.reference]
        ((line,)) = pending
        parted = 80 * UNIT - _left(stage.told.state)
        assert (line.partial, line.parted.units, line.settlement) == ("PART", parted, "PENDING")
        entries = [each for each in queries.entries(stage.views, viewer, account) if each.reference == f"big {who}"]
        assert {each.counterparty_name for each in entries} == {other}
        assert {each.kind for each in entries} == {TransactionKind.TRADE.name}
        moved = {each.asset: abs(each.change.units) for each in entries}
        assert moved == {stage.bond: parted, stage.hkd: parted * 101 // 100}
        assert [each.kind for each in queries.events(stage.views, viewer, limit=1_000)].count("Parted") == 1
    for who in ("client", "C2", "stranger"):
        assert "Parted" not in {each.kind for each in queries.events(stage.views, stage.viewer(who), limit=1_000)}
    assert held < UNIT
    (day,) = [each for each in queries.efficiency(stage.views, stage.viewer("operator")) if each.date == NEXT]
    assert (day.due, day.on_time) == (1, 0)
    assert START < NEXT


def _left(state: object) -> int:
    settlement = state.settlement  # type: ignore[attr-defined]
    (number,) = list(settlement.parting)
    return int(settlement.transactions[number].legs[0].amount)
