"""What a viewer sees of a deposit network, and what a day of it needed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from bauhinia.ledger.networks import Condition, ConditionKind
from bauhinia.ledger.parties import Role
from bauhinia.rules.bridges import OfferBridge
from bauhinia.rules.conditional import SendOnCondition
from bauhinia.rules.requests import RecallDeposit, RequestToPay
from bauhinia.rules.screening import ListAccount, SetScreening
from bauhinia.views import queries
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.words.dates import DAY, MINUTE
from tests.rules.banks import BANKS, NETWORK, Banked, banked
from tests.support import START
from tests.views.stage import committed

OPERATOR = Viewer(1, (Role.OPERATOR,))


def viewed(banks: Banked, folder: Path) -> Views:
    views = Views(folder / "views.sqlite", banks.told.genesis)
    for block in committed(banks.told):
        views.apply(block)
    return views


def viewer(banks: Banked, who: str) -> Viewer:
    return Viewer(banks.told.parties[who])


def test_a_bank_sees_its_own_position_and_the_network_those_of_all(tmp_path: Path) -> None:
    banks = banked("PREFUNDED")
    banks.fund("JPM", 50_00)
    views = viewed(banks, tmp_path)

    def positions(who: str) -> list[int | None]:
        (page,) = queries.networks(views, viewer(banks, who))
        return [each.position.units if each.position else None for each in page.members]

    assert positions("JPM") == [50_00, None, None, None]
    assert positions("JPM 1") == [None] * 4
    assert positions("TCH") == [50_00, 0, 0, 0]


def test_who_is_no_party_to_a_deposit_sees_none_of_it(tmp_path: Path) -> None:
    banks = banked("QUEUED")
    told = banks.told
    banks.fund("JPM", 40_00)
    sent = banks.sends("JPM 1", "BAC 1", 40_00)
    until = told.state.time + DAY
    order = banks.pay("JPM 1", "BAC 1", 10_00)
    condition = Condition(ConditionKind.HASH, until, sha256(b"s").digest())
    told.does(
        "JPM 1",
        SendOnCondition(order.network, order.payer, order.payee, order.amount, "on condition", condition=condition),
    )
    told.does("BAC 1", RequestToPay(NETWORK, order.payee, order.payer, 10_00, "asked", until))
    told.does("BAC", SetScreening(NETWORK, banks.bank("Citi"), 0), ListAccount(NETWORK, order.payer, True, "looked at"))
    told.does("JPM 1", banks.pay("JPM 1", "BAC 1", 5_00, reference="screened"))
    told.does("JPM 1", RecallDeposit(sent, "wrong"))
    views = viewed(banks, tmp_path)

    def counts(who: str) -> tuple[int, int, int, int]:
        page = queries.deposits(views, viewer(banks, who))
        return len(page.deposits), len(page.held), len(page.requests), len(page.recalls)

    assert counts("JPM 1") == (1, 2, 1, 1)
    assert counts("JPM") == (1, 2, 0, 1)
    assert counts("BAC 1") == (1, 1, 1, 1), "not what is held for screening"
    assert counts("BAC") == (1, 2, 0, 1)
    assert counts("Citi") == (0, 1, 0, 0), "what it screens"
    for who in ("JPM 2", "Wells", "Wells 1"):
        assert counts(who) == (0, 0, 0, 0), who
    (held, *_) = queries.deposits(views, viewer(banks, "JPM 1")).held
    assert (held.reference, held.screens) == ("screened", ()), "the payer is not told who looks at it"


def test_a_day_needs_the_deepest_that_its_money_fell_and_no_more(tmp_path: Path) -> None:
    banks = banked("PREFUNDED")
    told = banks.told
    for bank in BANKS:
        banks.fund(bank, 100_00)
    banks.sends("JPM 1", "BAC 1", 60_00)
    told.until(START, 11 * 60)
    banks.sends("BAC 1", "JPM 1", 50_00)
    banks.sends("JPM 1", "Citi 1", 70_00)
    views = viewed(banks, tmp_path)
    report = queries.network_report(views, viewer(banks, "TCH"), 1, START)
    assert report is not None
    found = {each.bank_name: each for each in report.banks}
    jpm, bac = found["JPM"], found["BAC"]
    assert (jpm.sent.units, jpm.received.units, jpm.peak_debit.units) == (130_00, 50_00, 80_00)
    assert (jpm.liquidity.units, jpm.saved.units) == (80_00, 50_00)
    assert (bac.peak_debit.units, bac.liquidity.units) == (0, 0)
    assert [(each.hour, each.sent.units, each.peak_debit.units) for each in jpm.hours] == [
        (10, 60_00, 60_00), (11, 70_00, 80_00),
    ]  # fmt: skip
    assert (report.gross.units, report.liquidity.units, report.saved.units) == (180_00, 80_00, 100_00)
    own = queries.network_report(views, viewer(banks, "JPM"), 1, START)
    assert own is not None
    assert [each.bank_name for each in own.banks] == ["JPM"]
    assert queries.network_report(views, viewer(banks, "JPM 1"), 1, START) is None


def test_the_report_tells_how_long_deposits_waited_and_what_was_bridged(tmp_path: Path) -> None:
    banks = banked("QUEUED")
    told = banks.told
    banks.fund("Citi", 100_00)
    told.does("Citi", OfferBridge(NETWORK, banks.bank("BAC"), 80_00, told.state.time + DAY, True))
    banks.sends("BAC 1", "Wells 1", 30_00)
    banks.sends("JPM 1", "BAC 1", 60_00)
    banks.sends("JPM 2", "BAC 1", 20_00)
    told.until(START, 10 * 60 + 5)
    banks.fund("JPM", 60_00)
    views = viewed(banks, tmp_path)
    report = queries.network_report(views, OPERATOR, 1, START)
    assert report is not None
    found = {each.bank_name: each for each in report.banks}
    assert (found["JPM"].waited, found["JPM"].longest, found["JPM"].unsettled) == (2, 5 * MINUTE, 1)
    assert found["BAC"].bridged.units == 30_00
    assert [each.bridged.units for each in found["BAC"].hours] == [30_00]
