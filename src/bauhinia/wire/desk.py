"""A party's desk at a market: the verbs, the same whether the market runs in this process or at an address.

    desk = LocalDesk(following, signer)         # or Client("https://...", signer)
    desk.do(Instruct(...))                      # Refused where the market refuses
    desk.account(7).positions

**Nonces.** A party's envelopes carry numbers of its own, each used once. A desk asks for the highest that is used up
when it first sends, and counts on from there. Should another desk of the same party take a number first, the envelope
is turned away as REPLAYED; the desk then looks for its own bytes in the journal, and where they do not stand there,
nothing of them can ever count any more: it signs the commands again under a fresh number. So a command is done once,
however often an answer is lost, and several desks of one party get by without talking to each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from secrets import randbelow
from threading import Lock
from typing import Any, TypeVar

from bauhinia.node.keys import Signer
from bauhinia.node.market import wall_clock
from bauhinia.rules.registers import RequestCopy
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment, StatePayments
from bauhinia.rules.together import SettleTogether
from bauhinia.views import model
from bauhinia.views.contracts import MandateLine, SetLine
from bauhinia.views.efficiency import EfficiencyGroup
from bauhinia.views.fees import BillPage, FeeSchedule, UsageLine
from bauhinia.views.liquidity import DAYS, ForecastDay
from bauhinia.views.network_report import NetworkReport
from bauhinia.views.networks import DepositsPage, NetworkPage
from bauhinia.views.penalties import BuyInLine, PenaltyRates, PenaltyReport
from bauhinia.views.queue import MOST as QUEUE_MOST
from bauhinia.views.queue import QueuePage
from bauhinia.wire.answers import Asked, EventPage
from bauhinia.wire.envelopes import digest_of
from bauhinia.wire.forms import BadForm
from bauhinia.wire.particulars import Binding, Particulars
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.wire.receipts import Receipt
from bauhinia.words.codec import Malformed
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import AssetNumber, Micros, TransactionNumber
from bauhinia.words.reasons import Reason, Refused

T = TypeVar("T")
GOOD_FOR: Micros = 10 * MINUTE  # of an envelope, where time is the machine's
TRIES = 8  # with a fresh number each
STRIDE = 64  # how far apart desks that met over a number try next


@dataclass(slots=True)
class _Nonces:
    """The last number given out, and whether it is known what the market has used up."""

    last: int = 0
    known: bool = False


def found(answer: T | None) -> T:
    """What was asked for; refused NOT_FOUND where it is not there, or not the asker's to see."""
    if answer is None:
        raise DoorRefused(Door.NOT_FOUND)
    return answer


class Desk(ABC):
    """What a party does at a market. Any thread may use it. Without a signer it is a stranger's, who reads what is
    public. What is unknown, or not the party's to see, is DoorRefused NOT_FOUND."""

    def __init__(self, signer: Signer | None, clock: Callable[[], Micros] = wall_clock) -> None:
        self.signer, self.clock = signer, clock
        self._nonces, self._lock = _Nonces(), Lock()

    # ---- to do ----

    def do(self, *commands: Any) -> Receipt:
        """Send commands in one envelope, in order; Refused with the first reason where the market refuses any. Each
        stands alone: those that were accepted beside it are done."""
        receipt = self.send(*commands)
        refusal = receipt.refusal()
        if refusal is not None:
            raise refusal
        return receipt

    def send(self, *commands: Any) -> Receipt:
        """Send commands in one envelope, in order; what each came to is in the receipt. Refused where the envelope is
        turned away whole."""
        signer = self.signer
        if signer is None:
            raise DoorRefused(Door.UNAUTHENTICATED, "a desk without keys only reads")
        if not commands:
            raise BadForm("commands", "there are none")
        for tries in range(TRIES):
            nonce, ledger, good_until = self._next(again=tries > 0)
            try:
                raw = signer.sign(ledger, nonce, good_until, commands)
            except (KeyError, Malformed) as wrong:
                raise BadForm("commands", f"cannot be written: {wrong}") from None
            try:
                return self.submit(raw)
            except Refused as refused:
                if refused.reason is not Reason.REPLAYED and not _about_nonce(refused):
                    raise
                lost = self.find(digest_of(raw)) if refused.reason is Reason.REPLAYED else None
                if lost is not None:
                    return lost
        raise Refused(Reason.REPLAYED, "other desks of the party took every number that was tried")

    def _next(self, *, again: bool) -> tuple[int, bytes, Micros]:
        """A fresh number, the ledger, and how long the envelope is good."""
        with self._lock:
            asked = self._asked(fresh=again or not self._nonces.known)
            if again:
                self._nonces.last = max(self._nonces.last, asked.nonce) + randbelow(STRIDE)
            elif not self._nonces.known:
                self._nonces.last = max(self._nonces.last, asked.nonce)
            self._nonces.known = True
            self._nonces.last += 1
            good_until = asked.time + DAY if asked.told else self.clock() + GOOD_FOR
            return self._nonces.last, bytes.fromhex(asked.ledger), good_until

    @abstractmethod
    def _asked(self, *, fresh: bool) -> Asked:
        """Who the market takes the party for; as it was asked before unless `fresh`, or where time is told."""

    @abstractmethod
    def submit(self, raw: bytes) -> Receipt:
        """Send the bytes of an envelope, signed elsewhere perhaps. Refused where it is turned away whole. The same
        bytes may be sent again without harm."""

    @abstractmethod
    def find(self, digest: str, after: int = 0) -> Receipt | None:
        """What an envelope of the party's came to, by the SHA-256 of its bytes, in a block after `after`; None where
        none with these bytes was admitted."""

    # ---- to read ----

    @abstractmethod
    def asker(self) -> Asked:
        """Who the market takes the party for."""

    @abstractmethod
    def market(self, events: int = 20) -> model.MarketGlance:
        """The market at a glance, with its latest events."""

    @abstractmethod
    def systems(self) -> tuple[model.SystemLine, ...]: ...

    @abstractmethod
    def parties(self) -> tuple[model.PartyLine, ...]: ...

    @abstractmethod
    def particulars(self, party: int) -> Particulars:
        """What is kept of a party beside the ledger, for itself and for who keeps its account or a register in which
        it stands."""

    @abstractmethod
    def put_particulars(self, party: int, data: Mapping[str, str], salt: bytes = b"") -> Binding:
        """Keep a party's particulars, `name` and `address` among them; to be bound by `RecordHolderData`, with the
        commitment that comes back. `salt` only where the ledger is bound to them already."""

    @abstractmethod
    def moneys(self) -> tuple[model.MoneyLine, ...]: ...

    @abstractmethod
    def bonds(self) -> tuple[model.BondLine, ...]: ...

    @abstractmethod
    def bond(self, which: str | int) -> model.BondPage:
        """A bond by its ISIN, its code, or the number of its asset."""

    def register(self, which: str | int, why: str = "") -> model.RegisterCopy:
        """A copy of a bond's register, for who may take one. Whoever neither keeps the register nor acts on it signs
        for it: with `why` the desk does first (`RequestCopy`); Refused NOT_SIGNED_FOR where nobody has today."""
        if why:
            self.do(RequestCopy(AssetNumber(self.bond(which).bond.asset), why))
        return self._register(which)

    @abstractmethod
    def _register(self, which: str | int) -> model.RegisterCopy:
        """The copy, signed for or not."""

    @abstractmethod
    def cash_flows(self, which: str | int) -> tuple[model.CashFlow, ...]: ...

    @abstractmethod
    def series(self) -> tuple[model.SeriesLine, ...]:
        """The series of values that bonds hang on, each with its latest."""

    @abstractmethod
    def one_series(self, name: str) -> model.SeriesPage:
        """A series by its name, or its number, with its values."""

    @abstractmethod
    def accounts(self) -> tuple[model.AccountLine, ...]: ...

    @abstractmethod
    def account(self, number: int, entries: int = 50) -> model.AccountPage: ...

    @abstractmethod
    def positions(self) -> tuple[model.Position, ...]: ...

    @abstractmethod
    def holdings(self, account: int, day: date) -> model.HoldingsStatement:
        """What an account held at the end of a day."""

    @abstractmethod
    def statement(self, account: int, first: date, last: date) -> model.TransactionsStatement:
        """The entries of an account from the beginning of a day to the end of another."""

    @abstractmethod
    def instructions(
        self, *, pending: bool = False, before: int = 0, limit: int = 100
    ) -> tuple[model.Instruction, ...]: ...

    @abstractmethod
    def instruction(self, number: int) -> model.Instruction: ...

    @abstractmethod
    def allegements(self) -> tuple[model.Allegement, ...]:
        """What others have instructed with this party and it has not answered, oldest first."""

    @abstractmethod
    def networks(self) -> tuple[NetworkPage, ...]:
        """Deposit networks: their banks, and of this party what it has in them."""

    @abstractmethod
    def network_report(self, number: int, day: date) -> NetworkReport:
        """What a day of a network needed, by bank and by hour: to a bank its own, to the network's operator all."""

    @abstractmethod
    def deposits(self, *, before: int = 0, limit: int = 100) -> DepositsPage:
        """What this party has a part in: deposits, newest first; what is held, asked for and asked back."""

    @abstractmethod
    def queue(self, *, after: int = 0, limit: int = 1_000) -> QueuePage:
        """What waits to settle, by age, after the transaction of a number: to who may propose from all of it, all."""

    def whole_queue(self) -> QueuePage:
        """All pages of the queue in one. What moves while they are read may make them disagree: the market checks."""
        page = self.queue(limit=QUEUE_MOST)
        waiting, positions = list(page.waiting), {(each.account, each.asset): each for each in page.positions}
        while page.waiting:
            page = self.queue(after=page.waiting[-1].transaction, limit=QUEUE_MOST)
            waiting += page.waiting
            positions.update({(each.account, each.asset): each for each in page.positions})
        return QueuePage(page.whole, tuple(waiting), tuple(positions.values()))

    def settle_together(self, transactions: Iterable[int], why: str) -> Receipt:
        """Propose that these transactions settle at one instant; Refused with the first offender where they cannot."""
        return self.do(SettleTogether(tuple(map(TransactionNumber, transactions)), why))

    @abstractmethod
    def sets(self, *, unanswered: bool = False) -> tuple[SetLine, ...]:
        """The sets to which this party belongs, newest first; `unanswered` those that it may still agree to."""

    @abstractmethod
    def mandates(self) -> tuple[MandateLine, ...]:
        """The mandates that this party has given or was given, newest first."""

    @abstractmethod
    def penalties(self, month: date | None = None) -> PenaltyReport:
        """What fails cost in the month of a day, or in this one."""

    @abstractmethod
    def penalty_rates(self) -> PenaltyRates:
        """What failing costs by the day, what rate each bond has, and the days that are exempt."""

    @abstractmethod
    def buy_ins(self) -> tuple[BuyInLine, ...]: ...

    @abstractmethod
    def fees(self) -> tuple[FeeSchedule, ...]:
        """What is charged for what."""

    @abstractmethod
    def usage(self, month: date | None = None) -> tuple[UsageLine, ...]:
        """What this party has used by day, in the month of a day or ever; of all to who collects."""

    @abstractmethod
    def bills(self) -> tuple[BillPage, ...]:
        """This party's bills, newest first; those of all to who collects them."""

    @abstractmethod
    def bill(self, number: int) -> BillPage: ...

    @abstractmethod
    def settlement(
        self, by: str = "day", first: date | None = None, last: date | None = None
    ) -> tuple[EfficiencyGroup, ...]:
        """How trades settle, by day, party, asset or reason."""

    @abstractmethod
    def liquidity(self, *, party: int = 0, days: int = DAYS) -> tuple[ForecastDay, ...]:
        """What money will come in and go out, by money and day."""

    @abstractmethod
    def payments(self, *, unanswered: bool = False) -> tuple[model.PaymentLine, ...]: ...

    def confirm_payment(self, payment: int, reference: str) -> Receipt:
        """As the settlement institution: the payment was made, under its reference."""
        return self.do(ConfirmPayment(payment, reference))

    def reject_payment(self, payment: int, why: str) -> Receipt:
        """As the settlement institution: the payment was not made, and never will be."""
        return self.do(RejectPayment(payment, why))

    def state_payments(self, money: int, day: date, paid: Iterable[tuple[int, str]]) -> Receipt:
        """As the settlement institution: what was paid on a day, by number and reference, and nothing else."""
        return self.do(StatePayments(AssetNumber(money), day, tuple(paid)))

    @abstractmethod
    def proposals(self) -> tuple[model.ProposalLine, ...]: ...

    @abstractmethod
    def refusals(self, limit: int = 100) -> tuple[model.RefusalLine, ...]: ...

    @abstractmethod
    def powers(self) -> tuple[model.PowerLine, ...]: ...

    @abstractmethod
    def events(self, after: str = "", limit: int = 100) -> EventPage:
        """What the party may know of, oldest first, from after a cursor of its own ("" is the beginning)."""

    @abstractmethod
    def follow(self, after: str = "") -> Iterator[model.EventLine]:
        """What the party may know of, from after a cursor, each once and in order, and on as it happens."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what the desk itself opened."""


def _about_nonce(refused: Refused) -> bool:
    """Whether a refusal is about the number, which a fresh one mends."""
    return refused.reason in (Reason.STALE, Reason.TOO_FAR_AHEAD) and refused.parts[:1] == ("nonce",)
