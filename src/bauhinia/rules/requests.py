"""Asking for money: to be paid, and to be paid back.

A payee asks to be paid, and the payer pays with one command or declines (ISO 20022 pain.013 and pain.014). Who was paid
gives back what was not due (pacs.004); who has paid asks for it (camt.056) and is answered (camt.029). What is final is
never unwound: a return is a deposit of its own, the other way.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.networks import Condition, ConditionKind, PaymentRequest, Recall, Transfer
from bauhinia.ledger.state import State
from bauhinia.rules.conditional import instructs
from bauhinia.rules.deposits import Deposit, send, sendable
from bauhinia.rules.holding import hold, screens_of
from bauhinia.rules.networks import CUSTOMERS
from bauhinia.rules.routing import bank_of, mode_of, network_of
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.dates import DAY
from bauhinia.words.ids import LIMIT, AccountNumber, Micros, NetworkNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, known, require

LONGEST = 400 * DAY
LOWEST_PRIORITY = 4


@dataclass(slots=True)
class RequestToPay:
    """A command by whoever may instruct the payee's account: the payer is asked for a deposit, until a moment
    (exclusive)."""

    network: NetworkNumber
    payee: AccountNumber
    payer: AccountNumber
    amount: Units
    reference: str
    until: Micros


@dataclass(slots=True)
class PayRequest:
    """A command by whoever may instruct the payer's account: what is asked for is sent."""

    request: int


@dataclass(slots=True)
class DeclineRequest:
    """A command: by the payer's side the request is declined, by the payee's it is taken back."""

    request: int


@dataclass(slots=True)
class ReturnDeposit:
    """A command by whoever may instruct the payee's account: so much of a deposit that has arrived is given back."""

    transaction: TransactionNumber
    amount: Units
    why: str


@dataclass(slots=True)
class RecallDeposit:
    """A command by whoever may instruct the payer's account, or by the payer's bank: the payee is asked to give a
    deposit back."""

    transaction: TransactionNumber
    why: str


@dataclass(slots=True)
class AnswerRecall:
    """A command by whoever may instruct the payee's account: what was asked for is given back, or is not."""

    recall: int
    agrees: bool
    why: str


@dataclass(slots=True)
class PaymentRequested:
    request: int
    network: NetworkNumber
    payee: AccountNumber
    payer: AccountNumber
    amount: Units
    reference: str
    until: Micros


@dataclass(slots=True)
class RequestAnswered:
    """A request to pay is answered: `paid`, declined or taken back."""

    request: int
    payee: AccountNumber
    payer: AccountNumber
    paid: bool


@dataclass(slots=True)
class DepositRecalled:
    recall: int
    transaction: TransactionNumber
    by: PartyNumber
    why: str


@dataclass(slots=True)
class RecallAnswered:
    recall: int
    transaction: TransactionNumber
    agrees: bool
    why: str


def request_to_pay(step: Step, command: RequestToPay) -> None:
    """Checked in order: the network; the payee's account, which the asker may instruct and which is with a bank; the
    payer's account, likewise with one; amount, text, and a moment to come."""
    state = step.state
    network = network_of(state, command.network)
    known(state.accounts.get(command.payee), Reason.UNKNOWN_ACCOUNT, "payee", command.payee)
    own = instructs(step, command.payee) and bank_of(state, network, command.payee)
    require(own, Reason.UNKNOWN_ACCOUNT, "payee", command.payee)
    require(bank_of(state, network, command.payer), Reason.UNKNOWN_ACCOUNT, "payer", command.payer)
    require(command.payer != command.payee, Reason.SAME_ACCOUNT, command.payer)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    require_text(command.reference, "reference", 35)
    require(step.time < command.until <= step.time + LONGEST, Reason.DATE, "until", command.until)
    number = state.networks.last_request + 1
    step.emit(
        PaymentRequested(
            number, network.number, command.payee, command.payer, command.amount, command.reference, command.until
        )
    )


def pay_request(step: Step, command: PayRequest) -> None:
    """Checked in order: a request to the asker, not over; then as a deposit that is sent."""
    request = _request(step, command.request)
    require(instructs(step, request.payer), Reason.UNKNOWN_TRANSACTION, "request", command.request)
    require(step.time < request.until, Reason.EXPIRED, "until", request.until)
    order = Deposit(request.network, request.payer, request.payee, request.amount, request.reference)
    network, transfer = sendable(step, order)
    screens = screens_of(network, transfer)
    if screens:
        hold(step, network, transfer, LOWEST_PRIORITY, Condition(ConditionKind.NONE), screens)
    else:
        send(step, network, transfer, LOWEST_PRIORITY)
    step.emit(RequestAnswered(request.number, request.payee, request.payer, True))


def decline_request(step: Step, command: DeclineRequest) -> None:
    """Checked: a request by the asker, or to it."""
    request = _request(step, command.request)
    step.emit(RequestAnswered(request.number, request.payee, request.payer, False))


def _request(step: Step, number: int) -> PaymentRequest:
    """A request that the asker has made, or that is made to it."""
    request = known(step.state.networks.requests.get(number), Reason.UNKNOWN_TRANSACTION, "request", number)
    near = instructs(step, request.payer) or instructs(step, request.payee)
    require(near, Reason.UNKNOWN_TRANSACTION, "request", number)
    return request


def return_deposit(step: Step, command: ReturnDeposit) -> None:
    """Checked in order: a deposit to an account that the asker may instruct, arrived and still remembered; text; an
    amount of what has not been given back; then as a deposit that is sent."""
    transfer = _arrived(step, command.transaction)
    require(instructs(step, transfer.payee), Reason.UNKNOWN_TRANSACTION, command.transaction)
    require_text(command.why, "why", 35)
    _return(step, transfer, command.amount, command.why)


def recall_deposit(step: Step, command: RecallDeposit) -> None:
    """Checked in order: a deposit out of an account that the asker may instruct, or of its customer, arrived and still
    remembered; text; that it is not asked for already, and not all given back."""
    transfer = _arrived(step, command.transaction)
    own = step.asker == transfer.payer_bank or instructs(step, transfer.payer)
    require(own, Reason.UNKNOWN_TRANSACTION, command.transaction)
    require_text(command.why, "why")
    asked = any(each.transaction == command.transaction for each in step.state.networks.recalls.values())
    done = transfer.returned == transfer.amount
    require(not asked and not done, Reason.ALREADY_DONE, "transaction", command.transaction)
    number = step.state.networks.last_recall + 1
    step.emit(DepositRecalled(number, command.transaction, step.asker, command.why))


def answer_recall(step: Step, command: AnswerRecall) -> None:
    """Checked in order: a recall of a deposit to an account that the asker may instruct; text; where it agrees, that
    what is left of the deposit can be given back."""
    recall = known(
        step.state.networks.recalls.get(command.recall), Reason.UNKNOWN_TRANSACTION, "recall", command.recall
    )
    transfer = _arrived(step, recall.transaction)
    require(instructs(step, transfer.payee), Reason.UNKNOWN_TRANSACTION, "recall", command.recall)
    require_text(command.why, "why", 35)
    if command.agrees:
        _return(step, transfer, transfer.amount - transfer.returned, command.why)
    step.emit(RecallAnswered(recall.number, recall.transaction, command.agrees, command.why))


def _arrived(step: Step, number: TransactionNumber) -> Transfer:
    transfer = known(step.state.networks.transfers.get(number), Reason.UNKNOWN_TRANSACTION, number)
    require(transfer.arrived, Reason.UNKNOWN_TRANSACTION, number)
    return transfer


def _return(step: Step, transfer: Transfer, amount: Units, why: str) -> None:
    """Send a part of a deposit the other way, between the same two banks."""
    require(0 < amount <= transfer.amount - transfer.returned, Reason.AMOUNT, "amount", amount)
    purpose = step.state.accounts[transfer.payee].purpose
    require(purpose in CUSTOMERS, Reason.PURPOSE, transfer.payee, purpose.name)
    order = Deposit(
        transfer.network, transfer.payee, transfer.payer, amount, why, transfer.payee_bank, transfer.payer_bank
    )
    network, back = sendable(step, order)
    back.returns = transfer.number
    back.mode = mode_of(step.state, network)
    send(step, network, back, LOWEST_PRIORITY)


def on_payment_requested(state: State, event: PaymentRequested) -> None:
    state.networks.last_request = event.request
    state.networks.requests[event.request] = PaymentRequest(
        event.request, event.network, event.payee, event.payer, event.amount, event.reference, event.until
    )


def on_request_answered(state: State, event: RequestAnswered) -> None:
    del state.networks.requests[event.request]


def on_deposit_recalled(state: State, event: DepositRecalled) -> None:
    state.networks.last_recall = event.recall
    state.networks.recalls[event.recall] = Recall(event.recall, event.transaction, event.why)


def on_recall_answered(state: State, event: RecallAnswered) -> None:
    del state.networks.recalls[event.recall]


def sees_request(state: State, event: PaymentRequested | RequestAnswered) -> Audience:
    """Payer and payee."""
    return tuple(dict.fromkeys(state.accounts[each].holder for each in (event.payee, event.payer)))


def sees_recall(state: State, event: DepositRecalled | RecallAnswered) -> Audience:
    """Payer and payee, and both banks."""
    sent = state.networks.transfers[event.transaction]
    payer, payee = (state.accounts[each].holder for each in (sent.payer, sent.payee))
    return tuple(dict.fromkeys((payer, payee, sent.payer_bank, sent.payee_bank)))
