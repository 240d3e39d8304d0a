"""Stories of the register: who stood in it from when to when, who may look, what is sealed, and what is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.registers import Line, Row, Spell, seal_context
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.registers import (
    DatesBegun,
    InspectRegister,
    PersonalDataErased,
    RecordHolderData,
    RegisterInspected,
    RegisterSealed,
    RequestCopy,
    RetentionExtended,
    columns,
    lines,
    may_copy,
    may_inspect,
    retention_years,
    rows,
)
from bauhinia.wire.rulebooks import published
from bauhinia.words.codec import encode
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.reasons import Reason
from bauhinia.words.tree import check_proof, seal
from tests.support import HKT, START, Seed, Told, described, issued, market, seen, trade

FAR = Calendar("HK", 1, date(2020, 1, 1), date(2045, 12, 31), ())
BOOKS = {command.name: command for command in published()}
BOOKS["short"] = replace(
    BOOKS["contractual"], name="short", provisions=(Provision("register.retention_years", "1", "-"),)
)


def issuer_market(profile: str) -> tuple[Told, AssetNumber, int, int]:
    """A bond of A and B under a profile: 1,000 with A, nothing with B."""
    told = market(START, FAR)
    for command in BOOKS.values():
        told.does("operator", command)
    for name, role in (
        ("HSBC", Role.ISSUER), ("R", Role.REGISTRAR), ("A", Role.DEALER), ("B", Role.DEALER), ("SFC", Role.REGULATOR),
        ("stranger", Role.DEALER), ("C", Role.CUSTODIAN), ("client", Role.INVESTOR),
    ):  # fmt: skip
        told.party(name, role)
    a, b = told.account("A"), told.account("B")
    return told, issued(told, "HSBC", (a, 1_000), rulebook=profile, registrar="R"), a, b


def moves(told: Told, asset: int, giver: str, taker: str, give: int, take: int, amount: int, day: date = START) -> None:
    """A free transfer that both sides instruct, on its day."""
    reference = f"{len(told.blocks)}"
    told.does(giver, trade(Side.DELIVER, asset, amount, give, told.parties[taker], day, reference=reference))
    told.does(taker, trade(Side.RECEIVE, asset, amount, take, told.parties[giver], day, reference=reference))


def at(day: date, minute: int = 10 * 60) -> int:
    return micros_at(day, minute, HKT)


def of_kind(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if type(event) is kind]


def test_a_statutory_register_keeps_every_spell_even_one_of_minutes() -> None:
    told, asset, a, b = issuer_market("cap622")
    seed = Seed(told)
    told.until(START, 11 * 60)
    moves(told, asset, "A", "B", a, b, 400)
    told.until(START, 11 * 60 + 5)
    moves(told, asset, "B", "A", b, a, 400)
    told.until(START, 12 * 60)
    moves(told, asset, "A", "B", a, b, 1_000)
    register = told.state.registers.books[asset]
    assert register.entered == {b: at(START, 12 * 60)}
    assert register.left == {
        b: [Spell(at(START, 11 * 60), at(START, 11 * 60 + 5))],
        a: [Spell(at(START), at(START, 12 * 60))],
    }
    assert lines(told.state, asset) == [
        Line(AccountNumber(b), told.parties["B"], 1_000, at(START, 12 * 60), 0),
        Line(AccountNumber(a), told.parties["A"], 0, at(START), at(START, 12 * 60)),
        Line(AccountNumber(b), told.parties["B"], 0, at(START, 11 * 60), at(START, 11 * 60 + 5)),
    ]
    seed.replay()


def test_a_contractual_register_keeps_only_the_last_spell_for_the_end_of_retention() -> None:
    told, asset, a, b = issuer_market("contractual")
    for _ in range(2):
        moves(told, asset, "A", "B", a, b, 1_000)
        moves(told, asset, "B", "A", b, a, 1_000)
    register = told.state.registers.books[asset]
    assert {account: len(spells) for account, spells in register.left.items()} == {a: 1, b: 1}
    assert [line.account for line in lines(told.state, asset)] == [a]


def test_a_bond_without_a_profile_keeps_no_dates() -> None:
    told, asset, a, b = issuer_market("")
    moves(told, asset, "A", "B", a, b, 1_000)
    register = told.state.registers.books[asset]
    assert (register.dated, register.entered, register.left, register.changed) == (False, {}, {}, True)
    assert not told.state.registers.retention


def test_a_profile_that_comes_later_dates_from_the_next_seal() -> None:
    told, asset, a, b = issuer_market("late")
    moves(told, asset, "A", "B", a, b, 400)
    told.does("operator", replace(BOOKS["cap622"], name="late"))
    events = told.until(START, 19 * 60)
    evening = at(START, 18 * 60)
    assert of_kind(events, DatesBegun) == [DatesBegun(asset, True, evening)]
    assert told.state.registers.books[asset].entered == {a: evening, b: evening}


def test_each_day_seals_what_has_changed_and_nothing_else() -> None:
    told, asset, a, b = issuer_market("cap622")
    quiet = issued(told, "HSBC", (a, 50), rulebook="cap622", registrar="R")
    seed = Seed(told)
    first = of_kind(told.until(START, 19 * 60), RegisterSealed)
    assert [(event.asset, event.number, event.day) for event in first] == [(asset, 1, START), (quiet, 1, START)]
    day = START + timedelta(days=1)
    told.until(day)
    moves(told, asset, "A", "B", a, b, 400, day)
    held = rows(told.state, asset)
    entered = told.state.registers.books[asset].entered
    assert held == [
        encode(Row(AccountNumber(a), told.parties["A"], 600, entered[AccountNumber(a)])),
        encode(Row(AccountNumber(b), told.parties["B"], 400, at(day))),
    ]
    (second,) = of_kind(told.until(day, 19 * 60), RegisterSealed)
    tree = seal(held, told.state.settings.secret, seal_context(asset, 2))
    assert (second.asset, second.number, second.day, second.root) == (asset, 2, day, tree.root)
    assert check_proof(held[1], tree.prove(1), second.root)
    assert not check_proof(held[1], tree.prove(1), first[0].root)
    sealed = told.state.registers.books[asset].seal
    assert sealed is not None
    assert (sealed.root, sealed.holders) == (tree.root, 2)
    assert second in seen(told, "HSBC")
    assert second in seen(told, "R")
    assert second not in seen(told, "B")
    assert of_kind(told.until(day + timedelta(days=1), 19 * 60), RegisterSealed) == []
    seed.replay()


def test_equal_registers_have_unlike_roots() -> None:
    told, asset, a, b = issuer_market("cap622")
    moves(told, asset, "A", "B", a, b, 1_000)
    first = of_kind(told.until(START, 19 * 60), RegisterSealed)
    day = START + timedelta(days=1)
    told.until(day)
    told.state.registers.books[asset].changed = True  # sealed again as it stands
    (second,) = of_kind(told.until(day, 19 * 60), RegisterSealed)
    assert second.root != first[0].root


def test_a_custodians_book_is_sealed_beside_the_official_one() -> None:
    told, asset, a, _ = issuer_market("cap622")
    omnibus = told.account("C", Purpose.OMNIBUS)
    client = told.account("client", tier=omnibus, by="C")
    moves(told, asset, "A", "client", a, client, 300)
    sealed = of_kind(told.until(START, 19 * 60), RegisterSealed)
    below = told.state.entitlements[asset][0]
    assert [event.asset for event in sealed] == [asset, below]
    assert sealed[1] in seen(told, "C")
    assert sealed[0] not in seen(told, "C")
    assert may_inspect(told.state, below, told.parties["C"])
    assert not may_inspect(told.state, below, told.parties["client"])
    assert not may_inspect(told.state, below, told.parties["R"])
    assert not told.state.registers.books[below].dated


MAY = [
    # profile, party, may inspect and copy
    ("cap622", "operator", True),
    ("cap622", "R", True),
    ("cap622", "HSBC", True),
    ("cap622", "SFC", True),
    ("cap622", "A", True),
    ("cap622", "stranger", True),
    ("contractual", "operator", True),
    ("contractual", "R", True),
    ("contractual", "HSBC", True),
    ("contractual", "SFC", True),
    ("contractual", "A", False),
    ("contractual", "stranger", False),
    ("holders", "A", True),
    ("holders", "stranger", False),
    ("holders", "SFC", False),
    ("", "R", True),
    ("", "A", False),
    ("", "SFC", False),
]


@pytest.mark.parametrize(("profile", "who", "may"), MAY)
def test_who_may_look_into_a_register(profile: str, who: str, may: bool) -> None:
    told, asset, _, _ = issuer_market(profile)
    provisions = tuple(Provision(f"register.{name}", "holders", "-") for name in ("inspection", "copies"))
    told.does("operator", PublishRulebook("holders", 1, START, "Holders only", (), provisions))
    party = told.parties[who]
    assert (may_inspect(told.state, asset, party), may_copy(told.state, asset, party)) == (may, may)
    for command, copied in ((InspectRegister(asset, "claim"), False), (RequestCopy(asset, "claim"), True)):
        if may:
            (trace,) = told.does(who, command)
            assert trace == RegisterInspected(asset, party, copied, "claim", told.state.time)
            assert {name for name in told.parties if trace in seen(told, name)} == {who, "R", "HSBC"}
        else:
            assert told.refused(who, command)[0] is Reason.NOT_DISCLOSED


def test_a_bonds_profile_goes_before_its_rulebook_and_its_agents_may_look() -> None:
    told, asset, _, _ = issuer_market("cap622")
    told.party("agent", Role.PAYING_AGENT)
    told.party("trustee", Role.TRUSTEE)
    assert may_inspect(told.state, asset, told.parties["stranger"])
    bond = described(
        told, asset, "contractual", 1_000, paying_agent=told.parties["agent"], trustee=told.parties["trustee"]
    )
    assert columns(told.state, asset) == ("name", "amount")
    for who, may in (("agent", True), ("trustee", True), ("stranger", False), ("A", False)):
        assert may_inspect(told.state, asset, told.parties[who]) is may
    bond.profile = "never published"
    assert columns(told.state, asset) == ("name", "address", "amount", "entered", "ceased")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (InspectRegister(AssetNumber(99), "x"), Reason.UNKNOWN_ASSET),
        (InspectRegister(AssetNumber(1), ""), Reason.TEXT),
        (RequestCopy(AssetNumber(1), "x" * 141), Reason.TEXT),
        (RequestCopy(AssetNumber(2), "a money has no register"), Reason.UNKNOWN_ASSET),
    ],
)
def test_a_wrong_look_is_refused(command: Any, reason: Reason) -> None:
    told, _, _, _ = issuer_market("cap622")
    told.state.assets[AssetNumber(2)] = replace(
        told.state.assets[AssetNumber(1)], number=AssetNumber(2), kind=type(told.state.assets[AssetNumber(1)].kind)(4)
    )
    assert told.refused("stranger", command)[0] is reason


def test_unknown_parties_and_assets_may_nothing() -> None:
    told, asset, _, _ = issuer_market("cap622")
    assert not may_inspect(told.state, asset, PartyNumber(99))
    assert not may_inspect(told.state, AssetNumber(99), told.parties["R"])


def test_personal_data_are_bound_by_who_keeps_the_register_and_replaced_when_they_change() -> None:
    told, _, _, _ = issuer_market("cap622")
    seed = Seed(told)
    data, other = bytes(32), bytes(31) + b"\1"
    a_party, b_party = told.parties["A"], told.parties["B"]
    told.does("R", RecordHolderData(a_party, data))
    told.does("R", RecordHolderData(a_party, other))
    assert told.state.parties[a_party].commitment == other
    recorded = told.applied[-1].outcomes[0].events[0]
    assert {name for name in told.parties if recorded in seen(told, name)} == {"A", "R"}
    for who, command, reason in (
        ("R", RecordHolderData(b_party, data), Reason.UNKNOWN_PARTY),  # holds nothing of R's
        ("R", RecordHolderData(PartyNumber(99), data), Reason.UNKNOWN_PARTY),
        ("R", RecordHolderData(a_party, data[:31]), Reason.HASH),
        ("R", RecordHolderData(a_party, other), Reason.ALREADY_DONE),
        ("C", RecordHolderData(a_party, data), Reason.UNKNOWN_PARTY),
        ("A", RecordHolderData(a_party, data), Reason.NOT_AUTHORISED),
    ):
        assert told.refused(who, command)[0] is reason
    (proposed,) = told.send("R", RecordHolderData(a_party, data), persons=("maker",))[0].events
    assert proposed.persons == ("maker",)
    told.does("operator", RecordHolderData(b_party, data))
    seed.replay()


def test_data_are_erased_when_retention_ends_and_not_while_the_holder_is_back() -> None:
    told, asset, a, b = issuer_market("contractual")
    told.does("operator", RecordHolderData(told.parties["A"], bytes(32)))
    told.does("operator", RecordHolderData(told.parties["B"], bytes(32)))
    assert retention_years(told.state, asset) == 7
    moves(told, asset, "A", "B", a, b, 1_000)
    day = date(2028, 6, 1)
    told.until(day)
    moves(told, asset, "B", "A", b, a, 1_000, day)  # A is back, B has left
    ends = date(START.year + 7, START.month, START.day) + timedelta(days=1)
    (kept,) = of_kind(told.until(ends), RetentionExtended)
    assert (kept.party, kept.until) == (told.parties["A"], at(ends, 0) + 365 * DAY)
    assert of_kind(told.until(date(2035, 6, 1), 23 * 60), PersonalDataErased) == []
    (erased,) = of_kind(told.until(date(2035, 6, 2)), PersonalDataErased)
    assert (erased.party, erased.time) == (told.parties["B"], at(date(2035, 6, 2), 0))
    assert told.state.parties[told.parties["B"]].commitment == b""
    assert told.state.parties[told.parties["A"]].commitment == bytes(32)
    assert b not in told.state.registers.books[asset].left
    assert {name for name in told.parties if erased in seen(told, name)} == {"B", "operator"}
    data = write_snapshot(told.state)
    assert write_snapshot(read_snapshot(data)) == data


def test_a_holder_that_came_back_and_left_again_is_kept_from_the_last_time() -> None:
    told, asset, a, b = issuer_market("short")
    told.does("operator", RecordHolderData(told.parties["A"], bytes(32)))
    seed = Seed(told)
    moves(told, asset, "A", "B", a, b, 1_000)
    back, left = date(2026, 6, 1), date(2026, 6, 3)
    told.until(back)
    moves(told, asset, "B", "A", b, a, 1_000, back)
    told.until(left)
    moves(told, asset, "A", "B", a, b, 1_000, left)
    ends = at(date(2027, 6, 4), 0)
    events = told.until(date(2027, 6, 3), 23 * 60)
    assert of_kind(events, PersonalDataErased) == []
    assert RetentionExtended(told.parties["A"], ends) in events
    assert PersonalDataErased(told.parties["A"], ends) in told.until(date(2027, 6, 4))
    seed.replay()


def test_a_day_that_the_last_year_lacks_ends_on_the_first_of_march() -> None:
    told, asset, a, b = issuer_market("short")
    leap = date(2028, 2, 29)
    told.until(leap)
    moves(told, asset, "A", "B", a, b, 1_000, leap)
    assert of_kind(told.until(date(2029, 3, 1), 23 * 60), PersonalDataErased) == []
    assert PersonalDataErased(told.parties["A"], at(date(2029, 3, 2), 0)) in told.until(date(2029, 3, 2))
