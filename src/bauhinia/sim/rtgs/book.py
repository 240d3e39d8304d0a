"""The book of the simulated RTGS: SQLite, durable before it answers.

A payment's UETR is its key. Whatever becomes of it is written down with it, settled or rejected, so that the same
payment sent again gets the same answer and is never made twice; and what was rejected is never made.
A payment settles on the day that it names, while that day is open, or never. So once a day is closed its statement is
complete: nothing that is still on its way can be added to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from threading import RLock
from typing import Any

from bauhinia.wire.iso20022.payments import PaymentReceipt, PaymentState, Rejection, Transfer
from bauhinia.wire.iso20022.statements import Entry, Statement
from bauhinia.wire.rtgs import RtgsMember, RtgsSystem
from bauhinia.words.dates import day_of, local_of
from bauhinia.words.ids import LIMIT, Micros, Units

FILE = "rtgs.sqlite"
MOST = 1_000  # entries told at a time

TABLES = """
CREATE TABLE IF NOT EXISTS system (name TEXT, settlement_institution TEXT, bic TEXT, currency TEXT, offset INTEGER,
    opens INTEGER, closes INTEGER, queue INTEGER);
CREATE TABLE IF NOT EXISTS closed (day TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS clock (told INTEGER);
CREATE TABLE IF NOT EXISTS members (bic TEXT PRIMARY KEY, name TEXT, balance INTEGER CHECK (balance >= 0));
CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, closed INTEGER);
CREATE TABLE IF NOT EXISTS balances (day TEXT, bic TEXT, opening INTEGER, closing INTEGER, PRIMARY KEY (day, bic));
CREATE TABLE IF NOT EXISTS payments (number INTEGER PRIMARY KEY, uetr TEXT UNIQUE, end_to_end TEXT, payer TEXT,
    payee TEXT, currency TEXT, amount INTEGER, day TEXT, state TEXT, reason TEXT, why TEXT, received INTEGER);
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, bic TEXT, debit INTEGER, amount INTEGER, day TEXT,
    payment INTEGER);
CREATE INDEX IF NOT EXISTS entries_of_day ON entries (day, bic);
"""


class Conflict(Exception):
    """A UETR is known for another payment: nothing is done, and nothing is said about the one that is known."""


class Book:
    """The book, in a folder. Any thread may use it; each call is one transaction."""

    def __init__(self, folder: Path, system: RtgsSystem | None = None) -> None:
        """`system` is what a new book begins with; FileNotFoundError where there is neither book nor system. A book
        that has begun goes on as it is."""
        path = folder / FILE
        if system is None and not path.exists():
            raise FileNotFoundError(2, "no RTGS has begun here", str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
            self._db.execute(f"PRAGMA {pragma}").close()
        with self._writing():
            for statement in filter(str.strip, TABLES.split(";")):
                self._db.execute(statement)
            if system is not None and self._db.execute("SELECT 1 FROM system").fetchone() is None:
                self._begin(system)
        self.system = self._read_system()

    def close(self) -> None:
        """Close the book; whoever still has a question under way is answered first, and later ones fail."""
        with self._lock:
            self._db.close()

    def _ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that answer a question. One at a time: SQLite is not to be closed under someone who reads."""
        with self._lock:
            return self._db.execute(question, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, durable when it ends; nothing of it where it fails."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _begin(self, system: RtgsSystem) -> None:
        told = {name: value for name, value in asdict(system).items() if name not in ("closed", "members")}
        self._db.execute(f"INSERT INTO system VALUES ({', '.join('?' * len(told))})", tuple(told.values()))
        self._db.executemany("INSERT INTO closed VALUES (?)", [(str(each),) for each in system.closed])
        members = [(each.bic, each.name, each.balance) for each in system.members]
        self._db.executemany("INSERT INTO members VALUES (?, ?, ?)", members)

    def _read_system(self) -> RtgsSystem:
        name, keeper, bic, currency, offset, opens, closes, queue = self._db.execute("SELECT * FROM system").fetchone()
        closed = tuple(date.fromisoformat(each) for (each,) in self._db.execute("SELECT day FROM closed ORDER BY day"))
        return RtgsSystem(name, keeper, bic, currency, offset, opens, closes, closed, bool(queue), self.members())

    # ---- time ----

    def told_time(self) -> Micros | None:
        """The time that it was told, where its clock is not the machine's."""
        found = self._ask("SELECT told FROM clock")
        return int(found[0][0]) if found else None

    def tell_time(self, time: Micros) -> bool:
        """Put the clock to a time and let it stand there; False where it would go back."""
        with self._writing():
            told = self.told_time()
            if told is not None and time < told:
                return False
            self._db.execute("DELETE FROM clock")
            self._db.execute("INSERT INTO clock VALUES (?)", (time,))
            self._advance(time)
        return True

    def advance(self, time: Micros) -> None:
        """Open and close what is due by now."""
        with self._writing():
            self._advance(time)

    def business_day(self) -> tuple[date, bool] | None:
        """The last day that was opened, and whether it is open still."""
        found = self._ask("SELECT day, closed FROM days ORDER BY day DESC LIMIT 1")
        return (date.fromisoformat(found[0][0]), not found[0][1]) if found else None

    def closed_day(self, day: date) -> bool:
        """Whether a business day is over."""
        found = self._ask("SELECT closed FROM days WHERE day = ?", str(day))
        return bool(found and found[0][0])

    def closed_days(self, after: date, most: int = 100) -> list[date]:
        """Business days that are over, after a day, oldest first."""
        found = self._ask("SELECT day FROM days WHERE closed AND day > ? ORDER BY day LIMIT ?", str(after), most)
        return [date.fromisoformat(each) for (each,) in found]

    def _advance(self, time: Micros) -> None:
        today, second = local_of(time, self.system.offset)
        current = self.business_day()
        if current is not None and current[1] and (current[0] < today or second >= self.system.closes * 60):
            self._close_day(current[0])
        open_now = self.system.works_on(today) and self.system.opens * 60 <= second < self.system.closes * 60
        if open_now and (current is None or current[0] < today):
            self._db.execute("INSERT INTO days VALUES (?, 0)", (str(today),))
            self._db.execute("INSERT INTO balances SELECT ?, bic, balance, NULL FROM members", (str(today),))

    def _close_day(self, day: date) -> None:
        self._db.execute(
            "UPDATE payments SET state = ?, reason = ?, why = ? WHERE state = ?",
            (PaymentState.REJECTED, Rejection.INSUFFICIENT_FUNDS, "not funded by the close", PaymentState.PENDING),
        )
        self._db.execute(
            "UPDATE balances SET closing = (SELECT balance FROM members m WHERE m.bic = balances.bic) WHERE day = ?",
            (str(day),),
        )
        self._db.execute("UPDATE days SET closed = 1 WHERE day = ?", (str(day),))

    # ---- payments ----

    def pay(self, transfer: Transfer, time: Micros) -> PaymentReceipt:
        """Make a payment, once: settled, queued, or rejected for good. Conflict where its UETR is another's."""
        with self._writing():
            self._advance(time)
            known = self._known(transfer.uetr)
            if known is None:
                self._take(transfer, time)
            elif known != replace(transfer, sender=""):
                raise Conflict(transfer.uetr)
            return self._receipt(transfer.uetr)

    def receipt(self, uetr: str) -> PaymentReceipt | None:
        """What became of a payment; None where it has not come, or not yet."""
        with self._lock:
            return None if self._known(uetr) is None else self._receipt(uetr)

    def _known(self, uetr: str) -> Transfer | None:
        found = self._db.execute(
            "SELECT uetr, end_to_end, payer, payee, currency, amount, day FROM payments WHERE uetr = ?", (uetr,)
        ).fetchone()
        if found is None:
            return None
        name, end, payer, payee, currency, amount, day = found
        settled_on = date.fromisoformat(day)
        return Transfer(name, end, payer, payee, currency, amount, self.system.exponent, settled_on)

    def _take(self, transfer: Transfer, time: Micros) -> None:
        rejection, why = self._refusal(transfer, time)
        state = PaymentState.REJECTED if rejection else PaymentState.PENDING
        cursor = self._db.execute(
            "INSERT INTO payments VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                transfer.uetr, transfer.end_to_end, transfer.payer, transfer.payee, transfer.currency, transfer.amount,
                str(transfer.settlement_date), state, rejection, why, time,
            ),
        )  # fmt: skip
        if not rejection and not self._settle(int(cursor.lastrowid or 0)) and not self.system.queue:
            self._db.execute(
                "UPDATE payments SET state = ?, reason = ?, why = ? WHERE uetr = ?",
                (PaymentState.REJECTED, Rejection.INSUFFICIENT_FUNDS, "the payer lacks the funds", transfer.uetr),
            )

    def _refusal(self, transfer: Transfer, time: Micros) -> tuple[str, str]:
        """Why a payment cannot be made at all, in the order in which it is asked; empty where it can."""
        if transfer.currency != self.system.currency:
            return Rejection.WRONG_CURRENCY, f"this system settles {self.system.currency}"
        if not 0 < transfer.amount < LIMIT:
            return Rejection.ZERO_AMOUNT, "the amount is zero"
        today = day_of(time, self.system.offset)
        if transfer.settlement_date != today or not self.system.works_on(today):
            return Rejection.WRONG_DATE, f"to be settled on {transfer.settlement_date}, and it is {today}"
        if self.business_day() != (today, True):
            return Rejection.CLOSED, "the system is closed"
        members = {each.bic for each in self.members()}
        if transfer.payer not in members:
            return Rejection.UNKNOWN_DEBTOR, f"{transfer.payer} has no account"
        if transfer.payee not in members or transfer.payee == transfer.payer:
            return Rejection.UNKNOWN_CREDITOR, f"{transfer.payee} has no account that can be paid into"
        return "", ""

    def _settle(self, number: int) -> bool:
        """Move the money of a payment, if the payer has it; and of those that waited for what it brings, first in first
        out, as far as that goes."""
        payee = self._move(number)
        risen = [] if payee is None else [payee]
        while risen:
            waiting = self._db.execute(
                "SELECT number FROM payments WHERE payer = ? AND state = ? ORDER BY number",
                (risen[0], PaymentState.PENDING),
            ).fetchall()
            risen += _until_none(self._move(each) for (each,) in waiting)
            del risen[0]
        return payee is not None

    def _move(self, number: int) -> str | None:
        """Move the money of one payment; its payee, or None where the payer lacks it."""
        payer, payee, amount, day = self._db.execute(
            "SELECT payer, payee, amount, day FROM payments WHERE number = ?", (number,)
        ).fetchone()
        if self.balance(payer) < amount:
            return None
        self._db.execute("UPDATE members SET balance = balance - ? WHERE bic = ?", (amount, payer))
        self._db.execute("UPDATE members SET balance = balance + ? WHERE bic = ?", (amount, payee))
        self._db.execute("UPDATE payments SET state = ? WHERE number = ?", (PaymentState.SETTLED, number))
        for bic, debit in ((payer, 1), (payee, 0)):
            self._db.execute("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?)", (bic, debit, amount, day, number))
        return str(payee)

    def _release(self, bic: str) -> None:
        """Settle what waits for a member's funds."""
        first = self._db.execute(
            "SELECT number FROM payments WHERE payer = ? AND state = ? ORDER BY number", (bic, PaymentState.PENDING)
        ).fetchone()
        while first is not None and self._settle(first[0]):
            first = self._db.execute(
                "SELECT number FROM payments WHERE payer = ? AND state = ? ORDER BY number", (bic, PaymentState.PENDING)
            ).fetchone()

    def _receipt(self, uetr: str) -> PaymentReceipt:
        number, end, state, reason, why = self._db.execute(
            "SELECT number, end_to_end, state, reason, why FROM payments WHERE uetr = ?", (uetr,)
        ).fetchone()
        settled = PaymentState(state) is PaymentState.SETTLED
        return PaymentReceipt(uetr, end, PaymentState(state), reason, why, self.reference(number) if settled else "")

    def reference(self, number: int) -> str:
        """The system's own reference of a payment."""
        return f"{self.system.name.replace(' ', '')[:20]}-{number:08}"

    # ---- accounts ----

    def members(self) -> tuple[RtgsMember, ...]:
        """The members and what they have."""
        with self._lock:
            rows = self._db.execute("SELECT name, bic, balance FROM members ORDER BY bic").fetchall()
        return tuple(RtgsMember(*row) for row in rows)

    def balance(self, bic: str) -> Units:
        """What a member has; KeyError where there is no such member."""
        found = self._ask("SELECT balance FROM members WHERE bic = ?", bic)
        if not found:
            raise KeyError(bic)
        return int(found[0][0])

    def fund(self, bic: str, amount: Units, time: Micros) -> Units:
        """Liquidity from outside the book, as a central bank gives it against collateral: an entry of its own. What
        waits for it settles. The new balance; KeyError where there is no such member or no day is open."""
        with self._writing():
            self._advance(time)
            current = self.business_day()
            if current is None or not current[1]:
                raise KeyError("no day is open")
            self.balance(bic)
            self._db.execute("UPDATE members SET balance = balance + ? WHERE bic = ?", (amount, bic))
            self._db.execute("INSERT INTO entries VALUES (NULL, ?, 0, ?, ?, 0)", (bic, amount, str(current[0])))
            self._release(bic)
            return self.balance(bic)

    def entries(self, after: int, bic: str = "") -> list[Entry]:
        """Entries after a number, of all members or of one, the oldest first."""
        one = "AND entries.bic = ?" if bic else ""
        return self._entries(
            f"entries.number > ? {one} ORDER BY entries.number LIMIT {MOST}", after, *filter(None, [bic])
        )

    def statements(self, day: date, bic: str = "") -> list[Statement]:
        """The statements of a day that is over, of all members or of one."""
        with self._lock:
            found = self._db.execute(
                "SELECT bic, opening, closing FROM balances WHERE day = ? AND closing IS NOT NULL ORDER BY bic",
                (str(day),),
            ).fetchall()
            return [
                Statement(owner, day, opening, closed, tuple(self._of_day(day, owner)))
                for owner, opening, closed in found
                if bic in ("", owner)
            ]

    def _of_day(self, day: date, bic: str) -> list[Entry]:
        return self._entries("entries.day = ? AND entries.bic = ? ORDER BY entries.number", str(day), bic)

    def _entries(self, where: str, *given: object) -> list[Entry]:
        with self._lock:
            rows = self._db.execute(
                "SELECT entries.number, entries.bic, debit, entries.amount, entries.day, payment, uetr, end_to_end, "
                f"payer, payee FROM entries LEFT JOIN payments ON payments.number = payment WHERE {where}",
                given,
            ).fetchall()
        return [self._entry(*row) for row in rows]

    def _entry(
        self, number: int, bic: str, debit: int, amount: int, day: str, payment: int, uetr: str | None, *names: str
    ) -> Entry:
        booked = date.fromisoformat(day)
        if uetr is None:  # liquidity from outside: of no payment
            given = ("", "", self.system.bic, bic)
            return Entry(number, bic, bool(debit), amount, booked, f"FUND-{number:08}", *given)
        return Entry(number, bic, bool(debit), amount, booked, self.reference(payment), uetr, *names)

    def settled(self) -> dict[str, Units]:
        """Every payment that was made, by its UETR, with its amount."""
        with self._lock:
            found = self._db.execute("SELECT uetr, amount FROM payments WHERE state = ?", (PaymentState.SETTLED,))
            return dict(found.fetchall())


def _until_none(found: Iterator[str | None]) -> Iterator[str]:
    """What comes before the first that is None."""
    for each in found:
        if each is None:
            return
        yield each
