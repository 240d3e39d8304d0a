"""Cash penalties: a trade that fails costs the side by which it fails, and the other side gets it.

At each end of day, every matched trade that is failing (SEFP): what it waited for at its last try says who pays. Who
lacks the securities, or holds back a delivery, pays the rate of the bond; who lacks the money, or holds back a payment,
the central bank's rate for overnight credit of its currency; where both hold back, each pays the other. What is
penalised is the quantity not settled, at its reference price, whichever of the two is lacking (Delegated Regulation
(EU) 2017/389, articles 2 and 3 and annex). A trade matched after its day (LMFP) costs the side that was entered last
each business day from the intended one to the last before it matched; so does one matched past the cut-off of its day
(Delegated Regulation (EU) 2018/1229, article 16; ECSDA Settlement Fails Penalties Framework).

Nobody pays where nobody is at fault: a block, a pause, a halt, a system that is shut, a payment that is under way, an
exempt day; nor while a side is suspended or insolvent. What the months come to is in `penalty_months`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bauhinia.bond.calendar import add_business_days, after_closures, is_business_day
from bauhinia.bond.rounding import whole
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.days import System
from bauhinia.ledger.instructions import Instruction, Payment, Side, Status, Transaction, TransactionKind
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.penalties import Appeal, Penalty, PenaltyKind, Rates, Security
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import worth_of
from bauhinia.rules.finality import behind
from bauhinia.rules.registers import provision
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.dates import micros_at
from bauhinia.words.ids import (
    AccountNumber,
    AssetNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.money import minor_units
from bauhinia.words.reasons import Reason, Refused, known, require

APPEAL_DAY = "penalty.appeal_day"
APPEAL_UNTIL = 10  # business day of the next month, where no rulebook says otherwise (T2S, ECSDA)
LAST_DAY = 20  # business day of a month that a rulebook may name
HIGHEST_PRICE = Fraction(10)  # of a unit of nominal: ten times par
HIGHEST_RATE = Fraction(1)  # a year
BASIS_POINTS = 10_000
DAY = timedelta(days=1)


@dataclass(slots=True)
class AppealPenalty:
    """A command by a side of a penalty: it should be removed, and why."""

    penalty: int
    why: str


@dataclass(slots=True)
class DecideAppeal:
    """A command of four eyes by an operator: a penalty appealed against is removed, or stands."""

    penalty: int
    remove: bool
    why: str


@dataclass(slots=True)
class PenaltyComputed:
    """One day of one trade that fails. `payer` and `payee` are the parties that instructed; `quantity` is what has not
    settled, `price` what one unit of nominal is worth, `basis_points` what that costs a day; `amount` is rounded half
    up to the smallest unit of the bond's currency. `reason` is what the payer lacked, or that it held or came late."""

    penalty: int
    kind: PenaltyKind
    transaction: TransactionNumber
    asset: AssetNumber
    system: SystemNumber
    day: date
    computed: date
    payer: PartyNumber
    payee: PartyNumber
    payer_account: AccountNumber
    payee_account: AccountNumber
    reason: Reason
    quantity: Units
    price: Fraction
    basis_points: Fraction
    currency: str
    amount: Units


@dataclass(slots=True)
class PenaltyAppealed:
    penalty: int
    by: PartyNumber
    payer: PartyNumber
    payee: PartyNumber
    payer_account: AccountNumber
    payee_account: AccountNumber
    why: str


@dataclass(slots=True)
class AppealDecided:
    penalty: int
    removed: bool
    payer: PartyNumber
    payee: PartyNumber
    payer_account: AccountNumber
    payee_account: AccountNumber
    why: str


def penalise_day(step: Step, system: System) -> None:
    """At a system's end of day: a penalty for each matched trade that is failing, to whoever suffers by it."""
    state = step.state
    if state.penalties.rates_on(system.date) is None:
        return
    prices: dict[AssetNumber, Fraction] = {}
    for number in list(state.settlement.live):
        transaction = state.settlement.transactions[number]
        if transaction.kind is not TransactionKind.TRADE or not transaction.deliver:
            continue
        if transaction.status is not Status.FAILING or state.assets[transaction.legs[0].asset].system != system.number:
            continue
        for side, reason in _at_fault(state, transaction, system):
            kind = PenaltyKind.LMFP if reason is Reason.LATE else PenaltyKind.SEFP
            _penalise(step, transaction, kind, side, reason, system.date, prices)


def matched_late(step: Step, subject: int) -> None:
    """A follow-up: a trade was matched after its day. The side that was entered last pays for each business day that
    went by."""
    state = step.state
    transaction = state.settlement.transactions[TransactionNumber(subject)]
    delivery, receipt = _sides(state, transaction)
    system = state.days.systems[state.assets[delivery.order.asset].system]
    for day in _business_days(state, system, delivery.order.settlement_date):
        _penalise(step, transaction, PenaltyKind.LMFP, _last(delivery, receipt), Reason.LATE, day, {})


def _business_days(state: State, system: System, first: date) -> Iterator[date]:
    """Those from a date to the last before a system's business date."""
    calendars, closures = state.days.of(system.centres), state.days.closures
    day = first
    while day < system.date:
        if is_business_day(day, calendars) and after_closures(day, calendars, closures).day == day:
            yield day
        day += DAY


def _sides(state: State, transaction: Transaction) -> tuple[Instruction, Instruction]:
    instructions = state.settlement.instructions
    return instructions[transaction.deliver], instructions[transaction.receive]


def _last(delivery: Instruction, receipt: Instruction) -> Side:
    """The side that was entered last: the one by which the two matched."""
    return Side.DELIVER if delivery.number > receipt.number else Side.RECEIVE


def _at_fault(state: State, transaction: Transaction, system: System) -> list[tuple[Side, Reason]]:
    """By which sides a trade fails, and of what; none where by neither. What a cut-off has passed by fails of what it
    waited for then; one matched past the cut-off, of coming late."""
    delivery, receipt = _sides(state, transaction)
    reason, party = transaction.reason, transaction.lacking_party
    if reason is Reason.CYCL:
        if max(delivery.entered, receipt.entered) >= _cut_off(delivery, system):
            return [(_last(delivery, receipt), Reason.LATE)]
        cut = state.penalties.cut.get(transaction.number)
        if cut is None or cut.day != system.date:
            return []
        reason, party = cut.reason, cut.party
    if reason is Reason.LACK:
        return [(Side.DELIVER, reason)]
    if reason is Reason.MONY:
        return [(Side.RECEIVE, reason)]
    if reason is Reason.BOTH:
        return [(Side.DELIVER, Reason.PREA), (Side.RECEIVE, Reason.PREA)]
    if reason is Reason.PREA:
        if delivery.party == receipt.party:
            return [(Side.DELIVER if delivery.hold else Side.RECEIVE, reason)]
        return [(Side.DELIVER if delivery.party == party else Side.RECEIVE, reason)]
    return []


def _cut_off(delivery: Instruction, system: System) -> int:
    """The moment of its day after which a trade can no longer settle."""
    table = system.timetable
    minute = table.dvp_cut_off if delivery.order.payment is Payment.AGAINST else table.fop_cut_off
    return micros_at(system.date, minute, table.offset)


def _penalise(
    step: Step,
    transaction: Transaction,
    kind: PenaltyKind,
    side: Side,
    reason: Reason,
    day: date,
    prices: dict[AssetNumber, Fraction],
) -> None:
    """One day's penalty, if there is one; `prices` are those of the day as far as they have been asked."""
    state = step.state
    delivery, receipt = _sides(state, transaction)
    payer, payee = (delivery, receipt) if side is Side.DELIVER else (receipt, delivery)
    asset = state.assets[delivery.order.asset]
    rates = state.penalties.rates_on(day)
    if asset.kind is not AssetKind.BOND:  # Regulation (EU) 909/2014 art. 7: of securities; not of one money for another
        return
    if rates is None or rates.money(asset.currency) is None or _exempt(state, asset.number, day, payer, payee):
        return
    points = _basis_points(state, rates, payer, day)
    quantity = delivery.order.quantity - transaction.parted
    if asset.number not in prices:
        prices[asset.number] = reference_price(state, asset.number, day)
    price = prices[asset.number]
    amount = whole(value_of(state, asset.number, quantity, price) * points / BASIS_POINTS)
    if amount == 0:
        return
    step.emit(
        PenaltyComputed(
            state.penalties.last + 1, kind, transaction.number, asset.number, asset.system, day,
            state.days.systems[asset.system].date, payer.party, payee.party, payer.order.account, payee.order.account,
            reason, quantity, price, points, asset.currency, amount,
        )
    )  # fmt: skip


def _exempt(state: State, number: AssetNumber, day: date, payer: Instruction, payee: Instruction) -> bool:
    """Whether nobody pays: the two sides are one, a side may act no more, the bond or the money stands still, or the
    day is exempt."""
    if state.accounts[payer.order.account].holder == state.accounts[payee.order.account].holder:
        return True
    parties = (*behind(state, payer), *behind(state, payee))
    if any(state.parties[each].standing is not Standing.ACTIVE for each in parties):
        return True
    moved = [state.assets[each] for each in (number, payer.order.money) if each]
    if any(each.paused or each.halted for each in moved):
        return True
    system = state.assets[number].system
    return any(each.covers(system, number, day) for each in state.penalties.exemptions)


def _basis_points(state: State, rates: Rates, payer: Instruction, day: date) -> Fraction:
    """What the payer's fail costs a day: the rate of securities where it delivers, or receives free of payment; else
    that of the money in which it was to pay."""
    asset = state.assets[payer.order.asset]
    if payer.order.side is Side.DELIVER or payer.order.payment is Payment.FREE:
        classified = state.penalties.classes.get(asset.number)
        return rates.of_security(classified.security if classified else Security.DEBT, asset.currency)
    row = rates.of_cash(state.assets[payer.order.money].currency)
    if row is None:
        return Fraction(0)
    yearly = latest(state, row.series, day)
    rate = row.rate if yearly is None else min(max(yearly, Fraction(0)), HIGHEST_RATE)
    return rate * BASIS_POINTS / row.year


def latest(state: State, series: str, day: date) -> Fraction | None:
    """The last value of a series that is of a day or one before it; None where there is none."""
    values = state.observations.values.get(series, {})
    found = max((each for each in values if each <= day), default=None)
    return None if found is None else values[found]


def reference_price(state: State, number: AssetNumber, day: date) -> Fraction:
    """What a unit of a bond's nominal is worth: the price its series tells, of what is outstanding of it; what is
    outstanding, at par, where it has none."""
    classified, bond = state.penalties.classes.get(number), state.issues.bonds.get(number)
    price = latest(state, classified.series, day) if classified else None
    principal = Fraction(1)
    if bond is not None:
        try:
            principal = worth_of(state, bond, day).principal
        except Refused:
            principal = Fraction(1)  # no period of it has begun, or what it hangs on is not told
    par = price is None or price <= 0
    return min(principal if par or price is None else principal * price / 100, HIGHEST_PRICE)


def value_of(state: State, number: AssetNumber, quantity: Units, price: Fraction) -> Fraction:
    """So much nominal at a price of a unit, in smallest units of the bond's currency."""
    asset = state.assets[number]
    return quantity * price * Fraction(10) ** (minor_units(asset.currency) - asset.exponent)


def penalty_of(state: State, number: int) -> Penalty:
    """A penalty that is not netted yet."""
    return known(state.penalties.open.get(number), Reason.UNKNOWN_PENALTY, "penalty", number)


def appeal_penalty(step: Step, command: AppealPenalty) -> None:
    """Checked in order: the penalty, of which the asker is a side; that it has not been appealed against; that the
    last day for it has not passed; the reason."""
    state = step.state
    penalty = penalty_of(state, command.penalty)
    require(step.asker in _concerned(state, penalty), Reason.UNKNOWN_PENALTY, "penalty", command.penalty)
    require(penalty.appeal is Appeal.NONE, Reason.ALREADY_DONE, "penalty", command.penalty)
    last = nth_business_day(state, penalty.system, penalty.computed, day_of_month(state, APPEAL_DAY, APPEAL_UNTIL))
    require(state.days.systems[penalty.system].date <= last, Reason.DATE, "penalty", command.penalty, "until", last)
    require_text(command.why, "why")
    step.emit(
        PenaltyAppealed(
            command.penalty, step.asker, penalty.payer, penalty.payee, penalty.payer_account, penalty.payee_account,
            command.why,
        )
    )  # fmt: skip


def decide_appeal(step: Step, command: DecideAppeal) -> None:
    """Checked in order: the penalty; that there is an appeal; the reason."""
    penalty = penalty_of(step.state, command.penalty)
    require(penalty.appeal is Appeal.ASKED, Reason.STATE, "penalty", command.penalty, penalty.appeal.name)
    require_text(command.why, "why")
    step.emit(
        AppealDecided(
            command.penalty, command.remove, penalty.payer, penalty.payee, penalty.payer_account,
            penalty.payee_account, command.why,
        )
    )  # fmt: skip


def day_of_month(state: State, name: str, otherwise: int) -> int:
    """A business day of a month, by the market's rulebook."""
    said = provision(state, None, name, "")
    return min(max(int(said), 1), LAST_DAY) if said.isascii() and said.isdecimal() and len(said) <= 2 else otherwise


def nth_business_day(state: State, system: SystemNumber, month: date, count: int) -> date:
    """The business day of such a number in the month after one."""
    first = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return add_business_days(first - DAY, count, state.days.of(state.days.systems[system].centres)).day


def on_penalty_computed(state: State, event: PenaltyComputed) -> None:
    penalties = state.penalties
    penalties.last = event.penalty
    penalties.open[event.penalty] = Penalty(
        event.penalty, event.kind, event.transaction, event.asset, event.system, event.day, event.computed, event.payer,
        event.payee, event.payer_account, event.payee_account, event.currency, event.amount,
    )  # fmt: skip


def on_penalty_appealed(state: State, event: PenaltyAppealed) -> None:
    state.penalties.open[event.penalty].appeal = Appeal.ASKED


def on_appeal_decided(state: State, event: AppealDecided) -> None:
    if event.removed:
        del state.penalties.open[event.penalty]
    else:
        state.penalties.open[event.penalty].appeal = Appeal.KEPT


def _concerned(state: State, penalty: Penalty) -> Audience:
    own = (state.accounts[each].holder for each in (penalty.payer_account, penalty.payee_account))
    return (penalty.payer, penalty.payee, *own)


def around(state: State, *numbers: AccountNumber) -> Audience:
    """Who holds accounts, and who keeps them."""
    found = (state.accounts[number] for number in numbers)
    return tuple(dict.fromkeys(party for account in found for party in (account.holder, account.keeper)))


def sees_penalty(state: State, event: PenaltyComputed | PenaltyAppealed | AppealDecided) -> Audience:
    """The two sides, and who holds and keeps their accounts."""
    own = around(state, event.payer_account, event.payee_account)
    return tuple(dict.fromkeys((event.payer, event.payee, *own)))
