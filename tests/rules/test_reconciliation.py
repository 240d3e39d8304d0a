"""Stories of the daily comparison: books that agree, statements that do not, a halt with an owner, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bauhinia.ledger.assets import AssetKind, MoneyKind
from bauhinia.ledger.breaks import Break, BreakKind
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.positions import BALANCE, WORDS
from bauhinia.rules.reconciliation import (
    BookStated,
    BreakExplained,
    BreakFound,
    BreakResolved,
    ExplainBreak,
    Reconciled,
    ResolveBreak,
    StateHoldings,
    StateRegister,
    StateReserves,
)
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.dates import micros_at
from bauhinia.words.ids import NO_ACCOUNT, NO_PARTY, AccountNumber, AssetNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.support import HKT, START, Seed, Told, described, issued, market, seen, trade

NEXT = START + timedelta(days=1)
EVENING = 19 * 60
STATEMENTS = 17 * 60 + 30  # after the last cut-off, before the end of the day


class Story:
    """1,000 of a bond: 600 with A, 400 with C for its client; HKD tokens with B, backed by a reserve at the HKMA."""

    def __init__(self) -> None:
        told = self.told = market()
        for name, role in (
            ("CMU", Role.CSD), ("HKMA", Role.CENTRAL_BANK), ("R", Role.REGISTRAR), ("Government", Role.ISSUER),
            ("A", Role.DEALER), ("B", Role.DEALER), ("C", Role.CUSTODIAN), ("client", Role.INVESTOR),
            ("bank", Role.BANK), ("other", Role.CUSTODIAN),
        ):  # fmt: skip
            told.party(name, role)
        self.a, self.b = told.account("A"), told.account("B")
        self.omnibus = told.account("C", Purpose.OMNIBUS)
        self.client = told.account("client", tier=self.omnibus, by="C")
        self.rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
        reserve = told.account("HKMA", Purpose.RESERVE)
        self.hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN, (reserve, self.rtgs))
        told.mint("HKMA", self.hkd, self.b, 10_000)
        self.bond = issued(told, "Government", (self.a, 1_000), registrar="R")
        self.moves("A", "client", self.a, self.client, 400)
        self.below = told.state.entitlements[self.bond][0]
        self.seed = Seed(told)

    def moves(self, giver: str, taker: str, give: int, take: int, amount: int, day: date = START) -> list[Any]:
        told, reference = self.told, f"{len(self.told.blocks)}"
        told.does(giver, trade(Side.DELIVER, self.bond, amount, give, told.parties[taker], day, reference=reference))
        return told.does(
            taker, trade(Side.RECEIVE, self.bond, amount, take, told.parties[giver], day, reference=reference)
        )

    def holdings(self, amount: int, account: int | None = None, day: date = START) -> StateHoldings:
        return StateHoldings(self.bond, AccountNumber(self.omnibus if account is None else account), day, amount)

    def tampers(self, account: int, asset: int, amount: int) -> None:
        """A fault that no command can make: a balance changes by itself."""
        positions = self.told.state.positions
        positions.columns[positions.open(AccountNumber(account), AssetNumber(asset)) * WORDS + BALANCE] += amount


def of_kind(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if type(event) is kind]


def test_books_that_agree_are_told_to_everyone_and_nothing_else_happens() -> None:
    story = Story()
    told = story.told
    told.until(START, STATEMENTS)
    told.does("C", story.holdings(400))
    told.does("CMU", story.holdings(1_000, 0))
    told.does("Government", StateRegister(story.bond, START, 1_000))
    told.does("R", StateRegister(story.bond, START, 1_000))
    told.does("HKMA", StateReserves(story.hkd, START, 10_000))
    events = told.until(START, EVENING)
    assert of_kind(events, BreakFound) == []
    (reconciled,) = of_kind(events, Reconciled)
    assert reconciled == Reconciled(SystemNumber(1), START, 3, 0, 0)  # the bond, the tokens and the RTGS
    assert reconciled in seen(told, "client")
    story.seed.replay()


def test_a_custodian_whose_book_differs_halts_the_isin_until_it_has_explained_and_agrees() -> None:
    story = Story()
    told = story.told
    told.until(START, STATEMENTS)
    (stated,) = told.does("C", story.holdings(390))
    assert isinstance(stated, BookStated)
    assert {name for name in told.parties if stated in seen(told, name)} == {"C", "R"}
    events = told.until(START, EVENING)
    (found,) = of_kind(events, BreakFound)
    c = told.parties["C"]
    evening = micros_at(START, 18 * 60, HKT)
    assert found.found == Break(
        1, BreakKind.CUSTODY, story.bond, AccountNumber(story.omnibus), c, c, 400, 390, START, evening
    )
    assert of_kind(events, Reconciled) == [Reconciled(SystemNumber(1), START, 3, 1, 1)]
    assert {name for name in told.parties if found in seen(told, name)} == {"C", "R"}
    assert (told.state.assets[story.bond].halted, told.state.assets[story.below].halted) == (c, c)
    assert not told.state.assets[story.hkd].halted

    told.until(NEXT)
    (waits,) = of_kind(story.moves("A", "B", story.a, story.b, 100, NEXT), Waits)
    assert waits.reason is Reason.HALTED
    assert told.refused("CMU", ResolveBreak(1))[0] is Reason.STATE  # not explained
    assert told.refused("A", ExplainBreak(1, "?"))[0] is Reason.UNKNOWN_BREAK
    (explained,) = told.does("C", ExplainBreak(1, "a delivery of 10 was not booked"))
    assert explained == BreakExplained(1, "a delivery of 10 was not booked")
    assert {name for name in told.parties if explained in seen(told, name)} == {"C", "R"}
    assert told.refused("CMU", ResolveBreak(1)) == (Reason.STATE, ("break", 1, "no statement since"))
    told.does("C", story.holdings(395, day=NEXT))
    assert told.refused("CMU", ResolveBreak(1)) == (Reason.STATE, ("break", 1, 400, 395))
    told.does("C", story.holdings(400, day=NEXT))
    (proposed,) = told.send("CMU", ResolveBreak(1), persons=("maker",))[0].events
    assert told.state.assets[story.bond].halted == c, proposed
    resolved, *rest = told.does("CMU", ResolveBreak(1))
    assert resolved == BreakResolved(1, story.bond, c, c)
    assert {name for name in told.parties if resolved in seen(told, name)} == {"C", "R"}
    assert len(of_kind(rest, Settled)) == 1
    assert (told.balance(story.b, story.bond), told.state.assets[story.below].halted) == (100, NO_PARTY)
    assert of_kind(told.until(NEXT, EVENING), Reconciled) == [Reconciled(SystemNumber(1), NEXT, 3, 0, 0)]
    assert broken(told.state) == []
    story.seed.replay()


def test_a_break_that_stays_is_not_found_twice_and_two_breaks_end_one_by_one() -> None:
    story = Story()
    told = story.told
    told.does("C", story.holdings(390))
    told.does("Government", StateRegister(story.bond, START, 999))
    events = told.until(START, EVENING)
    assert [(event.found.kind, event.found.owner) for event in of_kind(events, BreakFound)] == [
        (BreakKind.CUSTODY, told.parties["C"]),
        (BreakKind.REGISTER, told.parties["R"]),
    ]
    told.until(NEXT)
    told.does("C", story.holdings(390, day=NEXT))
    events = told.until(NEXT, EVENING)
    assert of_kind(events, BreakFound) == []
    assert of_kind(events, Reconciled) == [Reconciled(SystemNumber(1), NEXT, 3, 0, 2)]
    day = NEXT + timedelta(days=1)
    told.until(day)
    told.does("C", story.holdings(400, day=day), ExplainBreak(1, "typed wrong"))
    told.does("operator", ResolveBreak(1))
    assert told.state.assets[story.bond].halted == told.parties["R"]
    told.does("R", ExplainBreak(2, "the Government's clerk erred"))
    told.does("R", StateRegister(story.bond, day, 1_000))  # another's statement does not answer the Government's
    assert told.refused("operator", ResolveBreak(2))[0] is Reason.STATE
    told.does("Government", StateRegister(story.bond, day, 1_000))
    told.does("operator", ResolveBreak(2))
    assert told.state.assets[story.bond].halted == NO_PARTY
    assert told.refused("operator", ResolveBreak(2))[0] is Reason.UNKNOWN_BREAK
    story.seed.replay()


def test_a_reserve_that_is_short_halts_the_money() -> None:
    story = Story()
    told = story.told
    told.does("HKMA", StateReserves(story.hkd, START, 9_999))
    (found,) = of_kind(told.until(START, EVENING), BreakFound)
    assert (found.found.kind, found.found.owner) == (BreakKind.RESERVES, told.parties["HKMA"])
    assert (found.found.ours, found.found.theirs) == (10_000, 9_999)
    assert told.state.assets[story.hkd].halted == told.parties["HKMA"]
    assert not told.state.assets[story.bond].halted


def test_a_depository_states_the_whole_of_an_issue() -> None:
    story = Story()
    told = story.told
    told.does("CMU", story.holdings(999, 0))
    (found,) = of_kind(told.until(START, EVENING), BreakFound)
    assert (found.found.kind, found.found.account, found.found.owner) == (
        BreakKind.CUSTODY, NO_ACCOUNT, told.parties["CMU"],
    )  # fmt: skip


def test_the_last_statement_of_a_day_counts_and_yesterdays_no_more() -> None:
    story = Story()
    told = story.told
    told.does("C", story.holdings(390), story.holdings(400))
    assert of_kind(told.until(START, EVENING), BreakFound) == []
    told.until(NEXT)
    story.moves("client", "B", story.client, story.b, 100, NEXT)  # the statement of 400 was the day before's
    assert of_kind(told.until(NEXT, EVENING), BreakFound) == []


@pytest.mark.parametrize(
    ("fault", "kind", "owner"),
    [
        ("holdings", BreakKind.HOLDINGS, "operator"),
        ("backing", BreakKind.BACKING, "C"),
        ("authorised", BreakKind.AUTHORISED, "R"),
        ("reserve", BreakKind.BACKING, "HKMA"),
    ],
)
def test_the_ledgers_own_books_are_compared_tier_by_tier(fault: str, kind: BreakKind, owner: str) -> None:
    story = Story()
    told, state = story.told, story.told.state
    issuer = state.assets[story.below].issuer_account
    match fault:
        case "holdings":
            story.tampers(story.a, story.bond, 7)
        case "backing":
            story.tampers(story.client, story.below, 7)
            story.tampers(issuer, story.below, -7)
        case "authorised":
            state.assets[story.bond].authorised = 999
        case _:
            story.tampers(story.b, story.hkd, 7)
            story.tampers(state.assets[story.hkd].issuer_account, story.hkd, -7)
    assert broken(state) != []
    (event,) = of_kind(told.until(START, EVENING), BreakFound)
    assert (event.found.kind, event.found.owner) == (kind, told.parties[owner])
    halted = state.assets[state.assets[event.found.asset].base].halted
    assert halted == told.parties[owner]
    told.until(NEXT)
    told.does(owner, ExplainBreak(1, "a fault"))
    assert told.refused("CMU", ResolveBreak(1))[0] is Reason.STATE
    match fault:
        case "holdings":
            story.tampers(story.a, story.bond, -7)
        case "backing":
            story.tampers(story.client, story.below, -7)
            story.tampers(issuer, story.below, 7)
        case "authorised":
            state.assets[story.bond].authorised = 1_000
        case _:
            story.tampers(story.b, story.hkd, -7)
            story.tampers(state.assets[story.hkd].issuer_account, story.hkd, 7)
    told.does("CMU", ResolveBreak(1))
    assert not state.assets[story.bond].halted
    assert broken(state) == []


def test_what_the_bond_says_is_issued_is_what_is_outstanding() -> None:
    story = Story()
    told = story.told
    bond = described(told, story.bond, "", 1_100)
    bond.redeemed, bond.cancelled = 60, 40
    assert of_kind(told.until(START, EVENING), BreakFound) == []
    bond.cancelled = 41
    (event,) = of_kind(told.until(NEXT, EVENING), BreakFound)
    assert (event.found.kind, event.found.owner) == (BreakKind.ISSUED, told.parties["R"])
    assert (event.found.ours, event.found.theirs) == (1_000, 999)


REFUSED: list[tuple[str, str, dict[str, Any], Reason]] = [
    ("C", "holdings", {"asset": 99}, Reason.UNKNOWN_ASSET),
    ("C", "holdings", {"account": 99}, Reason.UNKNOWN_ACCOUNT),
    ("C", "holdings", {"account": 0}, Reason.UNKNOWN_ACCOUNT),  # no depository
    ("other", "holdings", {}, Reason.UNKNOWN_ACCOUNT),  # not its account
    ("A", "holdings", {}, Reason.NOT_AUTHORISED),
    ("C", "holdings", {"day": NEXT}, Reason.DATE),
    ("C", "holdings", {"day": START - timedelta(days=1)}, Reason.DATE),
    ("C", "holdings", {"amount": -1}, Reason.AMOUNT),
    ("C", "holdings", {"amount": 1 << 62}, Reason.AMOUNT),
    ("C", "register", {}, Reason.UNKNOWN_ASSET),
    ("R", "register", {"asset": 99}, Reason.UNKNOWN_ASSET),
    ("HKMA", "register", {"asset": 2}, Reason.UNKNOWN_ASSET),  # a money
    ("R", "register", {"day": NEXT}, Reason.DATE),
    ("R", "register", {"amount": -1}, Reason.AMOUNT),
    ("R", "reserves", {}, Reason.NOT_AUTHORISED),
    ("HKMA", "reserves", {"money": 1}, Reason.UNKNOWN_ASSET),  # the RTGS's own money has no reserve
    ("HKMA", "reserves", {"money": 3}, Reason.UNKNOWN_ASSET),  # a bond
    ("HKMA", "reserves", {"day": NEXT}, Reason.DATE),
    ("C", "explain", {}, Reason.UNKNOWN_BREAK),
    ("operator", "resolve", {}, Reason.UNKNOWN_BREAK),
    ("R", "resolve", {}, Reason.NOT_AUTHORISED),
]


@pytest.mark.parametrize(("who", "name", "fields", "reason"), REFUSED)
def test_a_wrong_statement_is_refused(who: str, name: str, fields: dict[str, Any], reason: Reason) -> None:
    story = Story()
    right: dict[str, Any] = {
        "holdings": story.holdings(400),
        "register": StateRegister(story.bond, START, 1_000),
        "reserves": StateReserves(story.hkd, START, 10_000),
        "explain": ExplainBreak(1, "x"),
        "resolve": ResolveBreak(1),
    }
    assert (story.told.state.assets[story.rtgs].kind, story.rtgs, story.bond) == (AssetKind.MONEY, 1, 3)
    assert story.told.refused(who, replace(right[name], **fields))[0] is reason


def test_an_explanation_needs_words_and_an_issuers_account_is_nobodys_custody() -> None:
    story = Story()
    told: Told = story.told
    told.does("C", story.holdings(1))
    told.until(START, EVENING)
    assert told.refused("C", ExplainBreak(1, ""))[0] is Reason.TEXT
    account = told.state.assets[story.below].issuer_account
    command = StateHoldings(story.below, account, NEXT, 400)
    assert told.refused("C", command)[0] is Reason.PURPOSE
