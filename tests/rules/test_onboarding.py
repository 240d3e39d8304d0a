"""Who takes part: rights over accounts, standing, attributes and the law they rest on, and static data of one's own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bauhinia.ledger.instructions import Matching, Side
from bauhinia.ledger.parties import Key, Purpose, Right, Role, Standing
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition
from bauhinia.rules.four_eyes import Approve, ProposalDropped, Proposed
from bauhinia.rules.instructing import Matched
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.money import RedeemMoney
from bauhinia.rules.onboarding import (
    Attest,
    CloseAccount,
    Elect,
    Elected,
    GrantRight,
    KeysRotated,
    RegisterParty,
    RevokeRight,
    RightGranted,
    RightRevoked,
    RotateKeys,
    SetStanding,
)
from bauhinia.rules.powers import LiftBlock, RecoverKeys, SetBlock
from bauhinia.rules.settlement import Waits
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ASSET, AssetNumber, InstructionNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal
from tests.rules.served import LOT, served
from tests.support import START, Told, keys_of, market, replay, seen, trade

MAKER, CHECKER = ("maker",), ("checker",)
ORDER = bytes(range(32))


def held() -> tuple[Deal, AssetNumber]:
    """A holds two lots, B two."""
    return served(("A", 2), ("B", 2))


def grants(made: Deal, right: Right, asset: int = 0, days: int = 30) -> None:
    """A lets the Custodian do something with its account."""
    until = made.told.state.time + days * DAY
    grant = GrantRight(made.at["A"], made.told.parties["Custodian"], right, AssetNumber(asset), until)
    made.told.does("A", grant)


def free(made: Deal, side: Side, asset: int, account: int, other: str, reference: str = "R1") -> object:
    return trade(side, asset, LOT, account, made.told.parties[other], NEXT, reference=reference)


def test_a_right_to_instruct_goes_both_ways_and_a_right_to_view_goes_nowhere() -> None:
    made, asset = held()
    told = made.told
    deliver = free(made, Side.DELIVER, asset, made.at["A"], "B")
    grants(made, Right.VIEW)
    assert told.refused("Custodian", deliver) == (Reason.UNKNOWN_ACCOUNT, ("account", made.at["A"]))
    grants(made, Right.INSTRUCT)
    told.does("Custodian", deliver)
    told.does("B", free(made, Side.RECEIVE, asset, made.at["B"], "Custodian"))
    assert (made.held("A", asset), made.held("B", asset)) == (LOT, 3 * LOT)
    made.check()


def test_a_right_to_receive_takes_in_and_gives_nothing_out() -> None:
    made, asset = held()
    told, parties = made.told, made.told.parties
    grants(made, Right.RECEIVE)
    assert told.refused("Custodian", free(made, Side.DELIVER, asset, made.at["A"], "B"))[0] is Reason.UNKNOWN_ACCOUNT
    told.does("Custodian", free(made, Side.RECEIVE, asset, made.at["A"], "B"))
    told.does("B", free(made, Side.DELIVER, asset, made.at["B"], "Custodian"))
    assert made.held("A", asset) == 3 * LOT
    # money for a delivery out of the Custodian's own account may come in, money for a receipt may not go out
    own = made.at["Custodian"]
    sale = trade(Side.DELIVER, asset, LOT, own, parties["B"], NEXT, made.token, 700, made.at["A"], "R2")
    told.does("Custodian", sale)
    purchase = trade(Side.RECEIVE, asset, LOT, own, parties["B"], NEXT, made.token, 700, made.at["A"], "R3")
    assert told.refused("Custodian", purchase) == (Reason.UNKNOWN_ACCOUNT, ("cash_account", made.at["A"]))
    made.check()


def test_a_right_to_pledge_delivers_free_into_collateral_and_nowhere_else() -> None:
    made, asset = held()
    told = made.told
    grants(made, Right.PLEDGE)
    for_money = trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], NEXT, made.token, 1, made.at["A"])
    assert told.refused("Custodian", for_money)[0] is Reason.UNKNOWN_ACCOUNT
    told.does("Custodian", free(made, Side.DELIVER, asset, made.at["A"], "B"))
    events = told.does("B", free(made, Side.RECEIVE, asset, made.at["B"], "Custodian"))
    assert not any(isinstance(event, Matched) for event in events)
    collateral = told.account("B", Purpose.COLLATERAL)
    told.does("B", free(made, Side.RECEIVE, asset, collateral, "Custodian", "R2"))
    assert (made.held("A", asset), told.balance(collateral, asset)) == (LOT, LOT)
    made.check()


@pytest.mark.parametrize("ends", ["revoked", "expired"])
def test_an_order_does_not_match_once_the_right_behind_it_is_gone(ends: str) -> None:
    made, asset = held()
    told = made.told
    grants(made, Right.INSTRUCT, days=1)
    later = NEXT + timedelta(days=2)
    told.does("Custodian", trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], later))
    if ends == "revoked":
        told.does("A", RevokeRight(made.at["A"], told.parties["Custodian"], Right.INSTRUCT))
    else:
        told.until(later)
    told.does("B", trade(Side.RECEIVE, asset, LOT, made.at["B"], told.parties["Custodian"], later))
    assert told.state.settlement.instructions[InstructionNumber(1)].matching is Matching.UNMATCHED
    made.check()


def test_a_right_is_for_one_asset_until_its_end_and_a_stranger_learns_nothing() -> None:
    made, asset = held()
    told = made.told
    grants(made, Right.INSTRUCT, asset=made.token)
    deliver = free(made, Side.DELIVER, asset, made.at["A"], "B")
    missing = trade(Side.DELIVER, asset, LOT, 99, told.parties["B"], NEXT)
    assert told.refused("Custodian", deliver)[0] is told.refused("Custodian", missing)[0] is Reason.UNKNOWN_ACCOUNT
    theirs = GrantRight(made.at["A"], told.parties["B"], Right.VIEW, NO_ASSET, told.state.time + 1)
    assert told.refused("B", theirs)[0] is Reason.UNKNOWN_ACCOUNT
    past = GrantRight(made.at["A"], told.parties["B"], Right.VIEW, NO_ASSET, told.state.time)
    assert told.refused("A", past)[0] is Reason.EXPIRED


def test_a_right_is_told_to_whom_it_is_given_and_to_no_other_who_has_one() -> None:
    made, asset = held()
    told, parties = made.told, made.told.parties
    grants(made, Right.INSTRUCT)
    told.does("A", GrantRight(made.at["A"], parties["B"], Right.RECEIVE, asset, told.state.time + DAY))
    told.does("A", Elect(made.at["A"], "HKD", made.token))
    told.does("A", RevokeRight(made.at["A"], parties["B"], Right.RECEIVE))
    rights = (RightGranted, RightRevoked, Elected)
    assert [type(event) for event in seen(told, "B") if isinstance(event, rights)] == [RightGranted, RightRevoked]
    assert [type(event) for event in seen(told, "Custodian") if isinstance(event, rights)] == [RightGranted]


def test_nobody_instructs_for_a_holder_that_is_insolvent_and_it_asks_for_nothing_itself() -> None:
    made, asset = held()
    told = made.told
    grants(made, Right.INSTRUCT)
    made.fund("A", 500)
    told.does("operator", SetStanding(told.parties["A"], Standing.INSOLVENT, "winding-up order"))
    deliver = free(made, Side.DELIVER, asset, made.at["A"], "B")
    redeem = RedeemMoney(made.token, made.at["A"], 100, "R")
    assert told.refused("Custodian", deliver) == (Reason.SUSPENDED, ("account", made.at["A"]))
    assert told.refused("Custodian", redeem)[0] is Reason.SUSPENDED
    assert told.refused("A", deliver)[0] is told.refused("A", redeem)[0] is Reason.SUSPENDED
    told.does("operator", SetStanding(told.parties["A"], Standing.ACTIVE, "order set aside"))
    told.does("Custodian", redeem)
    made.check()


def test_what_was_matched_before_an_insolvency_settles_and_what_was_not_never_matches() -> None:
    made, asset = held()
    told, later = made.told, NEXT + timedelta(days=1)
    for side, who, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        told.does(who, trade(side, asset, LOT, made.at[who], told.parties[other], later, reference="matched"))
    told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], later, reference="alone"))
    told.does("operator", SetStanding(told.parties["A"], Standing.INSOLVENT, "winding-up order"))
    told.does("B", trade(Side.RECEIVE, asset, LOT, made.at["B"], told.parties["A"], later, reference="late"))
    instructions = told.state.settlement.instructions
    assert [each.matching for each in instructions.values()] == [Matching.MATCHED] * 2 + [Matching.UNMATCHED] * 2
    assert [number for number, each in instructions.items() if each.cancelled] == [3]
    told.until(later)
    assert made.held("B", asset) == 3 * LOT
    made.check()


def test_a_party_is_closed_once_its_accounts_are() -> None:
    told = market()
    number = told.party("A", Role.DEALER)
    account = told.account("A")
    closing = SetStanding(number, Standing.CLOSED, "it has left")
    assert told.refused("operator", closing) == (Reason.STATE, ("party", number, "has an open", "account", account))
    told.does("A", CloseAccount(account))
    told.does("operator", closing)
    assert told.refused("A", RotateKeys(keys_of("A"), 1))[0] is Reason.SUSPENDED


def test_a_block_of_collateral_stops_a_pledge_and_no_sale() -> None:
    made, asset = held()
    told = made.told
    block = SetBlock(made.at["A"], NO_ASSET, 4, Cause.COURT_ORDER, ORDER, 0)
    told.does("operator", block)
    collateral = told.account("B", Purpose.COLLATERAL)
    told.does("A", free(made, Side.DELIVER, asset, made.at["A"], "B"))
    events = told.does("B", free(made, Side.RECEIVE, asset, collateral, "A"))
    assert [event.reason for event in _told(told) if isinstance(event, Waits)] == [Reason.FROZ], events
    told.does("A", free(made, Side.DELIVER, asset, made.at["A"], "B", "R2"))
    told.does("B", free(made, Side.RECEIVE, asset, made.at["B"], "A", "R2"))
    assert (told.balance(collateral, asset), made.held("B", asset)) == (0, 3 * LOT)
    told.does("operator", LiftBlock(made.at["A"], NO_ASSET, 4, Cause.COURT_ORDER, ORDER, 0))
    assert told.balance(collateral, asset) == LOT
    made.check()


def test_a_block_of_collateral_reaches_through_the_books_of_custodians() -> None:
    made, asset = served(("Client", 2), ("B", 1))
    told = made.told
    told.does("operator", SetBlock(made.at["Client"], NO_ASSET, 4, Cause.COURT_ORDER, ORDER, 0))
    collateral = told.account("B", Purpose.COLLATERAL)
    told.does("Client", free(made, Side.DELIVER, asset, made.at["Client"], "B"))
    told.does("B", free(made, Side.RECEIVE, asset, collateral, "Client"))
    assert told.balance(collateral, asset) == 0
    made.check()


def _told(told: Told) -> list[object]:
    """The events of the last block."""
    return [event for outcome in told.applied[-1].outcomes for event in outcome.events]


def test_a_redemption_out_of_a_blocked_account_waits_and_tells_no_block() -> None:
    made, _ = held()
    told = made.told
    made.fund("A", 500)
    until = told.state.time + 10 * DAY
    told.does("operator", SetBlock(made.at["A"], NO_ASSET, 1, Cause.COURT_ORDER, ORDER, until))
    told.does("A", RedeemMoney(made.token, made.at["A"], 200, "R"))
    assert made.held("A", made.token) == 500
    told.does("operator", LiftBlock(made.at["A"], NO_ASSET, 1, Cause.COURT_ORDER, ORDER, 0))
    assert made.held("A", made.token) == 300
    made.check()


def test_an_attribute_holds_until_it_expires_and_a_rulebook_from_the_day_it_is_in_force() -> None:
    told = market()
    told.party("A", Role.INVESTOR)
    told.party("Attester", Role.ATTESTER)
    account = told.state.accounts[told.account("A")]
    professional = ClassDefinition(3, "professional", "investor", "professional")
    local = ClassDefinition(5, "local", "tax", "local")
    told.does("operator", PublishRulebook("law", 1, START, "Law", (professional,), ()))
    told.does("operator", PublishRulebook("law", 2, date(2026, 2, 10), "Law", (professional, local), ()))
    now = told.state.time
    told.does("Attester", Attest(told.parties["A"], "investor", "professional", now + 15 * DAY))
    told.does("Attester", Attest(told.parties["A"], "tax", "local", now + 30 * DAY))
    assert account.classes == 1 << 3
    told.until(date(2026, 2, 9))
    assert account.classes == 1 << 3
    told.until(date(2026, 2, 10))
    assert account.classes == 1 << 3 | 1 << 5
    told.until(date(2026, 2, 18))
    assert account.classes == 1 << 5
    told.does("Attester", Attest(told.parties["A"], "tax", "", 0))
    assert account.classes == 0
    replay(told)


def test_what_one_attester_has_said_no_other_changes_until_it_expires() -> None:
    told = market()
    for name, role in (("A", Role.INVESTOR), ("First", Role.ATTESTER), ("Second", Role.ATTESTER)):
        told.party(name, role)
    party, until = told.parties["A"], told.state.time + DAY
    told.does("First", Attest(party, "tax", "local", until))
    for value in ("foreign", ""):
        assert told.refused("Second", Attest(party, "tax", value, until)) == (Reason.NOT_AUTHORISED, ("tax",))
    told.until(START + timedelta(days=1))
    told.does("Second", Attest(party, "tax", "foreign", until + DAY))
    assert told.state.parties[party].attributes["tax"].attester == told.parties["Second"]
    replay(told)


def test_static_data_of_a_partys_own_need_two_persons_where_there_are_two() -> None:
    made, asset = held()
    told = made.told
    account, other = made.at["A"], told.parties["B"]
    for command in (
        Elect(account, "HKD", made.token),
        GrantRight(account, other, Right.VIEW, asset, told.state.time + DAY),
        RotateKeys(keys_of("A"), 1),
        CloseAccount(account),
    ):
        (outcome,) = told.send("A", command, persons=MAKER)
        assert [type(event) for event in outcome.events] == [Proposed]
    (outcome,) = told.send("A", Approve(1), persons=CHECKER)
    assert isinstance(outcome.events[0], Elected)
    assert told.state.accounts[account].elections == {"HKD": (made.token,)}
    (outcome,) = told.send("A", Approve(3), persons=CHECKER)
    assert isinstance(outcome.events[0], KeysRotated)
    made.check()


def test_a_party_of_one_person_looks_after_its_own_alone() -> None:
    made, _ = held()
    told = made.told
    told.does("operator", RegisterParty("C", "", "HK", (Role.INVESTOR,), keys_of("C")[:1], 1, b""))
    told.parties["C"] = type(other := told.parties["A"])(max(told.state.parties))
    account = told.account("C")
    (outcome,) = told.send("C", GrantRight(account, other, Right.VIEW, NO_ASSET, told.state.time + DAY), persons=MAKER)
    assert outcome.code == 0
    assert told.state.accounts[account].grants


def test_what_a_person_signed_whose_key_is_void_does_not_count() -> None:
    told = market()
    told.party("A", Role.DEALER)
    for name in ("X", "Y"):
        told.send("operator", RegisterParty(name, "", "HK", (Role.DEALER,), keys_of(name), 1, b""), persons=MAKER)
    checker = keys_of("operator")[1]
    told.does("operator", RotateKeys((Key(bytes(32), "new maker"), checker), 1))
    parties = len(told.state.parties)
    (outcome,) = told.send("operator", Approve(1), persons=CHECKER)
    assert outcome.code == 0
    assert len(told.state.parties) == parties


def test_recovered_keys_void_what_the_lost_ones_had_proposed() -> None:
    told = market()
    told.party("CMU", Role.CSD)
    told.send("CMU", RegisterParty("X", "", "HK", (Role.DEALER,), keys_of("X"), 1, b""), persons=MAKER)
    recovery = RecoverKeys(told.parties["CMU"], keys_of("CMU"), 1, Cause.LOST_KEYS, ORDER)
    events = told.does("operator", recovery)
    assert ProposalDropped(1, told.parties["CMU"], "its keys were recovered") in events
    assert told.refused("CMU", Approve(1), CHECKER)[0] is Reason.UNKNOWN_PROPOSAL
    replay(told)


def test_an_account_that_serves_another_or_is_instructed_is_not_closed() -> None:
    told = market()
    for name, role in (("C", Role.CUSTODIAN), ("A", Role.DEALER)):
        told.party(name, role)
    omnibus = told.account("C", Purpose.OMNIBUS)
    cash = told.account("A")
    client = told.account("A", tier=omnibus, by="C", cash=cash)
    serves = ("serves", "account", client)
    assert told.refused("C", CloseAccount(omnibus)) == (Reason.STATE, ("account", omnibus, *serves))
    assert told.refused("A", CloseAccount(cash)) == (Reason.STATE, ("account", cash, *serves))
    told.does("A", CloseAccount(client))
    told.does("A", CloseAccount(cash))
    told.does("C", CloseAccount(omnibus))
