"""The end of a network's day, where deposits queue for their bank's position: a closing net, and what it leaves.

At the hour that the rulebook names, what still waits is netted over all banks, and each is told what it lacks. When its
minutes are over, what is funded settles at one instant: everything, if all have funded; else what is left once banks
that have not lose the last of their deposits, by priority and age. The rest expires and goes back to the payers. What
then lies in a position above the least that it must hold is paid out to the bank.
"""

from __future__ import annotations

from bauhinia.ledger.instructions import OPEN, Transaction, TransactionKind
from bauhinia.ledger.networks import ClaimMode, Network, Transfer
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.posting import Leg, blocked, shortfall
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import need_of
from bauhinia.rules.netting import (
    CycleSettled,
    NetSettled,
    call_funds,
    cycle,
    post_together,
)
from bauhinia.rules.network_days import CLOSE, moments_of
from bauhinia.rules.routing import mode_of
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.step import Step
from bauhinia.words.ids import NO_PARTY, NetworkNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason

EXPIRED = "not funded by the close"
Queue = list[tuple[Transaction, Transfer]]  # by priority and age


def network_due(step: Step, subject: int) -> None:
    """A duty: a moment of a network's rulebook has come, of a cycle or of the close."""
    network = step.state.networks.networks[NetworkNumber(subject)]
    cycle(step, network)
    closes = mode_of(step.state, network) is ClaimMode.QUEUED and not network.closing
    if closes and step.time in moments_of(step.state, network, CLOSE):
        begin_close(step, network)


def deadline_due(step: Step, subject: int) -> None:
    """A duty: banks that were called upon should have found the money by now."""
    network = step.state.networks.networks[NetworkNumber(subject)]
    if network.deadline == step.time:
        cycle(step, network)
    if network.closing == step.time:
        close(step, network)


def begin_close(step: Step, network: Network) -> None:
    """Tell each bank what it lacks for all that waits; where none lacks anything, close at once."""
    state = step.state
    needs = _needs(_free(step, waiting(state, network, state.settlement.last_transaction)))
    short = {bank: need - _has(state, network, bank) for bank, need in sorted(needs.items())}
    short = {bank: lacking for bank, lacking in short.items() if lacking > 0}
    if short:
        call_funds(step, network, short, close=True)
    else:
        close(step, network)


def waiting(state: State, network: Network, last: TransactionNumber) -> Queue:
    """The deposits up to a number that wait for a position, the highest priority and the oldest first."""
    found: Queue = []
    for number in state.settlement.live:
        transaction, transfer = state.settlement.transactions[number], state.networks.transfers.get(number)
        if transfer is None or transaction.kind is not TransactionKind.DEPOSIT or transaction.payment:
            continue
        of_it = transfer.network == network.number and transfer.mode is ClaimMode.QUEUED
        if of_it and transaction.status in OPEN and number <= last:
            found.append((transaction, transfer))
    return sorted(found, key=_rank)


def _rank(each: tuple[Transaction, Transfer]) -> tuple[int, int]:
    return each[0].priority, each[0].number


def _needs(queue: Queue) -> dict[PartyNumber, Units]:
    """What each bank would pay more than it is paid."""
    needs: dict[PartyNumber, Units] = {}
    for _, transfer in queue:
        needs[transfer.payer_bank] = needs.get(transfer.payer_bank, 0) + transfer.amount
        needs[transfer.payee_bank] = needs.get(transfer.payee_bank, 0) - transfer.amount
    return needs


def _has(state: State, network: Network, bank: PartyNumber) -> Units:
    """What a bank's position can give: what lies there above the least that it must hold."""
    return state.positions.available(network.members[bank].position, network.settlement)


def close(step: Step, network: Network) -> None:
    """Settle what is funded, cancel the rest of what waited, pay out the positions."""
    state = step.state
    queue = waiting(state, network, network.closes or state.settlement.last_transaction)
    settling = _settling(step, network, queue)
    pays_out = _payouts(step, network, settling)
    chosen = {transaction.number for transaction, _ in settling}
    kept = [transaction.number for transaction, _ in queue if transaction.number in chosen]
    out = [[Leg(network.settlement, network.members[bank].position, network.members[bank].own, amount)]
           for bank, amount in pays_out.items()]  # fmt: skip
    post_together(step, network, out, tuple(kept))
    number = network.cycle + 1
    for transaction, _ in queue:
        if transaction.number not in chosen:
            step.emit(TransactionCancelled(transaction.number, EXPIRED))
    for bank, amount in pays_out.items():
        step.emit(NetSettled(network.number, number, bank, amount, amount, 0))
    if queue or pays_out or network.closing:
        step.emit(CycleSettled(network.number, number, True, NO_PARTY, step.time))


def _free(step: Step, queue: Queue) -> Queue:
    """What of a queue nothing blocks."""
    return [each for each in queue if blocked(step.state.book, each[0].legs, step.time) is None]


def _settling(step: Step, network: Network, queue: Queue) -> Queue:
    """The part of a queue that settles: what nothing blocks and banks have funded, without what goes beyond any other
    limit."""
    left = _free(step, queue)
    while True:
        left = _funded(step.state, network, left)
        over = _over_limit(step.state, left)
        if over is None:
            return left
        left = [each for each in left if each[0] is not over]


def _funded(state: State, network: Network, queue: Queue) -> Queue:
    """A queue without the last deposits of banks that are short, as many as each is short of. What one bank is not paid
    for it another may lack in turn."""
    needs = _needs(queue)
    outgoing: dict[PartyNumber, Queue] = {}
    for each in queue:
        outgoing.setdefault(each[1].payer_bank, []).append(each)
    dropped: dict[TransactionNumber, bool] = {}
    short = sorted(needs)
    while short:
        bank = short.pop(0)
        while needs[bank] > _has(state, network, bank):
            transaction, transfer = outgoing[bank].pop()
            dropped[transaction.number] = True
            needs[bank] -= transfer.amount
            needs[transfer.payee_bank] += transfer.amount
            if transfer.payee_bank not in short:
                short.append(transfer.payee_bank)
    return [each for each in queue if each[0].number not in dropped]


def _over_limit(state: State, queue: Queue) -> Transaction | None:
    """The last deposit that adds to what is beyond a limit, such as what a bank has authorised of its deposits; None
    where nothing is. Positions are not asked about: they are funded, and are paid out in the same instant."""
    positions = {member.position for network in state.networks.networks.values() for member in network.members.values()}
    legs = [leg for transaction, _ in queue for leg in transaction.legs]
    found = shortfall(state.book, [leg for leg in legs if leg.giver not in positions and leg.taker not in positions])
    if found is None:
        return None
    key, sign = key_of(found.account, found.asset), -1 if found.reason is Reason.HOLDING_LIMIT else 1
    return next(each for each, _ in reversed(queue) if sign * need_of(each, key) > 0)


def _payouts(step: Step, network: Network, settling: Queue) -> dict[PartyNumber, Units]:
    """What each position holds in the end above its least; nothing where it cannot be moved to the bank's own."""
    needs = _needs(settling)
    found: dict[PartyNumber, Units] = {}
    for bank, member in network.members.items():
        amount = _has(step.state, network, bank) - needs.get(bank, 0)
        leg = Leg(network.settlement, member.position, member.own, amount)
        if amount > 0 and blocked(step.state.book, [leg], step.time) is None:
            found[bank] = amount
    return found
