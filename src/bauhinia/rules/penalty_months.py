"""What a month of penalties comes to: netted between each two sides, told, and paid.

On a business day of the next month (the 14th, where no rulebook says otherwise) the penalties of a month are netted,
currency by currency, between each two sides: what the one owes the other is one amount. On a later one (the 18th) it is
paid, as the system opens, in the money that the rates name for the currency. Until a day before that (the 10th) a side
may appeal; what is under appeal stays out and is netted in the month after it is decided.

Each pair's net is a transaction of its own, from the payer's cash account to the payee's: nobody stands in the middle,
a payer that lacks money keeps waiting only those to whom it owes, and no side learns what others owe each other. A
party that is owed by one and owes another pays and is paid; what it comes to in all is in its month's report.
(ECSDA Settlement Fails Penalties Framework: bilateral nets by counterparty and currency, appeals until the 10th, report
on the 14th and payment on the 18th business day; Delegated Regulation (EU) 2018/1229, article 17.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.days import System
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.penalties import Appeal, Net, Penalty
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.penalties import around, day_of_month, nth_business_day, penalise_day
from bauhinia.rules.settlement import order
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import LIMIT, AccountNumber, PartyNumber, SystemNumber, TransactionNumber, Units

REPORT_DAY, REPORTED = "penalty.report_day", 14  # business day of the next month
PAYMENT_DAY, PAID = "penalty.payment_day", 18
Of = tuple[PartyNumber, PartyNumber]  # a side: the party that instructed, and who holds its account


@dataclass(slots=True)
class PenaltiesNetted:
    """What the penalties of a month, whose first day is `month`, come to between two sides in one currency; nothing
    where they cancel out. The accounts are those of the oldest."""

    net: int
    system: SystemNumber
    month: date
    currency: str
    payer: PartyNumber
    payee: PartyNumber
    payer_account: AccountNumber
    payee_account: AccountNumber
    amount: Units
    penalties: tuple[int, ...]


@dataclass(slots=True)
class PenaltiesDue:
    """A net is to be paid by this transaction; by none (0) where the same account would pay and be paid."""

    net: int
    transaction: TransactionNumber
    payer_account: AccountNumber
    payee_account: AccountNumber


def penalise(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: the day's penalties; then what months fall due for report and payment."""
    system = step.state.days.systems[SystemNumber(subject)]
    penalise_day(step, system)
    _net(step, system)
    _pay(step, system)


def _net(step: Step, system: System) -> None:
    """Net what is due for report, oldest first; what is under appeal stays."""
    state = step.state
    count = day_of_month(state, REPORT_DAY, REPORTED)
    due: dict[date, bool] = {}
    groups: dict[tuple[date, str, Of, Of], list[Penalty]] = {}
    for penalty in state.penalties.open.values():
        month = penalty.computed.replace(day=1)
        if penalty.system != system.number or month >= system.date.replace(day=1) or penalty.appeal is Appeal.ASKED:
            continue
        if month not in due:
            due[month] = system.date >= nth_business_day(state, system.number, month, count)
        if due[month]:
            one, other = sorted((_of(state, penalty, payer=True), _of(state, penalty, payer=False)))
            groups.setdefault((month, penalty.currency, one, other), []).append(penalty)
    for key in sorted(groups):
        _net_pair(step, system, key, groups[key])


def _of(state: State, penalty: Penalty, *, payer: bool) -> Of:
    party, account = (penalty.payer, penalty.payer_account) if payer else (penalty.payee, penalty.payee_account)
    return party, state.accounts[account].holder


def _net_pair(step: Step, system: System, key: tuple[date, str, Of, Of], penalties: list[Penalty]) -> None:
    """Tell what penalties between two sides come to. What would leave the range of amounts is left for later."""
    month, currency, one, other = key
    total: Units = 0
    taken: list[Penalty] = []
    for penalty in penalties:
        owed = penalty.amount if _of(step.state, penalty, payer=True) == one else -penalty.amount
        if abs(total + owed) < LIMIT:
            total += owed
            taken.append(penalty)
    payer, payee = (one, other) if total >= 0 else (other, one)
    oldest = taken[0]
    as_then = _of(step.state, oldest, payer=True) == payer
    accounts = (oldest.payer_account, oldest.payee_account)
    payer_account, payee_account = accounts if as_then else accounts[::-1]
    step.emit(
        PenaltiesNetted(
            step.state.penalties.last_net + 1, system.number, month, currency, payer[0], payee[0], payer_account,
            payee_account, abs(total), tuple(each.number for each in taken),
        )
    )  # fmt: skip


def _pay(step: Step, system: System) -> None:
    """Order, for the next business day, the payment of nets whose day that is: it waits where the payer lacks money."""
    state = step.state
    count = day_of_month(state, PAYMENT_DAY, PAID)
    after = state.days.next_business_day(system.date, system.centres).day
    for net in list(state.penalties.nets.values()):
        if net.system != system.number or after < nth_business_day(state, system.number, net.month, count):
            continue
        rates = state.penalties.rates_on(system.date)
        number = rates.money(net.currency) if rates else None
        if number is None:
            continue  # until rates name a money of the currency again
        money = state.assets[number]
        payer, payee = state.accounts[net.payer_account], state.accounts[net.payee_account]
        giver, taker = payer.cash_account or payer.number, payee.cash_account or payee.number
        transaction = TransactionNumber(0)
        if money.on_ledger and giver != taker:
            legs = [Leg(number, giver, taker, net.amount)]
            transaction = order(step, TransactionKind.PENALTY, legs, after)
        elif not money.on_ledger and payer.holder != payee.holder:
            outside = (number, payer.holder, payee.holder, net.amount)
            transaction = order(step, TransactionKind.PENALTY, [], after, outside=outside)
        step.emit(PenaltiesDue(net.number, transaction, net.payer_account, net.payee_account))


def on_penalties_netted(state: State, event: PenaltiesNetted) -> None:
    penalties = state.penalties
    penalties.last_net = event.net
    for number in event.penalties:
        del penalties.open[number]
    if event.amount:
        penalties.nets[event.net] = Net(
            event.net, event.system, event.month, event.currency, event.payer_account, event.payee_account, event.amount
        )


def on_penalties_due(state: State, event: PenaltiesDue) -> None:
    del state.penalties.nets[event.net]


def sees_net(state: State, event: PenaltiesNetted) -> Audience:
    """The two sides, and who holds and keeps their accounts."""
    own = around(state, event.payer_account, event.payee_account)
    return tuple(dict.fromkeys((event.payer, event.payee, *own)))


def sees_due(state: State, event: PenaltiesDue) -> Audience:
    """Who holds and keeps the two accounts."""
    return around(state, event.payer_account, event.payee_account)
