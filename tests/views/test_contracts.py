"""Payments alone, exchanges of money, sets and mandates as the views show them: to whom, and in whose words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.rules.instructing import CancelInstruction
from bauhinia.rules.mandates import RevokeMandate
from bauhinia.rules.market import OpenSystem, PublishRulebook
from bauhinia.rules.money import CreateMoney
from bauhinia.rules.sets import AgreeSet, CancelSet, WithdrawSet
from bauhinia.views import contracts, queries
from bauhinia.views.contracts import SetLine
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views, rebuild
from bauhinia.words.ids import AccountNumber, AssetNumber, InstructionNumber, SystemNumber
from tests.rules.moneys import NEXT, Moneys
from tests.rules.test_pvp import exchanges
from tests.rules.test_sets import switch
from tests.support import START, TABLE
from tests.views.agreement import agree
from tests.views.stage import CONTRACTUAL, UNIT, committed, empty, feed, issue


def built(folder: Path) -> tuple[Moneys, Views]:
    """A market like that of `moneys`, whose bond has come about by commands alone; and its views."""
    stage = empty(folder)
    told = stage.told
    told.does("operator", PublishRulebook("contractual", 1, START, "contractual", (), CONTRACTUAL))
    told.does("operator", OpenSystem("RMB", ("HK",), replace(TABLE, opens=11 * 60), START))
    told.until(START, 11 * 60)
    for name, *roles in (
        ("HKMA", Role.CENTRAL_BANK), ("PBC", Role.CENTRAL_BANK, Role.SETTLEMENT_INSTITUTION), ("issuer", Role.ISSUER),
        ("registrar", Role.REGISTRAR), ("agent", Role.PAYING_AGENT), ("lead", Role.LEAD_MANAGER),
        ("Keeper", Role.CUSTODIAN),
    ):  # fmt: skip
        stage.party(name, *roles)
    for name in ("A", "B", "C", "D", "Venue"):
        stage.party(name, Role.DEALER)
        stage.account(name, name)
    stage.account("issuer", "issuer", Purpose.ISSUER)
    stage.account("proceeds", "issuer")
    stage.hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    account = told.account("PBC", Purpose.ISSUER)
    none = AccountNumber(0), AssetNumber(0)
    told.does("PBC", CreateMoney("CNY.T", "CNY.T", "CNY", MoneyKind.CBDC, SystemNumber(2), account, 10**15, *none))
    stage.bond = issue(stage, (("A", 10 * UNIT),))
    at = Moneys(told, stage.accounts, stage.hkd, told.state.codes["CNY.T"], AssetNumber(0), stage.bond, UNIT)
    return at, stage.views


class Watched:
    """A market of moneys from its first block, with its views."""

    def __init__(self, folder: Path) -> None:
        self.at, self.views = built(folder)

    def viewer(self, name: str) -> Viewer:
        return queries.viewer(self.views, self.at.told.parties[name]) if name else Viewer()

    def project(self) -> None:
        rebuild(self.views, committed(self.at.told, self.views.height))
        agree(self.views, self.at.told.state)

    def sets(self, name: str, *, unanswered: bool = False) -> tuple[SetLine, ...]:
        self.project()
        return contracts.agreed_sets(self.views, self.viewer(name), unanswered=unanswered)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_set_is_shown_whole_to_its_parties_and_to_nobody_else(watched: Watched) -> None:
    at = watched.at
    at.told.does("A", at.proposal(*switch(at)))
    at.told.does("B", AgreeSet(1))
    for name in ("A", "B", "C", "operator"):
        (line,) = watched.sets(name)
        assert [(leg.asset, leg.giver, leg.taker, leg.amount.units) for leg in line.legs] == [
            (leg.asset, leg.giver, leg.taker, leg.amount) for leg in switch(at)
        ]
        assert (line.status, line.settlement, line.awaits_you) == ("OPEN", "", name == "C")
        assert line.agreed == (at.told.parties["A"], at.told.parties["B"])
    for name in ("D", "Keeper", ""):
        assert watched.sets(name) == ()
    assert len(watched.sets("C", unanswered=True)) == 1
    assert watched.sets("B", unanswered=True) == ()


def test_what_becomes_of_a_set(watched: Watched) -> None:
    at = watched.at
    at.gives("B", hkd=200)
    number = at.agrees("A", "BC", *switch(at), priority=2)
    at.told.does("A", CancelSet(1))
    (line,) = watched.sets("C")
    assert (line.status, line.settlement, line.transaction) == ("AGREED", "PENDING", number)
    assert line.cancelling == (at.told.parties["A"],)
    (waiting,) = queries.queue(watched.views, watched.viewer("C")).waiting
    assert (waiting.kind, waiting.priority, waiting.reason) == ("SET", 2, "CMON")
    assert [leg.taker for leg in waiting.legs] == [at.at["C"]], "the queue shows a party its own legs"
    at.gives("B", cny=90)
    (line,) = watched.sets("C")
    assert line.settlement == "SETTLED"
    at.told.does("A", at.proposal(*switch(at), reference="S2"))
    at.told.does("B", WithdrawSet(2))
    line = watched.sets("C")[0]
    assert (line.status, line.why, line.awaits_you) == ("ENDED", "declined", False)


def test_entries_of_a_set_name_who_stands_across(watched: Watched) -> None:
    at = watched.at
    at.gives("B", hkd=200, cny=90)
    at.agrees("A", "BC", *switch(at))
    watched.project()
    entries = queries.entries(watched.views, watched.viewer("B"), at.at["B"])
    assert {(each.kind, each.counterparty_name) for each in entries[:3]} == {("SET", "A")}


def test_a_payment_is_its_payers_instruction_and_both_sides_entry(watched: Watched) -> None:
    at = watched.at
    number = at.pays("A", "B", 70, "rent", priority=3)
    watched.project()
    (line,) = queries.instructions(watched.views, watched.viewer("A"))
    assert (line.reference, line.counterparty_name, line.matching) == ("rent", "B", "MATCHED")
    assert (line.settlement, line.reason, line.agent) == ("PENDING", "MONY", 0)
    assert queries.instructions(watched.views, watched.viewer("B")) == ()
    page = queries.queue(watched.views, watched.viewer("B"))
    assert [(each.kind, each.reason) for each in page.waiting] == [("PAYMENT", "CMON")]
    assert [(leg.giver, leg.taker) for leg in page.waiting[0].legs] == [(0, at.at["B"])]
    own = queries.queue(watched.views, watched.viewer("A")).waiting[0]
    assert (own.transaction, own.priority, own.reason) == (number, 3, "MONY")
    at.gives("A", hkd=100)
    watched.project()
    for name, other, change in (("A", "B", -70), ("B", "A", 70)):
        entry = queries.entries(watched.views, watched.viewer(name), at.at[name])[0]
        told = entry.kind, entry.reference, entry.counterparty_name, entry.change.units
        assert told == ("PAYMENT", "rent", other, change)


def test_a_payee_is_not_told_which_account_pays_nor_how_urgent_it_is(watched: Watched) -> None:
    at = watched.at
    at.pays("A", "B", 70, "rent", priority=2)
    watched.project()
    for name, account, priority in (("A", at.at["A"], 2), ("B", 0, 0), ("operator", at.at["A"], 2)):
        (event,) = (each for each in feed(watched.views, watched.viewer(name)) if each.kind == "PaymentOrdered")
        assert (event.fields["order"]["account"], event.fields["order"]["priority"]) == (account, priority)
    assert not any(each.kind == "PaymentOrdered" for each in feed(watched.views, watched.viewer("C")))


def test_in_an_exchange_each_side_is_told_in_its_own_words(watched: Watched) -> None:
    at = watched.at
    exchanges(at, "A", "B", 500, 450)
    watched.project()
    reasons = {name: queries.instructions(watched.views, watched.viewer(name))[0].reason for name in ("A", "B")}
    assert reasons == {"A": "MONY", "B": "CMON"}, "A lacks the dollars that it is to deliver"
    at.gives("A", hkd=500)
    watched.project()
    reasons = {name: queries.instructions(watched.views, watched.viewer(name))[0].reason for name in ("A", "B")}
    assert reasons == {"A": "CMON", "B": "MONY"}
    (line,) = queries.instructions(watched.views, watched.viewer("A"))
    assert (line.isin, line.quantity.text, line.money_code) == ("HKD.T", "HKD 5.00", "CNY.T")


def test_a_mandate_is_shown_to_holder_and_agent_with_what_is_used_of_it(watched: Watched) -> None:
    at = watched.at
    at.told.does("A", at.mandate("A", "Venue", assets=(at.bond,)))
    at.told.does("B", at.mandate("B", "Venue"))
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    watched.project()
    for name, numbers in (("A", [1]), ("B", [2]), ("Venue", [2, 1]), ("operator", [2, 1]), ("C", []), ("", [])):
        found = contracts.mandates(watched.views, watched.viewer(name))
        assert [each.number for each in found] == numbers
    (line,) = contracts.mandates(watched.views, watched.viewer("A"))
    assert (line.holder_name, line.agent_name, line.used.units, line.ended) == ("A", "Venue", 90, "")
    assert (line.assets, line.money_code) == ((at.told.state.assets[at.bond].code,), "HKD.T")
    at.told.until(NEXT)
    at.told.does("A", RevokeMandate(1))
    watched.project()
    (line,) = contracts.mandates(watched.views, watched.viewer("A"))
    assert (line.used.units, line.ended) == (0, "taken back")


def test_an_agent_sees_what_it_instructed_and_what_becomes_of_it(watched: Watched) -> None:
    at = watched.at
    for name in ("A", "B"):
        at.told.does(name, at.mandate(name, "Venue"))
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    watched.project()
    agent = at.told.parties["Venue"]
    lines = queries.instructions(watched.views, watched.viewer("Venue"))
    assert [(each.side, each.reason, each.agent) for each in lines] == [
        ("RECEIVE", "MONY", agent), ("DELIVER", "CMON", agent),
    ]  # fmt: skip
    for line in lines:
        assert queries.instruction(watched.views, watched.viewer("Venue"), line.number) == line
        assert queries.instruction(watched.views, watched.viewer("C"), line.number) is None
    for name in ("A", "B"):
        (line,) = queries.instructions(watched.views, watched.viewer(name))
        assert line.agent == agent
    assert len(queries.queue(watched.views, watched.viewer("Venue")).waiting) == 1
    at.gives("B", hkd=90)
    watched.project()
    kinds = [each.kind for each in feed(watched.views, watched.viewer("Venue"))]
    assert kinds[-1] == "Settled"


def test_a_payment_that_was_taken_back_is_shown_so(watched: Watched) -> None:
    at = watched.at
    at.pays("A", "B", 70, "rent")
    at.told.does("A", CancelInstruction(InstructionNumber(at.told.state.settlement.last_instruction)))
    watched.project()
    (line,) = queries.instructions(watched.views, watched.viewer("A"))
    assert (line.processing, line.settlement) == ("CANCELLED", "CANCELLED")
    assert queries.queue(watched.views, watched.viewer("B")).waiting == ()
