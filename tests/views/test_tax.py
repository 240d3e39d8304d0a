"""Stories of tax, projected block by block: the views say what the state says, to whom they may."""

from __future__ import annotations

from pathlib import Path

from bauhinia.ledger.parties import Standing
from bauhinia.ledger.taxes import Pool
from bauhinia.rules.advising import ConfirmEntitlement, ReverseEntitlement
from bauhinia.rules.onboarding import Attest, SetStanding
from bauhinia.rules.tax import DecideReclaim, DeclarePools, ReclaimTax, RemitTax
from bauhinia.views import queries, statements
from bauhinia.views.store import Views
from bauhinia.views.tax_report import TaxLine, TaxStatement
from bauhinia.words.ids import AssetNumber
from tests.rules.deal import Deal
from tests.rules.served import COUPON, LOT, coupon
from tests.rules.taxed import CLOSED, EXEMPT, PROOF, RECORD, TREATY, pay, taxed
from tests.views.test_agreement import projected, viewer


def asked(made: Deal, views: Views, who: str, asset: AssetNumber) -> TaxStatement:
    found = queries.tax(views, viewer(made, views, who), asset)
    assert found is not None
    return found


def plain(line: TaxLine) -> tuple[str, str, str, str, str, str]:
    nominal, income, tax, net = (
        each.text.removeprefix("HKD ") for each in (line.nominal, line.income, line.tax, line.net)
    )
    return line.holder_name, line.rate, nominal, income, tax, net


def test_a_statement_of_tax_by_pool_to_who_may_see_it(tmp_path: Path) -> None:
    made, asset = taxed(("Custodian", 5), ("G", 2), ("B", 1))
    told, action = made.told, coupon(made, asset)
    told.until(RECORD, CLOSED)
    told.does("Custodian", DeclarePools(action.number, made.at["Custodian"], (Pool(TREATY, 3 * LOT),)))
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "asked to"))
    pay(made, action, 8 * COUPON)
    told.does("TaxAgent", RemitTax(action.number, made.token, 10_000))
    told.does("Custodian", ReclaimTax(action.number, made.at["Custodian"], (Pool(EXEMPT, 5 * LOT),), PROOF))
    told.does("TaxAgent", DecideReclaim(1, False, "no certificate"))
    views = projected(told, tmp_path)
    everything = asked(made, views, "TaxAgent", asset)
    assert [plain(each) for each in everything.lines] == [
        ("Custodian", "20%", "20,000.00", "396.72", "79.34", "317.38"),
        ("Custodian", "10%", "30,000.00", "595.08", "59.51", "535.57"),
        ("G", "10%", "20,000.00", "396.72", "39.67", "357.05"),
        ("B", "0%", "10,000.00", "198.36", "0.00", "198.36"),
    ]
    (sums,) = everything.sums
    assert [each.text for each in (sums.withheld, sums.remitted, sums.refunded, sums.kept)] == [
        "HKD 178.52", "HKD 100.00", "HKD 0.00", "HKD 78.52",
    ]  # fmt: skip
    assert asked(made, views, "Revenue", asset) == everything
    mine = asked(made, views, "G", asset)
    assert ({each.holder_name for each in mine.lines}, mine.sums) == ({"G"}, ())
    assert asked(made, views, "A", asset).lines == ()
    assert asked(made, views, "Government", asset).lines == ()
    assert asked(made, views, "Government", asset).sums == everything.sums
    written = statements.to_csv(statements.tax_sheet("XS0000000000", everything.lines)).splitlines()
    assert written[0] == "action,payment_date,book,account,holder,nominal,income,rate,tax,net"
    assert (len(written), written[3].split(",", 4)[4]) == (5, 'G,"HKD 20,000.00",HKD 396.72,10%,HKD 39.67,HKD 357.05')


def test_a_gross_up_a_reversal_and_a_client_are_projected(tmp_path: Path) -> None:
    made, asset = taxed(("Client", 3), ("A", 1), gross_up=True)
    told, action = made.told, coupon(made, asset)
    told.until(RECORD, CLOSED)
    views = projected(told, tmp_path)
    assert [each.tax.text for each in asked(made, views, "Client", asset).lines] == ["HKD 148.77"]
    told.does("Agent", ReverseEntitlement(action.number, "of another bond"))
    assert asked(made, projected(told, tmp_path), "operator", asset).lines == ()
    told.does("Attester", Attest(told.parties["A"], "tax", "exempt", told.state.time + 10**13))
    told.does("Agent", ConfirmEntitlement(action.number))
    pay(made, action, 74_385 + COUPON)
    views = projected(told, tmp_path)
    assert [each.rate for each in asked(made, views, "A", asset).lines] == ["0%"]
    assert len(asked(made, views, "operator", asset).lines) == 3
    assert len(asked(made, views, "TaxAgent", asset).lines) == 2


def test_a_bond_that_is_not_taxed_has_nothing_to_state(tmp_path: Path) -> None:
    made, _ = taxed(("A", 1))
    plain_one = made.lodge(isin="HK0000000023")
    found = asked(made, projected(made.told, tmp_path), "operator", plain_one)
    assert (found.lines, found.sums) == ((), ())
