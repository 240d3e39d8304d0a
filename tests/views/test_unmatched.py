"""What the views tell of instructions that are alone: to each side in what they differ, to the counterparty what is
wanted of it, and to nobody what the other side has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bauhinia.ledger.instructions import CumEx, Payment, Side
from bauhinia.rules.instructing import CancelInstruction, Instruct
from bauhinia.rules.lapsing import Alleged
from bauhinia.views import model, queries
from bauhinia.views.unmatched import allegements
from bauhinia.words.ids import AssetNumber, InstructionNumber
from tests.support import START, trade
from tests.views.stage import NEXT, UNIT, Stage, dealers_and_custodians


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return dealers_and_custodians(tmp_path)


def sides(stage: Stage) -> tuple[Instruct, Instruct]:
    """What dealers A and B instruct of one trade, each in its own words."""
    a, b = stage.accounts["A"], stage.accounts["B"]
    parties = stage.told.parties
    more: dict[str, Any] = {"common_reference": "deal 7", "cum_ex": CumEx.CUM}
    return (
        trade(Side.DELIVER, stage.bond, 7 * UNIT, a, parties["B"], NEXT, stage.hkd, 700, a, "secret of A", **more),
        trade(Side.RECEIVE, stage.bond, 7 * UNIT, b, parties["A"], NEXT, stage.hkd, 700, b, "secret of B", **more),
    )


def shown(stage: Stage, who: str) -> list[model.Instruction]:
    stage.project()
    return [
        each for each in queries.instructions(stage.views, stage.viewer(who)) if each.reference.startswith("secret")
    ]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"quantity": 6 * UNIT}, ("quantity",)),
        ({"amount": 701}, ("amount",)),
        ({"amount": 702, "quantity": 8 * UNIT}, ("quantity", "amount")),
        ({"trade_date": START}, ("trade_date",)),
        ({"settlement_date": NEXT + timedelta(days=1)}, ("settlement_date",)),
        ({"payment": Payment.FREE, "money": AssetNumber(0), "amount": 0, "cash_account": 0}, ("payment",)),
        ({"common_reference": "deal 8"}, ("common_reference",)),
        ({"cum_ex": CumEx.EX}, ("cum_ex",)),
        ({"common_reference": "", "amount": 1}, ("amount",)),
        ({"quantity": UNIT, "amount": 1, "trade_date": START, "cum_ex": CumEx.EX}, ()),  # another trade
        ({"side": Side.DELIVER}, ()),
    ],
)
def test_each_side_is_told_the_fields_that_differ_one_by_one_and_no_value(
    stage: Stage, change: dict[str, Any], differs: tuple[str, ...]
) -> None:
    deliver, receive = sides(stage)
    stage.told.does("A", deliver)
    assert [each.differs for each in shown(stage, "A")] == [()]
    stage.told.does("B", replace(receive, **change))
    for who, other in (("A", "secret of B"), ("B", "secret of A")):
        (found,) = shown(stage, who)
        assert (found.matching, sorted(found.differs)) == ("UNMATCHED", sorted(differs))
        assert other not in repr(found)


def test_the_nearest_counts_and_nothing_once_they_match(stage: Stage) -> None:
    deliver, receive = sides(stage)
    stage.told.does("B", replace(receive, amount=701, quantity=6 * UNIT, reference="secret 1"))
    stage.told.does("B", replace(receive, amount=701, reference="secret 2"))
    stage.told.does("A", deliver)
    assert [each.differs for each in shown(stage, "A")] == [("amount",)]
    stage.told.does("B", replace(receive, reference="secret 3"))
    assert [(each.matching, each.differs) for each in shown(stage, "A")] == [("MATCHED", ())]


def test_a_party_sees_what_is_alleged_to_it_until_it_is_gone(stage: Stage) -> None:
    deliver, receive = sides(stage)
    told = stage.told.does("A", deliver)
    number = told[0].instruction
    stage.told.until(START, 12 * 60)
    stage.project()
    assert [each.instruction for each in allegements(stage.views, stage.viewer("B"))] == [number]
    (line,) = allegements(stage.views, stage.viewer("B"))
    assert (line.side, line.quantity.units, line.settlement_date) == ("DELIVER", 7 * UNIT, NEXT)
    assert "secret" not in repr(line)
    for who in ("A", "regulator", "C1", "stranger"):
        assert number not in [each.instruction for each in allegements(stage.views, stage.viewer(who))]
        events = queries.events(stage.views, stage.viewer(who), limit=1_000)
        assert not [each for each in events if each.kind == Alleged.__name__ and each.fields["instruction"] == number]
    stage.told.does("B", receive)
    stage.project()
    assert not allegements(stage.views, stage.viewer("B"))
    assert [each.party_name for each in allegements(stage.views, stage.viewer("operator"))] == ["B"]  # the one alone


@pytest.mark.parametrize("how", ["cancelled", "lapsed"])
def test_what_was_alleged_is_gone_with_its_instruction(stage: Stage, how: str) -> None:
    deliver, _ = sides(stage)
    (first, *_) = stage.told.does("A", deliver)
    stage.told.until(START, 12 * 60)
    if how == "cancelled":
        stage.told.does("A", CancelInstruction(InstructionNumber(first.instruction)))
    else:
        stage.told.until(NEXT + timedelta(days=35))
    (found,) = shown(stage, "A")
    assert (found.processing, found.reason) == ("CANCELLED", "CANS" if how == "lapsed" else "")
    assert not allegements(stage.views, stage.viewer("B"))
