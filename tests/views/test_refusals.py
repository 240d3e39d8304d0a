"""Why something was refused, with the names that the asker may know."""

from __future__ import annotations

import pytest

from bauhinia.views.refusals import said
from bauhinia.words.reasons import Reason


class Names:
    """Party 3, account 7, asset 9 and action 4 have names; nothing else has."""

    def party(self, number: int) -> str:
        return "Bank A" if number == 3 else ""

    def account(self, number: int) -> str:
        return "Client" if number == 7 else ""

    def asset(self, number: int) -> str:
        return "HKD 2027, HK0000000001" if number == 9 else ""

    def action(self, number: int) -> str:
        return "interest of HKD 2027 on 2026-05-11" if number == 4 else ""

    def amount(self, asset: int, units: int) -> str:
        return f"HKD {units / 100:.2f}" if asset == 9 else ""


@pytest.mark.parametrize(
    ("reason", "parts", "sentence"),
    [
        (Reason.UNKNOWN_ACTION, (4,), "action interest of HKD 2027 on 2026-05-11"),
        (Reason.UNKNOWN_ACTION, (5,), "action 5"),
        (Reason.NOT_DISCLOSED, ("9",), "asset HKD 2027, HK0000000001"),
        (Reason.UNKNOWN_ACCOUNT, ("cash_account", 7), "cash_account Client"),
        (Reason.UNKNOWN_ACCOUNT, ("account", 8), "account 8"),
        (Reason.UNKNOWN_PARTY, (3,), "party Bank A"),
        (Reason.PURPOSE, (7, "ISSUER"), "account Client ISSUER"),
        (Reason.LACK, (7, 9, 1_050), "account Client asset HKD 2027, HK0000000001 HKD 10.50"),
        (Reason.MONY, ("7", "9", "1050"), "account Client asset HKD 2027, HK0000000001 HKD 10.50"),
        (Reason.LACK, (8, 10, 1_050), "account 8 asset 10 1050"),
        (Reason.MONY, (1_050,), "1050"),
        (Reason.FROZ, (7, 9), "account Client asset HKD 2027, HK0000000001"),
        (Reason.ALREADY_DONE, ("asset", 9, "is allotted"), "asset HKD 2027, HK0000000001 is allotted"),
        (Reason.WRONG_CURRENCY, ("money", "HKD", "CNY"), "money HKD CNY"),
        (Reason.STATE, (9, Reason.LACK), "9 LACK"),
        (Reason.STATE, ("party", 3, "has an open", "account", 7), "party Bank A has an open account Client"),
        (Reason.STATE, ("account", 7, "holds", "asset", 9), "account Client holds asset HKD 2027, HK0000000001"),
        (Reason.ALREADY_DONE, ("action", "4"), "action interest of HKD 2027 on 2026-05-11"),
        (Reason.ALREADY_DONE, ("instruction", 4), "instruction 4"),
        (Reason.NOT_SIGNED_FOR, ("request_copy", "HK0000000001"), "request_copy HK0000000001"),
        (Reason.FOUR_EYES, (1, "needs another person"), "proposal 1 needs another person"),
        (Reason.UNKNOWN_TRANSACTION, ("payment", 1), "payment 1"),
        (Reason.EMPTY, (), ""),
    ],
)
def test_numbers_are_named_where_their_names_may_be_known(
    reason: Reason, parts: tuple[object, ...], sentence: str
) -> None:
    assert said(reason, parts, Names()) == sentence
