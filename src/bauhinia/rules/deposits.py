"""Deposits sent from customer to customer, at one bank or across banks, at par.

Where everything is there the deposit arrives at once. Where the banks' own settlement has to wait (the payer's bank is
short and the rulebook queues, or the RTGS comes first), the payer's tokens are set aside with the payer's bank at once,
and burned when the claim is settled: what is on its way is not spent twice. What is cancelled comes back to the payer.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import OPEN, Status, TransactionKind
from bauhinia.ledger.networks import ClaimMode, Condition, ConditionKind, Network, Transfer
from bauhinia.ledger.parties import Right, Standing, holds_right
from bauhinia.ledger.posting import Leg, Obstacle, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.bridges import draw_for
from bauhinia.rules.holding import give_back, hold, screens_of, set_aside
from bauhinia.rules.networks import CUSTOMERS
from bauhinia.rules.routing import (
    bank_of,
    deposit_legs,
    mode_of,
    network_of,
    outside,
    provision_of,
    require_settling,
)
from bauhinia.rules.settlement import (
    Settled,
    TransactionCancelled,
    accepts,
    open_transaction,
)
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.dates import DAY
from bauhinia.words.ids import (
    LIMIT,
    NO_PARTY,
    AccountNumber,
    Micros,
    NetworkNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, known, require

SHORT = "network.short"  # what becomes of a deposit whose bank is short: QUEUE or REFUSE
RETURN_DAYS = "network.return_days"
LONGEST_RETURN = 400
DAYS = 10  # a deposit is remembered, and may be returned or recalled, for so many calendar days by default
QUEUES = (ClaimMode.QUEUED, ClaimMode.CENTRAL_BANK)  # where nothing else is said, these queue and the others refuse
LOWEST_PRIORITY = 4


@dataclass(slots=True)
class Deposit:
    """A deposit as it is ordered, to another customer of the network.

    `payer_bank` and `payee_bank` say at which bank, where an account is with several (zero: as the account's holder has
    elected, else the first that admitted it). `reference` is the payer's, shown to the payee. `priority` is from 1,
    the highest, to 4.
    """

    network: NetworkNumber
    payer: AccountNumber
    payee: AccountNumber
    amount: Units
    reference: str
    payer_bank: PartyNumber = NO_PARTY
    payee_bank: PartyNumber = NO_PARTY
    priority: int = LOWEST_PRIORITY


@dataclass(slots=True)
class SendDeposit(Deposit):
    """A command by whoever may instruct the payer's account: a deposit to another customer of the network."""


@dataclass(slots=True)
class CancelDeposit:
    """A command by whoever may instruct the payer's account: a deposit that still waits is not to be made."""

    transaction: TransactionNumber


@dataclass(slots=True)
class DepositSent:
    """A deposit is on its way by these legs; where it is `aside`, out of what has just been set aside of the
    payer's. `pays_outside`: the banks pay each other outside the ledger first."""

    transfer: Transfer
    legs: tuple[Leg, ...]
    priority: int
    pays_outside: bool


@dataclass(slots=True)
class DepositArrived:
    """A deposit that had to wait has settled."""

    transaction: TransactionNumber
    time: Micros


@dataclass(slots=True)
class DepositReturned:
    """A deposit that waited is cancelled: what was set aside goes back to the payer."""

    transaction: TransactionNumber


def send_deposit(step: Step, command: SendDeposit) -> None:
    """Send a deposit, or hold it where a bank screens it.

    Checked in order: as `sendable` has it; that the payer has so much and nothing blocks either; then, where a deposit
    does not queue, that the bank has what it takes.
    """
    network, transfer = sendable(step, command)
    screens = screens_of(network, transfer)
    if screens:
        hold(step, network, transfer, command.priority, Condition(ConditionKind.NONE), screens)
    else:
        send(step, network, transfer, command.priority)


def sendable(step: Step, command: Deposit) -> tuple[Network, Transfer]:
    """A deposit as it is ordered.

    Checked in order: the network; amount, text and priority; the payer's account, which the asker may instruct, and its
    bank; the payee's account and its bank; both banks active; that the network can settle.
    """
    state = step.state
    network = network_of(state, command.network)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    require_text(command.reference, "reference", 35)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    payer_bank = _payer_bank(step, network, command)
    payee_bank = bank_of(state, network, command.payee, command.payee_bank)
    require(payee_bank, Reason.UNKNOWN_ACCOUNT, "payee", command.payee)
    require(command.payer != command.payee or payer_bank != payee_bank, Reason.SAME_ACCOUNT, command.payer)
    for bank in (payer_bank, payee_bank):
        require(state.parties[bank].standing is Standing.ACTIVE, Reason.SUSPENDED, "bank", bank)
    mode = mode_of(state, network)
    require_settling(network, mode)
    transfer = Transfer(
        TransactionNumber(0), network.number, mode, command.payer, command.payee, payer_bank, payee_bank,
        command.amount, command.reference, step.time,
    )  # fmt: skip
    return network, transfer


def _payer_bank(step: Step, network: Network, command: Deposit) -> PartyNumber:
    """The bank that the payer pays out of; refused where the account is not the asker's to instruct, or with none."""
    state = step.state
    account = known(state.accounts.get(command.payer), Reason.UNKNOWN_ACCOUNT, "payer", command.payer)
    bank = bank_of(state, network, command.payer, command.payer_bank)
    token = network.members[bank].token if bank else network.par
    allowed = holds_right(account, step.asker, Right.INSTRUCT, token, step.time)
    require(bank and allowed, Reason.UNKNOWN_ACCOUNT, "payer", command.payer)
    require(account.purpose in CUSTOMERS, Reason.PURPOSE, command.payer, account.purpose.name)
    standing = state.parties[account.holder].standing
    require(standing is Standing.ACTIVE, Reason.SUSPENDED, "payer", command.payer)
    return bank


def send(step: Step, network: Network, transfer: Transfer, priority: int) -> None:
    """Settle a deposit at once, or set it aside and queue it; refused where neither may be."""
    state = step.state
    payer, payee = (transfer.payer, transfer.payer_bank), (transfer.payee, transfer.payee_bank)
    legs = deposit_legs(state, network, transfer.mode, payer, payee, transfer.amount)
    pays = outside(network, transfer.mode, transfer.payer_bank, transfer.payee_bank, transfer.amount)
    found = obstacle(state.book, legs, step.time)
    now = pays is None and _open(state, network, transfer, legs)
    if found is not None:
        _require_paid(network, transfer, found)
        short = now and found.asset == network.settlement and found.reason is Reason.MONY
        if short and draw_for(step, network, transfer.payer_bank, found.lacking, legs):
            found = None
    if found is None and now:
        _tell(step, transfer, legs, priority, False)
        step.emit(Settled((transfer.number,), step.time))
        step.legs += len(legs)
        return
    waits = pays is not None or _queues(state, network, transfer.mode)
    require(waits, Reason.LIQUIDITY, "network", network.number)
    set_aside(step, network, transfer)
    forward(step, network, transfer, priority)


def forward(step: Step, network: Network, transfer: Transfer, priority: int) -> None:
    """Send on what lies in transit: it arrives as soon as the banks can settle, and is never refused any more."""
    member = network.members[transfer.payer_bank]
    source, payee = (member.transit, transfer.payer_bank), (transfer.payee, transfer.payee_bank)
    legs = deposit_legs(step.state, network, transfer.mode, source, payee, transfer.amount)
    pays = outside(network, transfer.mode, transfer.payer_bank, transfer.payee_bank, transfer.amount)
    transfer.aside = True
    _tell(step, transfer, legs, priority, pays is not None)


def _tell(step: Step, transfer: Transfer, legs: list[Leg], priority: int, pays_outside: bool) -> None:
    transfer.number = TransactionNumber(step.state.settlement.last_transaction + 1)
    step.emit(DepositSent(transfer, tuple(legs), priority, pays_outside))


def _require_paid(network: Network, transfer: Transfer, found: Obstacle) -> None:
    """Refuse what is the customers' own: the payer lacks it, or an account is blocked. What a bank lacks is not theirs
    to be told, nor how much."""
    member = network.members[transfer.payer_bank]
    if (found.account, found.asset) == (transfer.payer, member.token):
        raise Refused(found.reason, found.account, found.asset, found.lacking)
    full = found.reason is Reason.HOLDING_LIMIT and found.account != transfer.payee
    short = full or found.reason is Reason.MONY
    require(short, found.reason, "payee" if found.account == transfer.payee else "network", network.number)


def _open(state: State, network: Network, transfer: Transfer, legs: list[Leg]) -> bool:
    """Whether the systems that the legs move in are open. What is prefunded, or netted, moves at any hour."""
    if transfer.mode not in QUEUES or len(legs) == 1:
        return True
    systems = dict.fromkeys(state.assets[leg.asset].system for leg in legs)
    return all(accepts(state.days.systems[each], against=True) for each in systems)


def _queues(state: State, network: Network, mode: ClaimMode) -> bool:
    """Whether a deposit waits where its bank is short, as the rulebook says."""
    said = provision_of(state, network, SHORT)
    return said == "QUEUE" or (said != "REFUSE" and mode in QUEUES)


def cancel_deposit(step: Step, command: CancelDeposit) -> None:
    """Checked in order: a deposit out of an account that the asker may instruct; that it still waits."""
    state = step.state
    transfer = known(state.networks.transfers.get(command.transaction), Reason.UNKNOWN_TRANSACTION, command.transaction)
    account = state.accounts[transfer.payer]
    token = state.networks.networks[transfer.network].members[transfer.payer_bank].token
    allowed = holds_right(account, step.asker, Right.INSTRUCT, token, step.time)
    require(allowed, Reason.UNKNOWN_TRANSACTION, command.transaction)
    transaction = state.settlement.transactions.get(command.transaction)
    waits = transaction is not None and transaction.status in OPEN
    require(waits, Reason.ALREADY_DONE, "transaction", command.transaction)
    step.emit(TransactionCancelled(command.transaction, "the payer asked"))


def deposit_done(step: Step, subject: int) -> None:
    """A follow-up: a deposit that waited has arrived, or is cancelled; then its tokens go back to the payer, as soon as
    the payer's account can take them."""
    state, number = step.state, TransactionNumber(subject)
    transfer = state.networks.transfers[number]
    transaction = state.settlement.transactions[number]
    if transaction.status is Status.SETTLED:
        step.emit(DepositArrived(number, transaction.settled))
        return
    network = state.networks.networks[transfer.network]
    step.emit(DepositReturned(number))
    give_back(step, network, transfer)


def return_days(state: State, network: Network) -> int:
    """For how many calendar days a deposit is remembered."""
    said = provision_of(state, network, RETURN_DAYS)
    return min(int(said), LONGEST_RETURN) if said.isascii() and said.isdecimal() and len(said) < 6 else DAYS


def on_deposit_sent(state: State, event: DepositSent) -> None:
    sent, number = event.transfer, event.transfer.number
    network = state.networks.networks[sent.network]
    pays = outside(network, sent.mode, sent.payer_bank, sent.payee_bank, sent.amount) if event.pays_outside else None
    day = state.days.systems[network.system].date
    transaction = open_transaction(state, number, TransactionKind.DEPOSIT, event.legs, day, outside=pays)
    transaction.priority = event.priority
    transfer = Transfer(
        number, sent.network, sent.mode, sent.payer, sent.payee, sent.payer_bank, sent.payee_bank, sent.amount,
        sent.reference, sent.sent, sent.aside, 0 if sent.aside else sent.sent, sent.returns,
    )  # fmt: skip
    state.networks.transfers[number] = transfer
    if sent.returns:
        state.networks.transfers[sent.returns].returned += sent.amount
    if sent.aside:
        state.servicing.watched[number] = WorkKind.DEPOSIT


def on_deposit_arrived(state: State, event: DepositArrived) -> None:
    transfer = state.networks.transfers[event.transaction]
    transfer.aside, transfer.arrived = False, event.time


def on_deposit_returned(state: State, event: DepositReturned) -> None:
    transfer = state.networks.transfers[event.transaction]
    transfer.aside = False
    if transfer.returns in state.networks.transfers:
        state.networks.transfers[transfer.returns].returned -= transfer.amount


def forget_transfers(state: State, system: SystemNumber) -> None:
    """A network's day has ended: what was sent so long ago that nothing may be asked of it any more is forgotten, and
    so are requests to pay that are over; for `evolve` only."""
    networks = state.networks
    for network in networks.networks.values():
        if network.system != system:
            continue
        before = state.time - return_days(state, network) * DAY
        gone = []
        for number, transfer in networks.transfers.items():
            if transfer.sent > before:
                break
            if transfer.network == network.number and not transfer.aside:
                gone.append(number)
        for number in gone:
            del networks.transfers[number]
        over = [each.number for each in networks.requests.values() if each.until <= state.time]
        for each in over:
            del networks.requests[each]
        recalled = [each.number for each in networks.recalls.values() if each.transaction not in networks.transfers]
        for each in recalled:
            del networks.recalls[each]


def sees_deposit(state: State, event: DepositSent | DepositArrived | DepositReturned) -> Audience:
    """Payer and payee, both banks, and the network's operator."""
    sent = event.transfer if isinstance(event, DepositSent) else state.networks.transfers[event.transaction]
    payer, payee = (state.accounts[each].holder for each in (sent.payer, sent.payee))
    operator = state.networks.networks[sent.network].operator
    return tuple(dict.fromkeys((payer, payee, sent.payer_bank, sent.payee_bank, operator)))
