"""Two systems that settle against each other: whatever fails between them, neither moves without the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bauhinia.agents.rtgs import Gateway
from bauhinia.agents.rtgs_line import RtgsLine, Silence
from bauhinia.ledger.parties import Standing
from bauhinia.rules.instructing import HoldInstruction, ReleaseInstruction
from bauhinia.rules.onboarding import SetStanding
from bauhinia.wire.iso20022.payments import PaymentState, end_to_end, uetr
from bauhinia.wire.rtgs import RtgsMember
from bauhinia.words.dates import micros_at
from bauhinia.words.ids import InstructionNumber
from bauhinia.words.reasons import Reason, Refused
from tests.agents.two_systems import AFTER, AMOUNT, Two, two_systems
from tests.rules.deal import NEXT
from tests.support import HKT

CLOSE = 18 * 60 + 30


@pytest.fixture
def two(template: Path, tmp_path: Path) -> Iterator[Two]:
    with two_systems(template, tmp_path) as made:
        yield made


def balances(two: Two) -> dict[str, int]:
    return {each.name: each.balance for each in two.rtgs.book.members()}


def test_it_is_paid_there_and_delivered_here(two: Two) -> None:
    number = two.trade()
    assert two.ledger().earmarked == 1_000
    for who in ("A", "B", "HKMA"):
        assert [each.institution_name for each in two.stage.desk(who).payments(unanswered=True)] == ["HKMA"]
    assert two.gateway.turn() == 1
    assert two.status(number) == "CONFIRMED"
    assert balances(two) == {"A": 10_000 + AMOUNT, "B": 50_000 - AMOUNT}
    assert two.whats() == ["sent", "confirmed"]
    assert two.gateway.turn() == 0
    two.agree()
    two.until(NEXT, CLOSE)
    assert two.gateway.turn() == 1
    assert two.told == [{"what": "stated", "day": str(NEXT), "paid": [number]}]
    assert two.gateway.turn() == 0
    assert two.new_gateway().turn() == 0, "the ledger says what was stated"


@pytest.mark.parametrize(
    ("fault", "paid"),
    [
        ("pay:drop", False), ("pay:hold", False), ("pay:silent", False), ("pay:lose", True), ("pay:garbage", True),
        ("pay:error", True), ("day:drop*2", False), ("pay:delay=0.6", False),
    ],
)  # fmt: skip
def test_silence_is_nothing_and_the_next_look_settles_once(two: Two, fault: str, paid: bool) -> None:
    number = two.trade()
    two.faults(fault)
    assert two.gateway.turn() == 0
    assert two.status(number) == "REQUESTED"
    assert bool(two.rtgs.book.settled()) is paid
    assert "silence" in two.whats()
    two.never_apart()
    two.faults()
    assert two.gateway.turn() == 1
    two.agree()
    assert two.rtgs.release() == [200] * fault.endswith("hold"), "what was on its way arrives, and changes nothing"
    assert balances(two) == {"A": 10_000 + AMOUNT, "B": 50_000 - AMOUNT}


def test_notifications_that_cannot_be_read_keep_nothing_from_being_paid(two: Two) -> None:
    two.trade()
    two.faults("tell:garbage*always")
    assert two.gateway.turn() == 1
    two.agree()


def test_in_doubt_it_stays_earmarked_through_insolvency_until_the_statement_says(two: Two) -> None:
    """One was paid and its answer lost; the message of the other is still on its way when the day is stated."""
    two.faults("pay:lose", "pay:hold", "ask:silent*always", "tell:drop*always")
    made, unmade = two.trade(), two.trade()
    assert two.gateway.turn() == 0
    two.until(NEXT, 11 * 60 + 1)
    assert two.gateway.turn() == 0
    assert (two.status(made), two.status(unmade)) == ("IN_DOUBT", "IN_DOUBT")
    two.stage.live.does("operator", SetStanding(two.stage.parties["B"], Standing.INSOLVENT, "winding-up order"))
    two.never_apart()
    assert two.ledger().earmarked == 2_000
    two.until(NEXT, CLOSE)
    two.faults()
    assert two.gateway.turn() > 0
    assert (two.status(made), two.status(unmade)) == ("CONFIRMED", "REJECTED")
    two.agree()
    two.until(AFTER, 10 * 60)
    assert two.rtgs.release() == [200]
    late = two.rtgs.book.receipt(uetr(two.gateway.ledger, unmade))
    assert late is not None
    assert (late.state, late.reason) == (PaymentState.REJECTED, "DT01")
    two.never_apart()
    assert two.gateway.turn() == 1, "matched before the insolvency, it is tried again, as another payment"
    two.agree()


def test_without_funds_it_is_rejected_and_tried_again_under_a_number_of_its_own(two: Two) -> None:
    number = two.trade(amount=60_000)
    assert two.gateway.turn() == 1
    assert two.status(number) == "REJECTED"
    assert two.told[-1]["said"] == "AM04 the payer lacks the funds"
    two.agree()
    two.rtgs.book.fund("BBBBHKHH", 10_000, two.rtgs.now())
    sale = InstructionNumber(two.stage.live.state.settlement.last_instruction - 1)
    two.stage.live.does("A", HoldInstruction(sale), ReleaseInstruction(sale))
    assert two.gateway.turn() == 1
    assert two.status(number + 1) == "CONFIRMED"
    two.agree()


def test_what_waits_for_funds_there_settles_when_they_come_or_is_rejected_at_the_close(
    template: Path, tmp_path: Path
) -> None:
    with two_systems(template, tmp_path, queue=True) as two:
        first, second = two.trade(amount=60_000), two.trade(amount=60_000)
        assert two.gateway.turn() == 0
        assert two.whats() == ["sent", "waits there"] * 2
        assert two.gateway.turn() == 0
        assert two.whats() == []
        two.faults("tell:twice*always")
        two.rtgs.book.fund("BBBBHKHH", 15_000, two.rtgs.now())
        assert two.gateway.turn() == 1
        assert two.status(first) == "CONFIRMED"
        two.never_apart()
        two.until(NEXT, CLOSE)
        two.gateway.turn()
        assert two.status(second) == "REJECTED"
        two.agree()


def test_a_day_on_which_the_rtgs_is_closed_gets_a_signed_rejection(template: Path, tmp_path: Path) -> None:
    with two_systems(template, tmp_path, closed=f"[{NEXT}]") as two:
        number = two.trade()
        assert two.gateway.turn() == 0, "no day has begun there"
        two.until(AFTER, 10 * 60)
        assert two.gateway.turn() == 1
        assert two.status(number) == "REJECTED"
        assert two.told[-1]["said"].startswith("DT01")
        two.agree()


def test_after_the_rtgs_has_closed_nothing_is_paid_any_more(two: Two) -> None:
    two.rtgs.book.tell_time(micros_at(NEXT, 18 * 60, HKT))
    number = two.trade()
    assert two.gateway.turn() == 1
    assert two.status(number) == "REJECTED"
    assert two.told[-1]["said"] == "TM01 the system is closed"
    two.agree()


DEATHS: dict[str, tuple[type, str, bool]] = {
    "before it is sent": (RtgsLine, "pay", False),
    "after it was sent": (RtgsLine, "pay", True),
    "before it confirms": (Gateway, "_confirm", False),
    "after it confirmed": (Gateway, "_confirm", True),
    "before it states": (Gateway, "_state", False),
    "after it stated": (Gateway, "_state", True),
    "before it keeps where it is": (Gateway, "_keep", False),
    "after it kept where it is": (Gateway, "_keep", True),
}


class Death(BaseException):
    """The end of a process."""


def dying(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    def died(*given: Any, **named: Any) -> Any:
        if after:
            call(*given, **named)
        raise Death

    return died


@pytest.mark.parametrize(("where", "kept"), [(where, at // 2 % 2 == 0) for at, where in enumerate(DEATHS)])
def test_a_gateway_that_dies_anywhere_is_followed_by_one_that_goes_on(
    two: Two, monkeypatch: pytest.MonkeyPatch, where: str, kept: bool
) -> None:
    resume = two.folder / "resume.json" if kept else None
    kind, name, after = DEATHS[where]
    for day in (NEXT, AFTER):
        two.until(day, 10 * 60)
        two.trade()
        two.trade()
        for minute in (11 * 60, CLOSE):
            two.until(day, minute)
            with monkeypatch.context() as patched:
                patched.setattr(kind, name, dying(getattr(kind, name), after=after))
                try:
                    two.new_gateway(resume).turn()
                except Death:
                    two.never_apart()
            for _ in range(2):
                two.new_gateway(resume).turn()
            two.never_apart()
        two.agree()
    assert len(two.rtgs.book.settled()) == 4


def test_two_gateways_at_once_do_no_harm(two: Two) -> None:
    other = two.new_gateway()
    two.trade()
    two.gateway._follow()
    other._follow()
    assert two.gateway._settle() == 1
    assert other._settle() == 0
    assert "refused" in two.whats()
    other.turn()
    two.agree()


def test_a_statement_that_disagrees_is_a_break_and_nothing_is_signed(two: Two) -> None:
    two.faults("pay:lose", "ask:drop*always", "tell:drop*always")
    number = two.trade()
    two.gateway.turn()
    db = two.rtgs.book._db
    db.execute("UPDATE payments SET amount = amount - 1")
    db.execute("UPDATE entries SET amount = amount - 1")
    db.execute("UPDATE members SET balance = balance - 1 WHERE name = 'A'")
    db.execute("UPDATE members SET balance = balance + 1 WHERE name = 'B'")
    two.until(NEXT, CLOSE)
    two.faults("pay:drop*always", "ask:drop*always", "tell:drop*always")
    two.whats()
    two.gateway.turn()
    two.gateway.turn()
    assert two.whats().count("break") == 2, "each of two complaints, once"
    assert two.status(number) == "IN_DOUBT"
    assert two.ledger().earmarked == 1_000


def test_a_receipt_for_another_payment_is_silence(two: Two) -> None:
    first, second = two.trade(), two.trade()
    line, ledger = two.gateway.line, two.gateway.ledger
    two.gateway._follow()
    payments = {each.number: each for each in two.stage.desk("HKMA").payments(unanswered=True)}
    transfer = two.gateway.transfer(payments[first])
    assert transfer is not None
    line.pay(transfer, 0)
    response = line._asked("GET", f"/v1/payments/{transfer.uetr}")
    with pytest.raises(Silence, match="another payment"):
        line._receipt(response, uetr(ledger, second), end_to_end(ledger, second))


def test_who_has_no_account_there_waits_and_people_are_told_once(two: Two) -> None:
    two.gateway._accounts = {"A": "AAAAHKHH"}
    two.trade()
    assert [two.gateway.turn(), two.gateway.turn()] == [0, 0]
    assert two.whats() == ["no account"]
    assert two.rtgs.book.settled() == {}


def test_only_the_settlement_institution_has_a_gateway(two: Two) -> None:
    with pytest.raises(Refused) as refused:
        Gateway(two.stage.desk("B"), two.gateway.line)
    assert refused.value.reason is Reason.UNKNOWN_ASSET


def test_members_have_no_more_and_no_less_than_before_in_all(two: Two) -> None:
    for _ in range(3):
        two.trade()
    two.gateway.turn()
    members: tuple[RtgsMember, ...] = two.rtgs.book.members()
    assert sum(each.balance for each in members) == 60_000


FAULTS = ("drop", "hold", "lose", "garbage", "error")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_whatever_order_they_never_part(template: Path, tmp_path: Path, seed: int) -> None:
    """Two days of trades, faults, deaths of the gateway, late messages and liquidity at random; then all is well."""
    chance = random.Random(seed)
    resume = tmp_path / "resume.json"
    with two_systems(template, tmp_path, queue=seed % 2 == 0) as two:
        for day in (NEXT, AFTER):
            for minute in range(10 * 60, 19 * 60, 75):
                two.until(day, minute)
                if minute < 16 * 60:
                    two.trade(chance.choice((990, 9_000, 30_000)))
                two.faults(
                    *(
                        f"{chance.choice(('pay', 'ask', 'tell', 'day', 'state'))}:{chance.choice(FAULTS)}"
                        for _ in range(3)
                    )
                )
                for _ in range(chance.randrange(3)):
                    two.gateway.turn()
                    two.never_apart()
                if chance.random() < 0.3:
                    two.gateway = two.new_gateway(resume)
                if chance.random() < 0.3:
                    two.rtgs.release()
                two.never_apart()
        two.faults()
        for _ in range(3):
            two.gateway.turn()
        two.agree()
        two.until(AFTER.replace(day=AFTER.day + 1), 10 * 60)
        two.rtgs.release()
        two.never_apart()
        assert two.rtgs.book.settled()
