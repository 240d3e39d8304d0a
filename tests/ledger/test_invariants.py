"""Each invariant, broken on purpose: what is told, and that nothing is told of a sound state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import ProcessingPosition, Side, Status
from bauhinia.ledger.invariants import broken, held, outstanding
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.positions import BALANCE, EARMARKED, WORDS
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import Piece
from bauhinia.words.ids import AccountNumber, AssetNumber, TransactionNumber
from tests.support import START, issued, market, trade


class Sound:
    """A bond with a direct holder and a custodian's client, an earmarked trade, a trade that lacks, one on hold."""

    def __init__(self) -> None:
        told = market()
        for name, role in (("HKMA", Role.CENTRAL_BANK), ("G", Role.ISSUER), ("A", Role.DEALER), ("C", Role.CUSTODIAN)):
            told.party(name, role)
        told.party("B", Role.DEALER)
        self.a, self.b = told.account("A"), told.account("B")
        self.omnibus = told.account("C", Purpose.OMNIBUS)
        self.client = told.account("B", tier=self.omnibus, by="C")
        self.rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
        self.bond = issued(told, "G", (self.a, 1_000))
        trades: list[tuple[int, int, dict[str, Any]]] = [
            (300, self.client, {}),
            (200, self.b, {"money": self.rtgs, "amount": 5}),
            (900, self.b, {}),
            (100, self.b, {"hold": True}),
        ]
        for number, (amount, account, more) in enumerate(trades):
            for who, side, own in (("A", Side.DELIVER, self.a), ("B", Side.RECEIVE, account)):
                other = told.parties["B" if who == "A" else "A"]
                told.does(who, trade(side, self.bond, amount, own, other, START, reference=f"{number}", **more))
        self.state: State = told.state
        self.below = self.state.entitlements[self.bond][0]

    def add(self, account: int, asset: int, word: int, amount: int) -> None:
        positions = self.state.positions
        positions.columns[positions.open(AccountNumber(account), AssetNumber(asset)) * WORDS + word] += amount


def test_a_sound_state_has_nothing_broken() -> None:
    sound = Sound()
    statuses = [each.status for each in sound.state.settlement.transactions.values()]
    assert sorted(statuses) == [
        Status.PENDING, Status.PENDING, Status.CONFIRMING, Status.SETTLED, Status.SETTLED,
    ]  # fmt: skip
    assert broken(sound.state) == []
    asset = sound.state.assets[sound.bond]
    assert (outstanding(sound.state, asset), held(sound.state, asset)) == (1_000, 1_000)


def _sum(sound: Sound) -> None:
    sound.add(sound.b, sound.bond, BALANCE, 1)


def _negative(sound: Sound) -> None:
    sound.add(sound.b, sound.bond, BALANCE, -1)
    sound.add(sound.a, sound.bond, BALANCE, 1)


def _issuer(sound: Sound) -> None:
    issuer = sound.state.assets[sound.rtgs].issuer_account
    sound.add(issuer, sound.rtgs, BALANCE, 1)
    sound.add(sound.a, sound.rtgs, BALANCE, -1)


def _stray(sound: Sound) -> None:
    sound.add(99, sound.bond, BALANCE, 0)


def _backing(sound: Sound) -> None:
    sound.add(sound.client, sound.below, BALANCE, -1)
    sound.add(sound.state.assets[sound.below].issuer_account, sound.below, BALANCE, 1)


def _authorised(sound: Sound) -> None:
    sound.state.assets[sound.bond].authorised = 999


def _earmark(sound: Sound) -> None:
    sound.add(sound.a, sound.bond, EARMARKED, 1)


def _earmark_above(sound: Sound) -> None:
    sound.add(sound.b, sound.bond, EARMARKED, 1)


def _earmark_gone(sound: Sound) -> None:
    transaction = next(e for e in sound.state.settlement.transactions.values() if e.status is Status.CONFIRMING)
    for leg in transaction.legs:
        leg.giver = AccountNumber(sound.client)


def _unfiled(sound: Sound) -> None:
    sound.state.settlement.dated.clear()


def _filed_twice(sound: Sound) -> None:
    waiting = sound.state.settlement.waiting
    sound.state.settlement.dated[next(iter(next(iter(waiting.values()))))] = True


def _filed_elsewhere(sound: Sound) -> None:
    waiting = sound.state.settlement.waiting
    waiting[7] = waiting.pop(next(iter(waiting)))


def _filed_settled(sound: Sound) -> None:
    sound.state.settlement.dated[TransactionNumber(1)] = True


def _filed_unknown(sound: Sound) -> None:
    sound.state.settlement.dated[TransactionNumber(99)] = True


def _never_woken(sound: Sound) -> None:
    (line,) = sound.state.settlement.waiting.values()
    line.pieces = [Piece(0, [(priority, number, 0)]) for piece in line.pieces for priority, number, _ in piece.places]


def _not_offset(sound: Sound) -> None:
    sound.state.settlement.offsets.clear()


def _offset_still(sound: Sound) -> None:
    sound.state.settlement.offsets[1, 2, 7, 8] = {TransactionNumber(1): True}


def _not_live(sound: Sound) -> None:
    sound.state.settlement.live.clear()


def _link_not_filed(sound: Sound) -> None:
    number, instruction = next(iter(sound.state.settlement.instructions.items()))
    instruction.links["another"] = ProcessingPosition.WITH
    sound.state.settlement.named[instruction.party, "a third"] = {number: ProcessingPosition.WITH}


def _not_cycling(sound: Sound) -> None:
    sound.state.settlement.cycling[TransactionNumber(1)] = True


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (_sum, "HK0000000002 sums to 1"),
        (_negative, "account 2 holds -1 of HK0000000002"),
        (_issuer, "the issuer's account 5 holds 1 of HKD.RTGS"),
        (_stray, "a position of account 99 in asset 2, of which one is not there"),
        (_backing, "HK0000000002/3: 299 outstanding, backed by 300"),
        (_authorised, "HK0000000002: 1000 outstanding, 999 authorised"),
        (_earmark, "account 1 has 201 of asset 2 earmarked, expected 200"),
        (_earmark_above, "account 2 has 1 of 0 HK0000000002 earmarked"),
        (_earmark_gone, "account 4 has nothing of asset 2, of which 200 is earmarked"),
        (_unfiled, "waits and is filed 0 times"),
        (_filed_twice, "waits and is filed 2 times"),
        (_filed_elsewhere, "waits under a position that it does not lack"),
        (_filed_settled, "transaction 1 is SETTLED and still filed"),
        (_filed_unknown, "transaction 99 is filed and not there"),
        (_never_woken, "waits for a position that has what it needs"),
        (_not_offset, "is not filed to be offset"),
        (_offset_still, "transaction 1 is filed to be offset"),
        (_not_live, "is PENDING and not live"),
        (_link_not_filed, "to another of party"),
        (_link_not_filed, "to a third of party"),
        (_not_cycling, "transaction 1 is filed for a cycle"),
    ],
)
def test_each_breach_is_told(fault: Callable[[Sound], None], told: str) -> None:
    sound = Sound()
    fault(sound)
    found = broken(sound.state)
    assert any(told in each for each in found), found
