"""X cannot see Y: each pair of roles, and what one may know of the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bauhinia.ledger.parties import Right
from bauhinia.ledger.powers import Cause
from bauhinia.rules.four_eyes import Proposed
from bauhinia.rules.instructing import Instructed
from bauhinia.rules.onboarding import GrantRight, OpenAccount, RevokeRight
from bauhinia.rules.powers import SetBlock
from bauhinia.rules.registers import InspectRegister, RequestCopy
from bauhinia.rules.settlement import Waits
from bauhinia.views import model, queries
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.reasons import Reason, Refused
from tests.support import START
from tests.views.stage import NEXT, UNIT, Stage, dealers_and_custodians


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return dealers_and_custodians(tmp_path_factory.mktemp("privacy"))


def account(stage: Stage, who: str, whose: str) -> bool:
    return queries.account(stage.views, stage.viewer(who), stage.accounts[whose]) is not None


def positions(stage: Stage, who: str, whose: str) -> bool:
    number = stage.accounts[whose]
    asked = queries.positions(stage.views, stage.viewer(who), number)
    listed = [each for each in queries.positions(stage.views, stage.viewer(who)) if each.account == number]
    assert not listed or asked, "a list shows what the page does not"
    return bool(asked)


def entries(stage: Stage, who: str, whose: str) -> bool:
    return bool(queries.entries(stage.views, stage.viewer(who), stage.accounts[whose]))


def statement(stage: Stage, who: str, whose: str) -> bool:
    found = queries.holdings_statement(stage.views, stage.viewer(who), stage.accounts[whose], START)
    assert (found is None) is (
        queries.transactions_statement(stage.views, stage.viewer(who), stage.accounts[whose], START, START) is None
    )
    return found is not None


def instructions(stage: Stage, who: str, whose: str) -> bool:
    number = stage.accounts[whose]
    viewer = stage.viewer(who)
    listed = [each for each in queries.instructions(stage.views, viewer) if each.account == number]
    everything = queries.instructions(stage.views, stage.viewer("operator"))
    asked = [
        each
        for each in everything
        if each.account == number and queries.instruction(stage.views, viewer, each.number) is not None
    ]
    assert len(listed) == len(asked)
    return bool(listed)


def events(stage: Stage, who: str, whose: str) -> bool:
    """Whether an instruction on the account is in the viewer's feed."""
    kind, number = Instructed.__name__, stage.accounts[whose]
    feed = queries.events(stage.views, stage.viewer(who), limit=1_000)
    return any(each.kind == kind and each.fields["order"]["account"] == number for each in feed)


ALL_OF = (account, positions, entries, statement, instructions, events)
NOTHING = ()


@pytest.mark.parametrize(
    ("who", "whose", "what"),
    [
        ("A", "A", ALL_OF),
        ("A", "B", NOTHING),
        ("B", "A", NOTHING),
        ("A", "client", NOTHING),
        ("A", "C1", NOTHING),
        ("client", "client", ALL_OF),
        ("client", "A", NOTHING),
        ("client", "other", NOTHING),
        ("client", "C1", NOTHING),
        ("C1", "client", ALL_OF),
        ("C1", "C1", (account, positions, entries, statement)),
        ("C1", "C2", NOTHING),
        ("C1", "other", NOTHING),
        ("C1", "A", NOTHING),
        ("C2", "client", NOTHING),
        ("issuer", "A", NOTHING),
        ("issuer", "C1", NOTHING),
        ("issuer", "client", NOTHING),
        ("registrar", "A", (account, positions, entries, statement)),
        ("registrar", "C1", (account, positions, entries, statement)),
        ("registrar", "client", NOTHING),
        ("agent", "A", NOTHING),
        ("lead", "A", NOTHING),
        ("HKMA", "client", NOTHING),
        ("regulator", "A", NOTHING),
        ("regulator", "client", NOTHING),
        ("stranger", "A", NOTHING),
        ("stranger", "client", NOTHING),
        ("operator", "A", ALL_OF),
        ("operator", "client", ALL_OF),
    ],
)
def test_who_sees_an_account_and_what_is_on_it(
    stage: Stage, who: str, whose: str, what: tuple[Callable[[Stage, str, str], bool], ...]
) -> None:
    assert tuple(each for each in ALL_OF if each(stage, who, whose)) == what


def test_a_registrar_sees_its_own_register_on_an_account_and_no_money(stage: Stage) -> None:
    page = queries.account(stage.views, stage.viewer("registrar"), stage.accounts["A"])
    assert page is not None
    assert {each.asset for each in page.positions} == {stage.bond}
    assert {each.asset for each in page.entries} == {stage.bond}
    assert (page.pending, page.grants) == ((), ())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Stage]:
    """Two markets, one under each profile, whose registers are signed for."""
    first, second = (dealers_and_custodians(tmp_path_factory.mktemp(name), name) for name in ("contractual", "cap622"))
    return first, second


ASK = "NOT_SIGNED_FOR request_copy"


def copied(stage: Stage, who: str) -> str:
    """What comes of asking for a copy."""
    try:
        return "NONE" if queries.register(stage.views, stage.viewer(who), stage.bond) is None else "COPY"
    except Refused as refused:
        return f"{refused.reason.name} {refused.parts[0]}"


@pytest.mark.parametrize(
    ("who", "contractual", "cap622"),
    [
        ("operator", "COPY", "COPY"),
        ("registrar", "COPY", "COPY"),
        ("issuer", "COPY", "COPY"),
        ("agent", "COPY", "COPY"),
        ("regulator", ASK, ASK),
        ("A", "NONE", ASK),
        ("client", "NONE", ASK),
        ("C1", "NONE", ASK),
        ("HKMA", "NONE", ASK),
        ("stranger", "NONE", ASK),
    ],
)
def test_who_may_have_a_copy_of_the_register(
    asked: tuple[Stage, Stage], who: str, contractual: str, cap622: str
) -> None:
    for stage, found in zip(asked, (contractual, cap622), strict=True):
        assert copied(stage, who) == found
        if found != ASK or who == "stranger":
            continue
        stage.told.does(who, InspectRegister(stage.bond, "to see it"))
        stage.project()
        assert copied(stage, who) == found, "a look is no copy"
        stage.told.does(who, RequestCopy(stage.bond, "to have it"))
        stage.project()
        assert copied(stage, who) == "COPY"


def seen_of(stage: Stage, who: str) -> tuple[str, set[str]]:
    page = queries.bond(stage.views, stage.viewer(who), stage.bond)
    assert page is not None
    names: dict[int, str] = {number: name for name, number in stage.accounts.items()}
    return page.holders_seen, {names[each.account] for each in page.holders}


@pytest.mark.parametrize(
    ("who", "seen", "holders"),
    [
        ("operator", "REGISTER", {"A", "B", "C1", "C2", "client", "other"}),
        ("registrar", "REGISTER", {"A", "B", "C1", "C2"}),
        ("issuer", "REGISTER", {"A", "B", "C1", "C2"}),
        ("regulator", "ASK", set()),
        ("A", "ASK", {"A"}),  # its profile lets holders look
        ("client", "OWN", {"client"}),
        ("lead", "NONE", set()),
        ("HKMA", "NONE", set()),
        ("stranger", "NONE", set()),
    ],
)
def test_who_sees_which_holders_of_a_bond(stage: Stage, who: str, seen: str, holders: set[str]) -> None:
    assert seen_of(stage, who) == (seen, holders)


@pytest.mark.parametrize(
    ("who", "command"), [("B", InspectRegister), ("regulator", InspectRegister), ("regulator", RequestCopy)]
)
def test_a_register_is_seen_by_whoever_signed_for_it_until_the_day_is_over(
    tmp_path: Path, who: str, command: type[InspectRegister | RequestCopy]
) -> None:
    stage = dealers_and_custodians(tmp_path)
    before = seen_of(stage, who)
    assert before[0] == "ASK"
    stage.told.does(who, command(stage.bond, "a claim"))
    stage.project()
    everyone = ("REGISTER", {"A", "B", "C1", "C2"})
    assert (seen_of(stage, who), seen_of(stage, "A")[0]) == (everyone, "ASK"), "one signs for itself"
    stage.told.until(START, 23 * 60 + 59)
    stage.project()
    assert seen_of(stage, who) == everyone
    stage.told.until(NEXT, 0)
    stage.project()
    assert seen_of(stage, who) == before


def test_a_custodian_sees_its_own_book_and_its_place_in_the_official_one(stage: Stage) -> None:
    book = stage.told.state.entitlements[stage.bond][0]
    assert queries.register(stage.views, stage.viewer("C1"), book) is not None
    for who in ("C2", "A", "issuer", "registrar", "regulator", "client", "stranger"):
        assert queries.register(stage.views, stage.viewer(who), book) is None


def test_what_is_public_is_the_same_for_all(stage: Stage) -> None:
    public = []
    for who in ("stranger", "A", "operator"):
        viewer = stage.viewer(who)
        glance = queries.market(stage.views, viewer)
        public.append(
            (
                [each.isin for each in glance.bonds],
                [each.code for each in glance.moneys],
                glance.systems,
                queries.calendars(stage.views, viewer),
                queries.rulebooks(stage.views, viewer),
                [each.name for each in queries.parties(stage.views, viewer)],
                queries.efficiency(stage.views, viewer),
            )
        )
    assert public[0] == public[1] == public[2]


def test_keys_and_attributes_are_a_partys_own(stage: Stage) -> None:
    number = stage.told.parties["A"]
    for who in ("B", "registrar", "stranger"):
        page = queries.party(stage.views, stage.viewer(who), number)
        assert page is not None
        assert (page.keys, page.threshold, page.accounts, page.party.standing) == ((), 0, (), "")
        told = [each for each in queries.events(stage.views, stage.viewer(who)) if each.kind == "PartyRegistered"]
        assert all(each.fields["keys"] == [] for each in told if each.fields["party"] == number)
    page = queries.party(stage.views, stage.viewer("A"), number)
    assert page is not None
    assert (len(page.keys), page.party.standing) == (2, "ACTIVE")


def test_unknown_and_not_yours_are_one_answer(stage: Stage) -> None:
    viewer = stage.viewer("A")
    theirs, nobodys = stage.accounts["B"], 9_999
    for ask in (queries.account, queries.positions, queries.entries):
        assert ask(stage.views, viewer, theirs) == ask(stage.views, viewer, nobodys)
    assert queries.instruction(stage.views, viewer, 6) is queries.instruction(stage.views, viewer, 9_999) is None
    assert queries.bond(stage.views, viewer, "HK0000000000") is None


def test_each_side_of_a_trade_is_told_in_its_own_words(stage: Stage) -> None:
    reasons = {}
    for who in ("A", "B"):
        viewer = stage.viewer(who)
        (short,) = [each for each in queries.instructions(stage.views, viewer) if each.reference == "short"]
        (told,) = [each for each in queries.events(stage.views, viewer, limit=1_000) if each.kind == Waits.__name__][
            -1:
        ]
        reasons[who] = short.reason, told.fields["reason"], told.fields["account"]
    assert reasons == {"A": ("CMON", "CMON", 0), "B": ("MONY", "MONY", stage.accounts["B"])}


def test_a_matched_trade_shows_no_account_of_the_other_side(stage: Stage) -> None:
    """Nor the accounts on the way: the route of a transfer between two custodians' clients is theirs."""
    viewer = stage.viewer("client")
    told = [each for each in queries.events(stage.views, viewer, limit=1_000) if each.kind == "Matched"]
    accounts = {leg[side] for each in told for leg in each.fields["legs"] for side in ("giver", "taker")}
    assert accounts == {0, stage.accounts["client"]}
    own = queries.entries(stage.views, viewer, stage.accounts["client"])
    assert {each.counterparty_name for each in own} == {"A", "other"}


def test_cursors_count_only_what_the_viewer_may_see(stage: Stage) -> None:
    """A stranger's cursor grows with public events alone, and a feed read in pieces is the feed read whole."""
    for who in ("stranger", "A", "client", "operator"):
        viewer = stage.viewer(who)
        whole = queries.events(stage.views, viewer, limit=1_000)
        pieces, cursor = list[model.EventLine](), ""
        while piece := queries.events(stage.views, viewer, cursor, 7):
            pieces += piece
            cursor = piece[-1].cursor
        assert tuple(pieces) == whole
        assert queries.latest_events(stage.views, viewer, 5) == tuple(reversed(whole[-5:]))
    public = queries.events(stage.views, stage.viewer("stranger"), limit=1_000)
    assert public[-1].cursor == f"{len(public)}.0"


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "-1.0", "1.", "9" * 30 + ".0"])
def test_a_cursor_that_is_none_is_refused(stage: Stage, cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        queries.events(stage.views, stage.viewer("A"), cursor)
    assert refused.value.reason is Reason.TEXT


def test_a_right_to_view_opens_one_account_for_its_time(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    told, number, until = stage.told, stage.accounts["A"], stage.told.state.time + DAY
    party = told.parties["B"]
    told.does("A", GrantRight(number, party, Right.VIEW, stage.bond, until))
    stage.project()
    page = queries.account(stage.views, stage.viewer("B"), number)
    assert page is not None
    assert {each.asset for each in page.positions} == {stage.bond}
    told.does("A", GrantRight(number, party, Right.VIEW, AssetNumber(0), until))
    stage.project()
    page = queries.account(stage.views, stage.viewer("B"), number)
    assert page is not None
    assert {each.asset for each in page.positions} == {stage.bond, stage.hkd}
    viewer = stage.viewer("B")
    assert {each.account for each in queries.positions(stage.views, viewer)} == {number, stage.accounts["B"]}
    assert {each.account for each in queries.instructions(stage.views, viewer)} == {number, stage.accounts["B"]}
    assert [each.number for each in queries.accounts(stage.views, viewer)] == [number, stage.accounts["B"]]
    told.does("A", RevokeRight(number, party, Right.VIEW))
    stage.project()
    assert queries.account(stage.views, stage.viewer("B"), number) is None
    told.does("A", GrantRight(number, party, Right.VIEW, AssetNumber(0), until))
    told.until(NEXT, 11 * 60)
    stage.project()
    assert queries.account(stage.views, stage.viewer("B"), number) is None


def test_a_right_to_instruct_is_no_right_to_view(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    told = stage.told
    told.does(
        "A", GrantRight(stage.accounts["A"], told.parties["B"], Right.INSTRUCT, AssetNumber(0), told.state.time + DAY)
    )
    stage.project()
    assert queries.account(stage.views, stage.viewer("B"), stage.accounts["A"]) is None


def test_a_refusal_and_a_proposal_are_their_makers_own(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    told = stage.told
    told.refused("A", GrantRight(stage.accounts["B"], told.parties["B"], Right.VIEW, AssetNumber(0), 1))
    opening = OpenAccount(told.parties["client"], told.state.accounts[stage.accounts["client"]].purpose, "second",
                          stage.accounts["C1"], AccountNumber(0))  # fmt: skip
    (proposed,) = told.send("C1", opening, persons=("maker",))[0].events
    assert isinstance(proposed, Proposed)
    stage.project()
    for who, refusals, proposals in (("A", 1, 0), ("B", 0, 0), ("C1", 0, 1), ("C2", 0, 0), ("stranger", 0, 0)):
        viewer = stage.viewer(who)
        assert len(queries.refusals(stage.views, viewer)) == refusals
        found = queries.proposals(stage.views, viewer)
        assert len(found) == proposals
        assert all(
            (each.command, each.fields["name"], each.status) == ("OpenAccount", "second", "OPEN") for each in found
        )


def test_a_block_of_which_its_holder_is_not_told_shows_nowhere(tmp_path: Path) -> None:
    """Neither on its account, nor as the reason why a trade waits, nor in its feed or the public report; and its
    counterparty is not told either that it is a block."""
    stage = dealers_and_custodians(tmp_path)
    told, number = stage.told, stage.accounts["A"]
    notice = told.state.time + 2 * DAY
    told.does("registrar", SetBlock(number, stage.bond, 1, Cause.SANCTIONS, bytes(range(32)), notice))
    told.mint("HKMA", stage.hkd, stage.accounts["B"], 20 * UNIT)
    stage.trade("A", "B", 3 * UNIT, 3 * UNIT, reference="blocked")
    stage.project()

    def shown(who: str) -> tuple[tuple[str, ...], str, int]:
        viewer = stage.viewer(who)
        held = [each for each in queries.positions(stage.views, viewer, number) if each.asset == stage.bond]
        trades = [each for each in queries.instructions(stage.views, viewer) if each.reference == "blocked"]
        return (
            held[0].blocks if held else (),
            trades[0].reason if trades else "",
            len(queries.powers(stage.views, viewer)),
        )

    waits = [each for each in queries.events(stage.views, stage.viewer("A"), limit=1_000) if each.kind == "Waits"]
    assert all(each.fields["reason"] != "FROZ" for each in waits)
    assert shown("A") == ((), "", 0)
    assert shown("B") == ((), "CLAC", 0)
    assert shown("stranger") == ((), "", 0)
    assert shown("operator")[0] == ("DEBIT",)
    assert shown("regulator")[2] == shown("registrar")[2] == 1
    told.until(NEXT + (NEXT - START), 11 * 60)
    stage.project()
    assert shown("A") == (("DEBIT",), "FROZ", 1)
    assert shown("stranger")[2] == 1
    (line,) = queries.powers(stage.views, stage.viewer("stranger"))
    assert (line.power, line.reason, line.account, line.notified) == ("BLOCK", "SANCTIONS", 0, True)
    assert queries.powers(stage.views, stage.viewer("A"))[0].account == number


def test_several_holders_transactions_are_told_to_each_alone(tmp_path: Path) -> None:
    """At the day's end one event names all that failed; a viewer hears of its own."""
    stage = dealers_and_custodians(tmp_path)
    stage.trade("client", "other", 90 * UNIT, reference="lacks")
    stage.told.until(START, 19 * 60)
    stage.project()
    failed = {
        who: [each.fields["transactions"] for each in queries.events(stage.views, stage.viewer(who), limit=1_000)
              if each.kind == "Failed"]
        for who in ("operator", "A", "client", "stranger")
    }  # fmt: skip
    (everyones,) = failed["operator"]
    (one,), (other,) = failed["A"], failed["client"]
    assert sorted(one + other) == sorted(everyones)
    assert not failed["stranger"]
