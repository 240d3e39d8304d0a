"""The settlement institution's gateway: it coordinates the ledger and an RTGS, and signs for the institution.

The ledger earmarks and asks; the gateway has the RTGS pay; when the RTGS says that it has, it confirms, and only then
does anything move here. It holds nothing that it cannot lose. What is open stands on the ledger, what was paid stands
in the RTGS, and a payment's name (its UETR) follows from the ledger's identity and the payment's number: whoever comes
back after a crash sends the same payment again, and the RTGS makes it once.

Three rules keep delivery and payment together, whatever dies in between.
- A payment is to be settled on the day on which the ledger asked for it, and on no other. An RTGS that has closed a day
  settles nothing of it any more, so a message that is still on its way cannot be paid after the day was stated.
- It confirms only what the RTGS says is settled, and rejects only what the RTGS says it has rejected, for that very
  payment. No answer, a late answer, an unreadable answer are nothing, and the earmark stays.
- When the RTGS has closed a day, its statement is held against the ledger: what is listed was paid, what is not was
  not. A statement that does not agree with the ledger is a break for people to look at, and nothing is signed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bauhinia.agents.rtgs_line import BusinessDay, RtgsLine, Silence
from bauhinia.wire.desk import Desk
from bauhinia.wire.iso20022.payments import (
    PaymentReceipt,
    PaymentState,
    Transfer,
    end_to_end,
    payment_number,
    uetr,
)
from bauhinia.wire.iso20022.statements import Entry, Statement
from bauhinia.wire.payments import EventLine, MoneyLine, PaymentLine, SystemLine
from bauhinia.words.dates import day_of, parse_date
from bauhinia.words.reasons import Reason, Refused, require

PAGE = 500  # events read at a time
STIRS = ("PaymentAsked", "PaymentConfirmed", "PaymentRejected", "PaymentInDoubt")
BEFORE_THE_CUT_OFF = ("CLOSED", "OPEN", "DVP_CUT_OFF")
LONGEST = 140  # characters of why a payment was rejected

Tell = Callable[[dict[str, Any]], None]  # what the gateway does, as it does it


@dataclass(slots=True)
class Resume:
    """Where the gateway has come to: in the ledger's events, in the RTGS's entries, and the last day stated. It only
    saves reading: lost, all of it is read again."""

    ledger: str = ""
    after: str = ""
    entry: int = 0
    stated: date | None = None


class Gateway:
    """A gateway between a desk of the settlement institution's and its RTGS."""

    def __init__(self, desk: Desk, line: RtgsLine, *, tell: Tell = lambda _: None, resume: Path | None = None) -> None:
        """Refused UNKNOWN_ASSET where the desk's party keeps no RTGS money of the system's name."""
        self.desk, self.line, self._tell, self._file = desk, line, tell, resume
        asked, system = desk.asker(), line.system
        self.ledger = asked.ledger
        money = [each for each in desk.moneys() if (each.code, each.kind) == (system.name, "RTGS")]
        require(money and money[0].issuer == asked.party, Reason.UNKNOWN_ASSET, system.name, "is not kept by the asker")
        require(money[0].currency == system.currency, Reason.WRONG_CURRENCY, system.name, "is of", money[0].currency)
        self.money: MoneyLine = money[0]
        self._accounts = {each.name: each.bic for each in system.members}
        self._resume = self._kept()
        self._open: dict[int, PaymentLine] = {}
        self._fresh = False  # whether what is open was read since something happened to it
        self._asked: dict[int, bool] = {}  # sent by this gateway: whether an answer is still owed
        self._first: date | None = None  # the day of the first payment ever asked for
        self._offset = self._system().offset
        self._complained: dict[str, bool] = {}

    def turn(self) -> int:
        """Look at both systems once and do what there is to do; how much was signed. Silence of the RTGS is told, and
        the next turn asks again; what the ledger's desk raises is the caller's."""
        self._follow()
        done = 0
        for part in (self._reconcile, self._take_entries, self._settle):
            try:
                done += part()
            except Silence as silence:
                self._tell({"what": "silence", "why": str(silence)})
                if silence.slow:
                    break
        self._keep()
        return done

    @property
    def unanswered(self) -> int:
        """How many payments wait for an answer, as far as this gateway has read."""
        return len(self._open)

    # ---- the ledger ----

    def _follow(self) -> None:
        """Read on in the ledger's events; read what is open again where any was about that."""
        while True:
            page = self.desk.events(self._resume.after, PAGE)
            for event in page.events:
                self._heard(event)
            self._resume.after = page.after
            if len(page.events) < PAGE:
                break
        if not self._fresh:
            found = self.desk.payments(unanswered=True)
            self._open = {each.number: each for each in found if each.money == self.money.asset}
            self._asked = {number: owed for number, owed in self._asked.items() if number in self._open}
            self._fresh = True

    def _heard(self, event: EventLine) -> None:
        if event.kind in STIRS:
            self._fresh = False
        elif event.kind == "PaymentsStated" and event.fields.get("money") == self.money.asset:
            day = parse_date(str(event.fields["day"]))
            self._resume.stated = max(self._resume.stated or day, day)

    def _sign(self, what: str, payment: PaymentLine, said: str, send: Callable[[], object]) -> int:
        """Answer a payment on the ledger; what another has answered meanwhile is left as it is."""
        told = {"what": what, "payment": payment.number, "said": said}
        try:
            send()
        except Refused as refused:
            self._asked.pop(payment.number, None)
            self._complain({**told, "what": "refused", "wanted": what, "why": str(refused)})
            return 0
        finally:
            self._fresh = False
        self._open.pop(payment.number, None)
        self._tell(told)
        return 1

    def _confirm(self, payment: PaymentLine, reference: str) -> int:
        return self._sign("confirmed", payment, reference, lambda: self.desk.confirm_payment(payment.number, reference))

    def _reject(self, payment: PaymentLine, why: str) -> int:
        return self._sign("rejected", payment, why, lambda: self.desk.reject_payment(payment.number, why[:LONGEST]))

    def _complain(self, told: dict[str, Any]) -> None:
        """Tell what people must look at, once."""
        key = json.dumps(told, sort_keys=True)
        if key not in self._complained:
            self._complained[key] = True
            self._tell(told)

    # ---- the RTGS ----

    def transfer(self, payment: PaymentLine) -> Transfer | None:
        """The payment as the RTGS is to make it; None where payer or payee has no account there."""
        payer, payee = self._accounts.get(payment.payer_name), self._accounts.get(payment.payee_name)
        if payer is None or payee is None:
            return None
        return Transfer(
            uetr(self.ledger, payment.number),
            end_to_end(self.ledger, payment.number),
            payer,
            payee,
            self.money.currency,
            payment.amount.units,
            self.money.exponent,
            self._day(payment.asked),
            self.line.system.bic,
        )

    def _settle(self) -> int:
        """Have what is open paid, and take what the RTGS says."""
        if not self._open:
            return 0
        today, done = self.line.business_day(), 0
        for payment in list(self._open.values()):
            transfer = self.transfer(payment)
            if transfer is None:
                self._complain(
                    {
                        "what": "no account",
                        "payment": payment.number,
                        "of": f"{payment.payer_name}, {payment.payee_name}",
                    }
                )
                continue
            if today.day is None or transfer.settlement_date > today.day:
                continue  # the day has not begun there
            if self._asked.get(payment.number) is False and today == BusinessDay(transfer.settlement_date, True):
                continue  # it waits for funds there, and will be told when it settles
            try:
                receipt = self._paid(transfer, payment.number)
            except Silence as silence:
                self._tell({"what": "silence", "payment": payment.number, "why": str(silence)})
                if silence.slow:
                    break
                continue
            self._asked[payment.number] = False
            done += self._take(payment, receipt)
        return done

    def _paid(self, transfer: Transfer, number: int) -> PaymentReceipt:
        """What became of a payment: sent, or asked about where it was sent before and not answered; sent again where
        that has not arrived."""
        receipt = None
        if number in self._asked:
            receipt = self.line.ask(transfer.uetr, transfer.end_to_end)
        if receipt is None:
            self._asked[number] = True
            self._tell({"what": "sent", "payment": number, "uetr": transfer.uetr})
            receipt = self.line.pay(transfer, self.desk.clock())
        return receipt

    def _take(self, payment: PaymentLine, receipt: PaymentReceipt) -> int:
        """What the RTGS says of a payment, on the ledger."""
        match receipt.state:
            case PaymentState.SETTLED:
                return self._confirm(payment, receipt.reference)
            case PaymentState.REJECTED:
                return self._reject(payment, f"{receipt.reason} {receipt.why}".strip())
            case PaymentState.PENDING:
                self._tell({"what": "waits there", "payment": payment.number})
                return 0

    def _take_entries(self) -> int:
        """Confirm what was booked since: what waited for funds, and what was paid and not answered."""
        done = 0
        while found := self.line.entries(self._resume.entry):
            for entry in found:
                number = payment_number(self.ledger, entry.end_to_end, entry.uetr) if entry.debit else None
                payment = self._open.get(number or 0)
                if payment is not None and not self._differs(payment, entry):
                    done += self._confirm(payment, entry.reference)
            self._resume.entry = max(self._resume.entry, *(each.number for each in found))
        return done

    def _differs(self, payment: PaymentLine, entry: Entry) -> bool:
        """Whether an entry is not what the ledger asked for: a break, which is told."""
        transfer = self.transfer(payment)
        wanted = None if transfer is None else (transfer.amount, transfer.payer, transfer.payee)
        if (entry.amount, entry.payer, entry.payee) == wanted:
            return False
        self._complain({"what": "break", "payment": payment.number, "why": f"entry {entry.number} is another payment"})
        return True

    # ---- the end of day ----

    def _reconcile(self) -> int:
        """State each business day that is over in both systems and not stated yet, the oldest first."""
        first = self._first_day()
        if first is None:
            return 0
        system, done = self._system(), 0
        for day in self.line.closed_days(first - timedelta(days=1)):
            over = day < system.date or (day == system.date and system.phase not in BEFORE_THE_CUT_OFF)
            statements = self.line.statements(day) if over else None
            if statements is None or not self._state(day, statements):
                break
            done += 1
        if done:
            self._follow()
        return done

    def _first_day(self) -> date | None:
        """The first day that may have to be stated; None where nothing was ever asked for."""
        if self._resume.stated is not None:
            return self._resume.stated + timedelta(days=1)
        if self._first is None and (asked := [each.asked for each in self.desk.payments() if self._ours_asked(each)]):
            self._first = self._day(min(asked))
        return self._first

    def _ours_asked(self, payment: PaymentLine) -> bool:
        return payment.money == self.money.asset and payment.asked > 0

    def _state(self, day: date, statements: list[Statement]) -> bool:
        """Sign the statement of a day; whether the ledger took it."""
        known = {each.number: each for each in self.desk.payments()}
        paid, entries = {}, [entry for each in statements for entry in each.entries]
        credits = {(entry.uetr, entry.amount, entry.account) for entry in entries if not entry.debit}
        for number, entry in self._ours(entries):
            payment = known.get(number)
            twice = number in paid or (entry.uetr, entry.amount, entry.payee) not in credits
            if payment is None or twice or self._differs(payment, entry):
                self._complain({"what": "break", "day": str(day), "payment": number, "why": "the statement disagrees"})
                return False
            paid[number] = entry.reference
        try:
            self.desk.state_payments(self.money.asset, day, sorted(paid.items()))
        except Refused as refused:
            self._complain({"what": "break", "day": str(day), "why": str(refused)})
            return False
        finally:
            self._fresh = False
        self._tell({"what": "stated", "day": str(day), "paid": sorted(paid)})
        self._resume.stated = day
        return True

    def _ours(self, entries: list[Entry]) -> Iterator[tuple[int, Entry]]:
        """The debits that are of this ledger's payments."""
        for entry in entries:
            number = payment_number(self.ledger, entry.end_to_end, entry.uetr) if entry.debit else None
            if number is not None:
                yield number, entry

    def _system(self) -> SystemLine:
        """The system of the money, as it stands now."""
        return next(each for each in self.desk.systems() if each.number == self.money.system)

    def _day(self, time: int) -> date:
        return day_of(time, self._offset)

    # ---- what may be lost ----

    def _kept(self) -> Resume:
        """Where it had come to with this ledger, if that was kept and can be read."""
        begin = Resume(self.ledger)
        if self._file is None:
            return begin
        try:
            told = json.loads(self._file.read_text("utf-8"))
            stated = told["stated"]
            found = Resume(told["ledger"], told["after"], int(told["entry"]), parse_date(stated) if stated else None)
        except (OSError, ValueError, KeyError, TypeError, Refused):
            return begin
        return found if found.ledger == self.ledger else begin

    def _keep(self) -> None:
        if self._file is None:
            return
        kept = self._resume
        told = {
            "ledger": kept.ledger,
            "after": kept.after,
            "entry": kept.entry,
            "stated": kept.stated and str(kept.stated),
        }
        beside = self._file.with_name(self._file.name + ".new")
        beside.write_text(json.dumps(told), "utf-8")
        os.replace(beside, self._file)
