"""Statements add up to positions, copies of registers show what their profile says, and what is printed reads back."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pypdf
import pytest

from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.rules.registers import InspectRegister, PersonalDataErased, RequestCopy
from bauhinia.views import queries, statements
from bauhinia.views.model import PersonalData
from bauhinia.views.paper import Sheet, to_csv, to_pdf
from bauhinia.words.reasons import Reason, Refused
from tests.support import HKT, START
from tests.views.agreement import agree
from tests.views.stage import (
    COUPON,
    FIRST,
    LAST,
    LAST_COUPON,
    NEXT,
    UNIT,
    Stage,
    dealers_and_custodians,
    feed,
    lived,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return lived(tmp_path_factory.mktemp("life"))


@pytest.fixture(scope="module")
def statutory(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A bond under Cap. 622, one holder of which has gone."""
    stage = dealers_and_custodians(tmp_path_factory.mktemp("statutory"), "cap622")
    stage.told.until(NEXT)
    stage.trade("B", "A", 55 * UNIT, day=NEXT)
    stage.project()
    return stage


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages]


def test_a_life_is_projected_as_the_ledger_has_it(life: Stage) -> None:
    agree(life.views, life.told.state)
    page = queries.bond(life.views, life.viewer("stranger"), life.bond)
    assert page is not None
    assert (page.status, page.outstanding.units, page.redeemed.units) == ("REDEEMED", 0, 150 * UNIT)
    assert [line.status for line in page.schedule] == ["PAID", "PAID"]
    assert page.schedule[0].interest.text == "HKD 298.50"
    assert page.bond.next_payment is None


def test_what_each_was_paid_adds_up_to_what_the_bond_paid(life: Stage) -> None:
    flows = queries.cash_flows(life.views, life.viewer("operator"), life.bond)
    by_book: dict[tuple[int, int], int] = {}
    for each in flows:
        assert (each.status, each.money_code) == ("PAID", "HKD.T")
        assert each.paid > 0
        key = each.action, each.asset
        by_book[key] = by_book.get(key, 0) + each.amount.units
    official = {action: amount for (action, asset), amount in by_book.items() if asset == life.bond}
    assert list(official.values()) == [150 * COUPON, 150 * (UNIT + LAST_COUPON)]
    below = [each for each in flows if each.asset != life.bond]
    assert {(each.holder_name, each.amount.units) for each in below[:2]} == {
        ("client", 20 * COUPON),
        ("other", 10 * COUPON),
    }


def test_who_sees_what_a_bond_paid(life: Stage) -> None:
    def holders(who: str) -> set[str]:
        return {each.holder_name for each in queries.cash_flows(life.views, life.viewer(who), life.bond)}

    assert holders("operator") == {"A", "B", "C1", "C2", "client", "other"}
    assert holders("regulator") == set()
    life.told.does("regulator", InspectRegister(life.bond, "supervision"))
    life.project()
    for who in ("issuer", "agent", "registrar", "regulator"):
        assert holders(who) == {"A", "B", "C1", "C2"}
    assert holders("B") == {"B"}
    assert holders("C1") == {"C1", "client"}
    assert holders("other") == {"other"}
    assert holders("stranger") == holders("lead") == set()


def test_no_holder_sees_what_another_is_paid(life: Stage) -> None:
    """A page of a coupon is one transaction with a leg a holder: each is told its own leg, the agent of all."""
    legs = {}
    for who in ("A", "B", "C1", "agent", "stranger"):
        told = feed(life.views, life.viewer(who))
        paid = [each for each in told if each.kind == "Ordered" and each.fields["kind"] == "INCOME"]
        legs[who] = [(leg["giver"], leg["taker"], leg["amount"]) for each in paid for leg in each.fields["legs"]]
    accounts, paying = life.accounts, life.accounts["paying"]
    assert legs["A"] == [(0, accounts["A"], 65 * COUPON)]
    assert legs["B"] == [(0, accounts["B"], 55 * COUPON)]
    assert legs["C1"] == [(0, accounts["C1"], 20 * COUPON)]
    assert [(giver, amount) for giver, _, amount in legs["agent"]] == [
        (paying, units * COUPON) for units in (65, 55, 20, 10)
    ]
    assert {taker for _, taker, _ in legs["agent"]} == {0}
    assert not legs["stranger"]


def test_statements_add_up(life: Stage) -> None:
    """From before the first entry to after the last: opening and entries make closing, and closing is what is held."""
    for name, account in life.accounts.items():
        viewer = life.viewer(life.holder_name(name))
        statement = queries.transactions_statement(life.views, viewer, account, START, LAST)
        assert statement is not None
        assert statement.opening == ()
        sums: dict[int, int] = {}
        for entry in statement.entries:
            sums[entry.asset] = sums.get(entry.asset, 0) + entry.change.units
        closing = {each.asset: each.balance.units for each in statement.closing}
        assert closing == {asset: units for asset, units in sums.items() if units}
        held = {each.asset: each.balance.units for each in queries.positions(life.views, viewer, account)}
        assert closing == held


def test_a_statement_of_a_period_opens_where_the_one_before_closed(life: Stage) -> None:
    viewer, account = life.viewer("B"), life.accounts["B"]
    first = queries.transactions_statement(life.views, viewer, account, START, FIRST - DAY)
    second = queries.transactions_statement(life.views, viewer, account, FIRST, LAST)
    assert first is not None
    assert second is not None
    assert first.closing == second.opening
    assert [(each.kind, each.code) for each in second.entries][:1] == [("INCOME", "HKD.T")]
    held = queries.holdings_statement(life.views, viewer, account, FIRST - DAY)
    assert held is not None
    assert held.positions == first.closing


def test_a_contractual_copy_shows_names_and_amounts_alone(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    stage.told.until(NEXT)
    stage.project()
    copy = queries.register(stage.views, stage.viewer("issuer"), stage.bond)
    assert copy is not None
    assert copy.sealed_date == START
    rows = read(to_csv(statements.register_sheet(copy, HKT)))
    assert [list(row) for row in rows[:1]] == [["name", "amount"]]
    assert [(row["name"], row["amount"]) for row in rows] == [
        ("A", "HKD 6,500.00"), ("B", "HKD 5,500.00"), ("C1", "HKD 2,000.00"), ("C2", "HKD 1,000.00"),
    ]  # fmt: skip
    (page,) = pages(to_pdf(statements.register_sheet(copy, HKT)))
    for text in ("Register of holders", "HKD 6,500.00", copy.isin, "Profile: contractual", copy.sealed[:16]):
        assert text in page


def test_a_statutory_copy_shows_addresses_and_who_has_ceased(statutory: Stage) -> None:
    bound: dict[int, bytes] = {}

    def personal(party: int, commitment: bytes) -> PersonalData | None:
        bound[party] = commitment
        dealer = PersonalData("Dealer A Limited", "1 Queen's Road Central")
        return dealer if party == statutory.told.parties["A"] else None

    for who in ("stranger", "HKMA"):
        with pytest.raises(Refused) as refused:
            queries.register(statutory.views, statutory.viewer(who), statutory.bond, personal)
        assert (refused.value.reason, bound) == (Reason.NOT_SIGNED_FOR, {}), "nothing without a trace"
    statutory.told.does("HKMA", RequestCopy(statutory.bond, "to write to the holders"))
    statutory.project()
    copy = queries.register(statutory.views, statutory.viewer("HKMA"), statutory.bond, personal)
    assert set(bound.values()) == {b""}, "asked with what the ledger is bound to"
    assert copy is not None
    rows = read(to_csv(statements.register_sheet(copy, HKT)))
    assert list(rows[0]) == ["name", "address", "amount", "entered", "ceased"]
    assert rows[0] == {
        "name": "Dealer A Limited", "address": "1 Queen's Road Central", "amount": "HKD 12,000.00",
        "entered": "2026-02-02", "ceased": "",
    }  # fmt: skip
    assert rows[-1] == {
        "name": "B", "address": "", "amount": "HKD 0.00", "entered": "2026-02-02", "ceased": "2026-02-03",
    }  # fmt: skip
    (page,) = pages(to_pdf(statements.register_sheet(copy, HKT)))
    assert "1 Queen's Road Central" in page


def test_a_regulator_gets_no_personal_data(statutory: Stage) -> None:
    asked: list[int] = []

    def personal(party: int, bound: bytes) -> PersonalData | None:
        asked.append(party)
        return PersonalData("x", "y")

    statutory.told.does("regulator", RequestCopy(statutory.bond, "supervision"))
    statutory.project()
    copy = queries.register(statutory.views, statutory.viewer("regulator"), statutory.bond, personal)
    assert copy is not None
    assert not asked
    assert {row.address for row in copy.rows} == {""}


def test_a_former_holder_whose_data_are_erased_is_in_no_copy(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path, "cap622")
    stage.trade("B", "A", 55 * UNIT)
    stage.project()

    def former() -> list[str]:
        copy = queries.register(stage.views, stage.viewer("issuer"), stage.bond)
        assert copy is not None
        return [row.name for row in copy.rows if row.ceased]

    assert former() == ["B"]
    erased = PersonalDataErased(stage.told.parties["B"], stage.told.state.time + 1)
    block = stage.told.block()
    assert not block
    outcome = Outcome(StepKind.DUTY, 0, 0, erased.time, 0, [erased], audiences=[(erased.party,)])
    stage.told.applied[-1].outcomes.append(outcome)
    stage.project()
    assert former() == []


def test_every_sheet_reads_back(life: Stage) -> None:
    operator, account = life.viewer("operator"), life.accounts["A"]
    holdings = queries.holdings_statement(life.views, operator, account, LAST)
    moved = queries.transactions_statement(life.views, operator, account, START, LAST)
    assert holdings is not None
    assert moved is not None
    flows = queries.cash_flows(life.views, operator, life.bond)
    sheets = [
        (statements.holdings_sheet(holdings), len(holdings.positions)),
        (statements.transactions_sheet(moved, HKT), len(moved.entries)),
        (statements.cash_flow_sheet("XS0000000000", flows, HKT), len(flows)),
        (statements.efficiency_sheet(queries.efficiency(life.views, operator)), 1),
        (statements.reconciliation_sheet(queries.reconciliation(life.views, operator)), 0),
    ]
    for sheet, rows in sheets:
        found = read(to_csv(sheet))
        assert len(found) == rows
        assert [tuple(row.values()) for row in found] == list(sheet.rows)
        assert sheet.title in pages(to_pdf(sheet))[0]
        assert to_pdf(sheet) == to_pdf(sheet)


def test_many_rows_make_many_pages_with_the_heading_on_each() -> None:
    rows = tuple((f"holder {number}", f"HKD {number}.00") for number in range(200))
    found = pages(to_pdf(Sheet("Long", (), ("name", "amount"), rows, ("amount",))))
    assert len(found) > 2
    assert all("Amount" in page for page in found)
    assert f"page {len(found)}" in found[-1]
    assert "holder 199" in "".join(found)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "@sum", "-cmd", "\tx"])
def test_no_name_becomes_a_formula(name: str) -> None:
    (row,) = read(to_csv(Sheet("t", (), ("name", "change"), ((name, "-1.00"),))))
    assert row == {"name": f"'{name}", "change": "-1.00"}


def test_a_name_in_han_characters_is_printed(tmp_path: Path) -> None:
    (page,) = pages(to_pdf(Sheet("t", (), ("name",), (("陳大文 <b>&",),))))
    assert "陳大文" in page
    assert "<b>&" in page


def test_dates_are_the_business_dates_of_the_securities(life: Stage) -> None:
    viewer, account = life.viewer("A"), life.accounts["A"]
    statement = queries.transactions_statement(life.views, viewer, account, date(2026, 2, 3), date(2026, 8, 2))
    assert statement is not None
    assert statement.entries == ()
