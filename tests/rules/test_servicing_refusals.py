"""What servicing refuses: each command with each field wrong in turn, in the order in which it is checked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.bonds import Conditions
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.rules.default import Accelerate, RequestAcceleration
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.tiers import PayTier
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.words.ids import LIMIT, NO_ACCOUNT
from bauhinia.words.reasons import Reason
from tests.rules.deal import Deal
from tests.rules.served import COUPON, FIRST, LOT, coupon, funds, rtgs, served

UNKNOWN = 999
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def scene() -> tuple[Deal, dict[str, int]]:
    """A bond whose coupon is paid, one holder's in suspense; a second agent and a second currency."""
    made, asset = served(("A", 3), ("Client", 2), ("B", 1), conditions=Conditions(grace_days=0))
    told = made.told
    told.party("Other", Role.PAYING_AGENT)
    usd = told.money("HKMA", "USD.T", "USD", MoneyKind.CENTRAL_BANK_TOKEN)
    more = told.money("HKMA", "HKD.2", "HKD", MoneyKind.CBDC)
    rtgs(made, asset)
    number = {
        "bond": asset,
        "usd": usd,
        "more": more,
        "own": told.account("Agent"),
        "paying2": told.account("Agent", Purpose.PAYING),
        "suspense2": told.account("Agent", Purpose.SUSPENSE),
        "theirs": told.account("Other", Purpose.PAYING),
        "escrow": told.account("Government", Purpose.COLLATERAL),
        "token": made.token,
        "rtgs": made.rtgs,
        **made.at,
    }
    told.state.accounts[made.at["B"]].blocks = 2
    action = coupon(made, asset)
    number["coupon"] = action.number
    number["last"] = told.state.servicing.of[asset][-1]
    funds(made, action, 6 * COUPON)
    made.fund("Government", 10)
    told.until(FIRST)
    return made, number


def check(scene: tuple[Deal, dict[str, int]], who: str, kind: type, values: tuple[Any, ...], reason: Reason) -> None:
    made, number = scene
    found = made.told.refused(who, kind(*(number[each] if isinstance(each, str) else each for each in values)))
    assert found[0] is reason, found


@pytest.mark.parametrize(
    ("who", "values", "reason"),
    [
        ("A", ("bond", "more", "paying2", "suspense2"), Reason.NOT_AUTHORISED),
        ("Agent", (UNKNOWN, "more", "paying2", "suspense2"), Reason.UNKNOWN_ASSET),
        ("Other", ("bond", "more", "theirs", "suspense2"), Reason.UNKNOWN_ASSET),
        ("Agent", ("bond", UNKNOWN, "paying2", "suspense2"), Reason.UNKNOWN_ASSET),
        ("Agent", ("bond", "bond", "paying2", "suspense2"), Reason.UNKNOWN_ASSET),
        ("Agent", ("bond", "usd", "paying2", "suspense2"), Reason.WRONG_CURRENCY),
        ("Agent", ("bond", "token", "paying2", "suspense2"), Reason.DUPLICATE),
        ("Agent", ("bond", "more", UNKNOWN, "suspense2"), Reason.UNKNOWN_ACCOUNT),
        ("Agent", ("bond", "more", "theirs", "suspense2"), Reason.UNKNOWN_ACCOUNT),
        ("Agent", ("bond", "more", "own", "suspense2"), Reason.PURPOSE),
        ("Agent", ("bond", "more", "paying2", 0), Reason.UNKNOWN_ACCOUNT),
        ("Agent", ("bond", "more", "paying2", "own"), Reason.PURPOSE),
        ("Agent", ("bond", "more", "paying", "suspense2"), Reason.DUPLICATE),
    ],
)
def test_appointing_a_paying_account(
    scene: tuple[Deal, dict[str, int]], who: str, values: tuple[Any, ...], reason: Reason
) -> None:
    check(scene, who, AppointPayingAccount, values, reason)


@pytest.mark.parametrize(
    ("who", "values", "reason"),
    [
        ("Government", (UNKNOWN, "token", "Government", 5), Reason.UNKNOWN_ACTION),
        ("A", ("last", "token", "A", 5), Reason.UNKNOWN_ACTION),
        ("Government", ("coupon", "token", "Government", 5), Reason.STATE),
        ("Government", ("last", "more", "Government", 5), Reason.UNKNOWN_ASSET),
        ("Government", ("last", UNKNOWN, "Government", 5), Reason.UNKNOWN_ASSET),
        ("Government", ("last", "token", "Government", 0), Reason.AMOUNT),
        ("Government", ("last", "token", "Government", -5), Reason.AMOUNT),
        ("Government", ("last", "token", "Government", LIMIT), Reason.AMOUNT),
        ("Government", ("last", "token", UNKNOWN, 5), Reason.UNKNOWN_ACCOUNT),
        ("Government", ("last", "token", "A", 5), Reason.UNKNOWN_ACCOUNT),
        ("Government", ("last", "token", "escrow", 5), Reason.PURPOSE),
        ("Government", ("last", "token", "issuer", 5), Reason.PURPOSE),
        ("Government", ("last", "rtgs", "Government", 5), Reason.UNKNOWN_ACCOUNT),
    ],
)
def test_funding(scene: tuple[Deal, dict[str, int]], who: str, values: tuple[Any, ...], reason: Reason) -> None:
    check(scene, who, Fund, values, reason)


@pytest.mark.parametrize(
    ("who", "values", "reason"),
    [
        ("A", (1, 0), Reason.NOT_AUTHORISED),
        ("Agent", (UNKNOWN, 0), Reason.UNKNOWN_ACTION),
        ("Other", (1, 0), Reason.UNKNOWN_ACTION),
        ("Agent", (1, UNKNOWN), Reason.UNKNOWN_ACCOUNT),
        ("Agent", (1, "A"), Reason.UNKNOWN_ACCOUNT),
        ("Agent", (1, "B"), Reason.FROZ),
        ("Agent", (1, 0), Reason.FROZ),
    ],
)
def test_releasing(scene: tuple[Deal, dict[str, int]], who: str, values: tuple[Any, ...], reason: Reason) -> None:
    check(scene, who, ReleaseSuspense, values, reason)


@pytest.mark.parametrize(
    ("who", "values", "reason"),
    [
        ("Custodian", (UNKNOWN, "omnibus"), Reason.UNKNOWN_ACTION),
        ("Custodian", ("coupon", UNKNOWN), Reason.UNKNOWN_ACCOUNT),
        ("A", ("coupon", "omnibus"), Reason.UNKNOWN_ACCOUNT),
        ("Custodian", ("coupon", "Custodian"), Reason.UNKNOWN_ACTION),
        ("Custodian", ("last", "omnibus"), Reason.UNKNOWN_ACTION),
        ("Custodian", ("coupon", "omnibus"), Reason.ALREADY_DONE),
    ],
)
def test_paying_down(scene: tuple[Deal, dict[str, int]], who: str, values: tuple[Any, ...], reason: Reason) -> None:
    check(scene, who, PayTier, values, reason)


@pytest.mark.parametrize(
    ("who", "kind", "values", "reason"),
    [
        ("A", Accelerate, ("bond",), Reason.NOT_AUTHORISED),
        ("Trustee", Accelerate, (UNKNOWN,), Reason.UNKNOWN_ASSET),
        ("Trustee", Accelerate, ("token",), Reason.UNKNOWN_ASSET),
        ("Trustee", Accelerate, ("bond",), Reason.STATE),
        ("A", RequestAcceleration, (UNKNOWN, LOT), Reason.UNKNOWN_ASSET),
        ("Government", RequestAcceleration, ("bond", LOT), Reason.UNKNOWN_ASSET),
        ("Lead", RequestAcceleration, ("bond", LOT), Reason.UNKNOWN_ASSET),
        ("A", RequestAcceleration, ("bond", 0), Reason.AMOUNT),
        ("A", RequestAcceleration, ("bond", 3 * LOT + 1), Reason.AMOUNT),
        ("A", RequestAcceleration, ("bond", LOT), Reason.STATE),
    ],
)
def test_accelerating(
    scene: tuple[Deal, dict[str, int]], who: str, kind: type, values: tuple[Any, ...], reason: Reason
) -> None:
    check(scene, who, kind, values, reason)


def test_money_in_suspense_is_not_released_after_the_cut_off() -> None:
    made, asset = served(("A", 3), ("B", 1))
    told = made.told
    funds(made, coupon(made, asset), 4 * COUPON)
    told.state.accounts[made.at["B"]].blocks = 1
    told.until(FIRST, 17 * 60)
    told.state.accounts[made.at["B"]].blocks = 0
    assert told.refused("Agent", ReleaseSuspense(1, NO_ACCOUNT))[0] is Reason.CUT_OFF


def test_what_is_gone_gets_no_paying_account() -> None:
    made, asset = served(("A", 3))
    told = made.told
    last = told.state.servicing.actions[told.state.servicing.of[asset][-1]]
    funds(made, coupon(made, asset), 3 * COUPON)
    funds(made, last, 3 * (LOT + last.interest))
    told.until(last.payment_date)
    appoint = AppointPayingAccount(asset, made.rtgs, NO_ACCOUNT, NO_ACCOUNT)
    assert told.refused("Agent", appoint) == (Reason.STATE, (made.bond(asset).isin, "REDEEMED"))
