"""Stories of named powers: what each does, who may, who is told when, and what the public report says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Side, TransactionKind
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Block, Key, Purpose, Role
from bauhinia.ledger.powers import Cause, Power
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.four_eyes import Approve
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.onboarding import RotateKeys
from bauhinia.rules.powers import (
    ForceTransfer,
    LiftBlock,
    NoticeGiven,
    PauseAsset,
    PowerUsed,
    RecoverKeys,
    Reported,
    ResumeAsset,
    SetBlock,
    public_report,
)
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import NO_ASSET, NO_PARTY, AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.reasons import Reason
from tests.support import START, Seed, issued, keys_of, market, seen, trade

ORDER = bytes(range(32))
DEBIT, CREDIT = int(Block.DEBIT), int(Block.CREDIT)
NEXT = START + timedelta(days=1)


class Story:
    """A bond of R's register: 1,000 with A, 500 with a client in C's book; money with B."""

    def __init__(self, rulebook: str = "") -> None:
        told = self.told = market()
        for name, role in (
            ("CMU", Role.CSD), ("HKMA", Role.CENTRAL_BANK), ("R", Role.REGISTRAR), ("R2", Role.REGISTRAR),
            ("Government", Role.ISSUER), ("A", Role.DEALER), ("B", Role.DEALER), ("C", Role.CUSTODIAN),
            ("client", Role.INVESTOR), ("client2", Role.INVESTOR), ("SFC", Role.REGULATOR), ("bank", Role.BANK),
        ):  # fmt: skip
            told.party(name, role)
        self.a, self.b = told.account("A"), told.account("B")
        self.omnibus = told.account("C", Purpose.OMNIBUS)
        self.client = told.account("client", tier=self.omnibus, by="C")
        self.client2 = told.account("client2", tier=self.omnibus, by="C")
        self.hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
        told.mint("HKMA", self.hkd, self.b, 10_000)
        self.bond = issued(told, "Government", (self.a, 1_500), rulebook=rulebook, registrar="R")
        self.moves("A", "client", self.a, self.client, 500)
        self.below = told.state.entitlements[self.bond][0]
        self.seed = Seed(told)

    def moves(self, giver: str, taker: str, give: int, take: int, amount: int) -> list[Any]:
        told, reference = self.told, f"{len(self.told.blocks)}"
        told.does(giver, trade(Side.DELIVER, self.bond, amount, give, told.parties[taker], START, reference=reference))
        return told.does(
            taker, trade(Side.RECEIVE, self.bond, amount, take, told.parties[giver], START, reference=reference)
        )

    def block(self, account: int, asset: int = 0, bits: int = DEBIT, **more: Any) -> SetBlock:
        fields: dict[str, Any] = {"cause": Cause.SANCTIONS, "document": b"", "notice": 0, **more}
        return SetBlock(AccountNumber(account), AssetNumber(asset), bits, **fields)

    def lift(self, account: int, asset: int = 0, bits: int = DEBIT, **more: Any) -> LiftBlock:
        return LiftBlock(
            **{name: getattr(self.block(account, asset, bits, **more), name) for name in SetBlock.__slots__}
        )

    def force(self, giver: int, taker: int, amount: int, asset: int = 0, document: bytes = ORDER) -> ForceTransfer:
        return ForceTransfer(
            AssetNumber(asset or self.bond), AccountNumber(giver), AccountNumber(taker), amount, Cause.COURT_ORDER,
            document,
        )  # fmt: skip

    def recover(self, who: str, threshold: int = 1, document: bytes = ORDER) -> RecoverKeys:
        return RecoverKeys(self.told.parties[who], keys_of("new"), threshold, Cause.LOST_KEYS, document)

    def ends(self) -> None:
        assert broken(self.told.state) == []
        self.seed.replay()


def of_kind(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if type(event) is kind]


def test_a_blocked_account_waits_frozen_and_settles_when_the_block_is_lifted() -> None:
    story = Story()
    told = story.told
    told.does("CMU", story.block(story.a))
    assert told.state.accounts[AccountNumber(story.a)].blocks == DEBIT
    (waits,) = of_kind(story.moves("A", "B", story.a, story.b, 400), Waits)
    assert (waits.reason, waits.account) == (Reason.FROZ, story.a)
    told.does("CMU", story.block(story.a, bits=CREDIT))
    events = told.does("CMU", story.lift(story.a))
    assert len(of_kind(events, Settled)) == 1
    assert told.balance(story.b, story.bond) == 400
    assert told.state.accounts[AccountNumber(story.a)].blocks == CREDIT
    assert [use.power for use in told.state.powers.uses.values()] == [Power.BLOCK, Power.BLOCK, Power.LIFT_BLOCK]
    story.ends()


def test_a_blocked_position_leaves_the_rest_of_the_account_free() -> None:
    story = Story()
    told = story.told
    told.does("R", story.block(story.a, story.bond))
    (waits,) = of_kind(story.moves("A", "B", story.a, story.b, 400), Waits)
    assert waits.reason is Reason.FROZ
    told.mint("HKMA", story.hkd, story.a, 5)
    told.does("operator", story.force(story.a, story.b, 5, story.hkd))
    assert told.balance(story.a, story.hkd) == 0
    told.does("R", story.lift(story.a, story.bond))
    assert told.balance(story.b, story.bond) == 400
    story.ends()


def test_a_block_of_a_bond_strikes_the_entitlement_of_an_account_in_a_custodians_book() -> None:
    story = Story()
    (used, notice) = story.told.does("operator", story.block(story.client, story.bond))
    assert used.use.asset == notice.asset == story.below
    (waits,) = of_kind(story.moves("client", "B", story.client, story.b, 100), Waits)
    assert (waits.reason, waits.asset) == (Reason.FROZ, story.below)


def test_a_deferred_block_is_hidden_from_its_holder_until_the_notice() -> None:
    story = Story()
    told = story.told
    later = told.state.time + 3 * DAY
    (used,) = told.does("CMU", story.block(story.a, story.bond, notice=later, document=ORDER))
    assert isinstance(used, PowerUsed)
    assert {name for name in told.parties if used in seen(told, name)} == {"CMU", "R"}
    assert public_report(told.state) == []
    assert used.use.persons == ("maker", "checker")
    (lifted,) = told.does("CMU", story.lift(story.a, story.bond))  # no sooner told than the block
    assert lifted.use.notice == later
    assert of_kind(told.until(START + timedelta(days=3), 9 * 60), NoticeGiven) == []
    told.until(START + timedelta(days=3), 10 * 60)
    first, second = of_kind(seen(told, "A"), NoticeGiven)
    assert (first.power, second.power) == (Power.BLOCK, Power.LIFT_BLOCK)
    assert (first.account, first.asset, first.used, first.time) == (story.a, story.bond, used.use.time, later)
    assert {name for name in told.parties if first in seen(told, name)} == {"A"}
    assert of_kind(seen(told, "A"), PowerUsed) == []
    assert [line.power for line in public_report(told.state)] == [Power.BLOCK, Power.LIFT_BLOCK]
    assert public_report(told.state)[0] == Reported(
        Power.BLOCK, Cause.SANCTIONS, told.parties["CMU"], story.bond, used.use.time, later
    )
    story.ends()


def test_a_block_told_at_once_is_seen_at_once() -> None:
    story = Story()
    told = story.told
    used, notice = told.does("R", story.block(story.a, story.bond))
    assert (notice.number, notice.time) == (used.use.number, told.state.time)
    assert notice in seen(told, "A")
    assert notice not in seen(told, "B")
    assert used not in seen(told, "A")
    assert told.state.powers.uses[1].notified == told.state.time


def test_a_forced_transfer_moves_out_of_a_blocked_account_and_is_told_at_once() -> None:
    story = Story()
    told = story.told
    told.does("CMU", story.block(story.a, notice=told.state.time + DAY))
    events = told.does("R", story.force(story.a, story.b, 600))
    assert (told.balance(story.a, story.bond), told.balance(story.b, story.bond)) == (400, 600)
    (settled,) = of_kind(events, Settled)
    assert told.state.settlement.transactions[settled.transactions[0]].kind is TransactionKind.POWER
    (notice,) = of_kind(events, NoticeGiven)
    assert (notice.power, notice.amount, notice.account) == (Power.FORCE_TRANSFER, 600, story.a)
    assert notice in seen(told, "A")
    assert settled in seen(told, "A")
    assert told.refused("R", story.force(story.a, story.b, 401))[0] is Reason.LACK
    story.ends()


def test_a_forced_transfer_is_routed_through_custodians() -> None:
    story = Story()
    told = story.told
    told.does("CMU", story.force(story.client, story.b, 200))
    assert (told.balance(story.client, story.below), told.balance(story.omnibus, story.bond)) == (300, 300)
    told.does("C", story.force(story.client, story.client2, 100))  # within its own book the keeper may
    assert told.balance(story.client2, story.below) == 100
    assert told.refused("C", story.force(story.client, story.b, 100))[0] is Reason.NOT_AUTHORISED
    story.ends()


def test_a_paused_asset_moves_in_no_book_until_it_is_resumed() -> None:
    story = Story()
    told = story.told
    events = told.does("R", PauseAsset(story.bond, Cause.OPERATIONS, b""))
    assert told.state.assets[story.bond].paused
    assert told.state.assets[story.below].paused
    waits = of_kind(story.moves("A", "B", story.a, story.b, 100), Waits)
    waits += of_kind(story.moves("client", "client2", story.client, story.client2, 100), Waits)
    assert [each.reason for each in waits] == [Reason.PAUSED, Reason.PAUSED]
    assert told.refused("R", story.force(story.a, story.b, 1))[0] is Reason.PAUSED
    assert told.refused("R", PauseAsset(story.bond, Cause.OPERATIONS, b""))[0] is Reason.ALREADY_DONE
    assert len(of_kind(told.does("R", ResumeAsset(story.bond, Cause.OPERATIONS, b"")), Settled)) == 2
    assert (told.balance(story.b, story.bond), told.balance(story.client2, story.below)) == (100, 100)
    assert told.refused("R", ResumeAsset(story.bond, Cause.OPERATIONS, b""))[0] is Reason.ALREADY_DONE
    (notice,) = of_kind(events, NoticeGiven)
    assert all(notice in seen(told, name) for name in told.parties)
    story.ends()


def test_recovered_keys_replace_the_lost_ones() -> None:
    story = Story()
    told = story.told
    used, rotated, notice = told.does("operator", story.recover("A", threshold=2))
    party = told.state.parties[told.parties["A"]]
    assert (party.keys, party.threshold) == (keys_of("new"), 2)
    assert (rotated.party, notice.power) == (told.parties["A"], Power.RECOVER_KEYS)
    assert notice in seen(told, "A")
    assert used not in seen(told, "A")
    outcome = told.send("A", RotateKeys(keys_of("A"), 1))[0]
    assert Reason(outcome.code) is Reason.UNKNOWN_SIGNER
    assert told.refused("operator", replace(story.recover("B"), keys=(Key(b"x", "maker"),)))[0] is Reason.KEY
    story.ends()


def test_one_person_only_proposes_and_the_trace_names_both() -> None:
    story = Story()
    told = story.told
    (proposed,) = told.send("CMU", story.block(story.a), persons=("maker",))[0].events
    assert not told.state.accounts[AccountNumber(story.a)].blocks
    assert proposed not in seen(told, "A")
    assert told.send("CMU", Approve(proposed.proposal), persons=("maker",))[0].code == Reason.FOUR_EYES
    told.send("CMU", Approve(proposed.proposal), persons=("checker",))
    assert told.state.accounts[AccountNumber(story.a)].blocks == DEBIT
    assert told.state.powers.uses[1].persons == ("maker", "checker")
    story.ends()


WHO = [
    # power, who may by default
    ("block_account", {"operator", "CMU"}),
    ("block_position", {"operator", "CMU", "R"}),
    ("block_entitlement", {"operator", "CMU", "C"}),
    ("block_client", {"operator", "CMU", "C"}),
    ("block_money", {"operator", "CMU", "HKMA"}),
    ("force", {"operator", "CMU", "R"}),
    ("pause", {"operator", "CMU", "R"}),
    ("recover", {"operator", "CMU"}),
]


def command_of(story: Story, name: str) -> Any:
    return {
        "block_account": story.block(story.a),
        "block_position": story.block(story.a, story.bond),
        "block_entitlement": story.block(story.client, story.below),
        "block_client": story.block(story.client),
        "block_money": story.block(story.b, story.hkd),
        "force": story.force(story.a, story.b, 1),
        "pause": PauseAsset(story.bond, Cause.OPERATIONS, b""),
        "recover": story.recover("A"),
    }[name]


@pytest.mark.parametrize(("name", "allowed"), WHO)
def test_who_may_use_a_power(name: str, allowed: set[str]) -> None:
    story = Story()
    for who in ("R2", "A", "B", "C", "client", "SFC", "bank", "Government", "R", "HKMA", "CMU", "operator"):
        if who not in allowed:
            assert story.told.refused(who, command_of(story, name))[0] is Reason.NOT_AUTHORISED, who
    for who in sorted(allowed):
        fresh = Story()
        fresh.told.does(who, command_of(fresh, name))


def test_a_rulebook_says_who_has_a_power_and_the_markets_rulebook_fills_what_it_leaves_out() -> None:
    story = Story(rulebook="own")
    told = story.told
    own = (Provision("power.block", "REGULATOR, REGISTRAR", "-"), Provision("power.force_transfer", "nobody", "-"))
    told.does("operator", PublishRulebook("own", 1, START, "Own", (), own))
    markets = (Provision("power.pause", "CSD", "-"), Provision("power.block", "OPERATOR", "-"))
    told.does("operator", PublishRulebook("market", 1, START, "Market", (), markets))
    told.does("SFC", story.block(story.a, story.bond))
    for who in ("operator", "CMU"):
        assert told.refused(who, story.lift(story.a, story.bond))[0] is Reason.NOT_AUTHORISED
        assert told.refused(who, story.force(story.a, story.b, 1))[0] is Reason.NOT_AUTHORISED
    assert told.refused("CMU", story.block(story.a))[0] is Reason.NOT_AUTHORISED  # a whole account: the market's
    assert told.refused("operator", PauseAsset(story.bond, Cause.OPERATIONS, b""))[0] is Reason.NOT_AUTHORISED
    told.does("operator", story.block(story.a))
    told.does("CMU", PauseAsset(story.bond, Cause.OPERATIONS, b""))
    told.does("operator", story.recover("A"))  # neither says: the default


def test_a_rulebook_bounds_the_deferral() -> None:
    story = Story()
    told = story.told
    provisions = (Provision("power.defer_causes", "COURT_ORDER", "-"), Provision("power.defer_days", "2", "-"))
    told.does("operator", PublishRulebook("market", 1, START, "Market", (), provisions))
    now = told.state.time
    refused = told.refused("CMU", story.block(story.a, notice=now + DAY))
    assert refused == (Reason.NOT_AUTHORISED, ("notice", "SANCTIONS"))
    late = story.block(story.a, notice=now + 2 * DAY + MINUTE, cause=Cause.COURT_ORDER, document=ORDER)
    assert told.refused("CMU", late)[0] is Reason.DATE
    told.does("CMU", replace(late, notice=now + 2 * DAY))


REFUSED: list[tuple[str, dict[str, Any], Reason]] = [
    ("block", {"account": 99}, Reason.UNKNOWN_ACCOUNT),
    ("block", {"asset": 99}, Reason.UNKNOWN_ASSET),
    ("block", {"bits": 0}, Reason.AMOUNT),
    ("block", {"bits": 8}, Reason.AMOUNT),
    ("block", {"bits": -1}, Reason.AMOUNT),
    ("block", {"document": b"x"}, Reason.HASH),
    ("block", {"cause": Cause.COURT_ORDER}, Reason.HASH),
    ("block", {"notice": 1}, Reason.DATE),
    ("block", {"notice": 1 << 62}, Reason.DATE),
    ("block", {"notice": 1 << 62, "cause": Cause.LOST_KEYS}, Reason.NOT_AUTHORISED),
    ("lift", {}, Reason.ALREADY_DONE),
    ("lift", {"bits": 9}, Reason.AMOUNT),
    ("force", {"asset": 99}, Reason.UNKNOWN_ASSET),
    ("force", {"amount": 0}, Reason.AMOUNT),
    ("force", {"amount": 1 << 62}, Reason.AMOUNT),
    ("force", {"amount": 1_001}, Reason.LACK),
    ("force", {"giver": 99}, Reason.UNKNOWN_ACCOUNT),
    ("force", {"taker": 99}, Reason.UNKNOWN_ACCOUNT),
    ("force", {"document": b""}, Reason.HASH),
    ("pause", {"asset": 99}, Reason.UNKNOWN_ASSET),
    ("pause", {"document": b"x"}, Reason.HASH),
    ("recover", {"party": 99}, Reason.UNKNOWN_PARTY),
    ("recover", {"keys": ()}, Reason.KEY),
    ("recover", {"threshold": 3}, Reason.THRESHOLD),
    ("recover", {"document": b""}, Reason.HASH),
]


@pytest.mark.parametrize(("name", "fields", "reason"), REFUSED)
def test_a_wrong_field_is_refused(name: str, fields: dict[str, Any], reason: Reason) -> None:
    story = Story()
    right: dict[str, Any] = {
        "block": story.block(story.a),
        "lift": story.lift(story.a),
        "force": story.force(story.a, story.b, 1),
        "pause": PauseAsset(story.bond, Cause.OPERATIONS, b""),
        "recover": story.recover("A"),
    }
    assert story.told.refused("operator", replace(right[name], **fields))[0] is reason


def test_what_no_power_reaches() -> None:
    story = Story()
    told = story.told
    issuer = told.state.assets[story.bond].issuer_account
    omnibus2 = told.account("bank", Purpose.OMNIBUS)
    other = told.account("client2", tier=omnibus2, by="bank")
    told.does("CMU", story.block(story.a))
    told.does("CMU", story.block(story.b, bits=CREDIT))
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    for command, reason in (
        (story.force(issuer, story.b, 1), Reason.PURPOSE),  # only issue and redemption reach it
        (story.force(story.a, issuer, 1), Reason.PURPOSE),
        (story.force(story.omnibus, story.b, 1), Reason.PURPOSE),  # would leave clients without backing
        (story.force(story.a, other, 1), Reason.STATE),  # its custodian has no book of this bond
        (story.force(other, story.a, 1), Reason.LACK),
        (story.force(story.a, story.a, 1), Reason.SAME_ACCOUNT),
        (story.force(story.b, story.b, 1, story.hkd), Reason.SAME_ACCOUNT),
        (story.force(story.a, story.b, 1), Reason.FROZ),  # the taker may not receive
        (story.force(story.a, story.b, 1, story.below), Reason.UNKNOWN_ASSET),
        (story.force(story.a, story.b, 1, rtgs), Reason.UNKNOWN_ASSET),
        (story.block(story.a), Reason.ALREADY_DONE),
        (story.block(story.a, bits=DEBIT | CREDIT), Reason.ALREADY_DONE),
        (story.lift(story.a, bits=DEBIT | CREDIT), Reason.ALREADY_DONE),
        (story.block(issuer, story.bond), Reason.PURPOSE),
        (story.block(other, story.bond), Reason.UNKNOWN_ASSET),
        (story.block(story.a, story.below), Reason.UNKNOWN_ASSET),
        (PauseAsset(story.below, Cause.OPERATIONS, b""), Reason.UNKNOWN_ASSET),
        (RecoverKeys(PartyNumber(1), keys_of("new"), 1, Cause.LOST_KEYS, ORDER), Reason.NOT_AUTHORISED),
    ):
        assert told.refused("operator", command)[0] is reason, command


def test_earmarked_bonds_stay_for_the_payment_that_is_in_doubt() -> None:
    story = Story()
    told = story.told
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    told.does("A", trade(Side.DELIVER, story.bond, 900, story.a, told.parties["B"], START, rtgs, 5, 0, "X"))
    told.does("B", trade(Side.RECEIVE, story.bond, 900, story.b, told.parties["A"], START, rtgs, 5, 0, "X"))
    assert told.refused("CMU", story.force(story.a, story.b, 101))[0] is Reason.LACK
    told.does("CMU", story.force(story.a, story.b, 100))
    story.ends()


def test_the_public_report_names_nobody_that_was_struck() -> None:
    story = Story()
    told = story.told
    told.does("R", story.block(story.a, story.bond, cause=Cause.HOLDER_REQUEST))
    told.does("R", PauseAsset(story.bond, Cause.OPERATIONS, b""))
    told.does("CMU", story.recover("B"))
    now, r, cmu = told.state.time, told.parties["R"], told.parties["CMU"]
    assert public_report(told.state) == [
        Reported(Power.BLOCK, Cause.HOLDER_REQUEST, r, story.bond, now, now),
        Reported(Power.PAUSE, Cause.OPERATIONS, r, story.bond, now, now),
        Reported(Power.RECOVER_KEYS, Cause.LOST_KEYS, cmu, NO_ASSET, now, now),
    ]
    assert [use.holder for use in told.state.powers.uses.values()] == [told.parties["A"], NO_PARTY, told.parties["B"]]
