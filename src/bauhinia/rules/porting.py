"""How clients go to another custodian when theirs is in default: a named power of the rulebook, `port_clients`.

What a custodian holds for clients stands in accounts of a purpose of their own (omnibus, segregated), out of reach of
what is owed by the custodian itself. Such an account goes to another custodian as it stands: with every client's
entitlement one for one, what is recorded and unpaid, what is earmarked for a payment in doubt. No balance moves and
nothing final is touched; only whose account it is changes, and with an omnibus account who keeps the book behind it.
The new custodian says first that it takes the account over, and to which cash account of its own its income goes. The
clients' instructions that the old one gave, and the rights by which it did, are its from then on: what was kept back,
it may release or cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import OPEN, Instruction
from bauhinia.ledger.parties import FOR_CLIENTS, NEVER_PAID, Account, Grant, Standing
from bauhinia.ledger.powers import Cause, Power, Use
from bauhinia.ledger.state import State
from bauhinia.rules.books import chain
from bauhinia.rules.finality import ring_fenced
from bauhinia.rules.lapsing import awaits_telling
from bauhinia.rules.matching import file, matching_key, unfile
from bauhinia.rules.onboarding import classes_of, renew_classes
from bauhinia.rules.powers import PowerUsed, authorise, require_document, tell, use_number
from bauhinia.rules.reconciliation import breaks_handed_over
from bauhinia.rules.registers import handed_over
from bauhinia.rules.settlement import retry_all
from bauhinia.rules.settlement import unfile as unqueue
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import AccountNumber, InstructionNumber, Micros, PartyNumber
from bauhinia.words.reasons import Reason, known, require

DEFAULTED = (Standing.SUSPENDED, Standing.INSOLVENT)
LONGEST_REFERENCE = 35


@dataclass(slots=True)
class AcceptClients:
    """A command of four eyes: the asker takes over a client account of a custodian in default, once the power is used.
    Its income goes to the asker's `cash_account` from then on; zero: to the account itself."""

    account: AccountNumber
    cash_account: AccountNumber


@dataclass(slots=True)
class PortClients:
    """A command of four eyes: a client account of a custodian in default goes to the custodian that has accepted it.
    `document` is the SHA-256 of the order or the agreement that it rests on."""

    account: AccountNumber
    taker: PartyNumber
    cause: Cause
    document: bytes


@dataclass(slots=True)
class ClientsAccepted:
    account: AccountNumber
    party: PartyNumber
    cash_account: AccountNumber


@dataclass(frozen=True, slots=True)
class Carried:
    """An instruction that goes with an account, under this reference of its new party's."""

    instruction: InstructionNumber
    reference: str


@dataclass(slots=True)
class ClientsPorted:
    """An account of clients has gone from one custodian to another, by use `number` of the power."""

    number: int
    account: AccountNumber
    giver: PartyNumber
    taker: PartyNumber
    cash_account: AccountNumber
    carried: tuple[Carried, ...]
    time: Micros


def accept_clients(step: Step, command: AcceptClients) -> None:
    """Checked in order: a client account of another party that is in default (of any other it is not told whether it is
    there); the asker's own cash account, open and of a purpose that takes income; that anything changes."""
    state = step.state
    account = state.accounts.get(command.account)
    portable = account is not None and _portable(state, account) and account.holder != step.asker
    require(portable, Reason.UNKNOWN_ACCOUNT, command.account)
    if command.cash_account:
        cash = known(state.accounts.get(command.cash_account), Reason.UNKNOWN_ACCOUNT, "cash", command.cash_account)
        require(cash.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "cash", command.cash_account)
        require(not cash.closed, Reason.CLOSED, "cash", command.cash_account)
        require(cash.purpose not in NEVER_PAID, Reason.PURPOSE, "cash", cash.purpose.name)
    accepted = state.powers.acceptances.get((command.account, step.asker))
    require(accepted != command.cash_account, Reason.ALREADY_DONE, "account", command.account)
    step.emit(ClientsAccepted(command.account, step.asker, command.cash_account))


def _portable(state: State, account: Account) -> bool:
    in_default = state.parties[account.holder].standing in DEFAULTED
    return in_default and account.purpose in FOR_CLIENTS and not account.closed


def port_clients(step: Step, command: PortClients) -> None:
    """Checked in order: the account; who may (of one in a keeper's book that keeper, as its REGISTRAR); that it is a
    client account of a custodian in default; the taker: that it has accepted, is in good standing, and may hold what
    lies there; its cash account, still open; the document."""
    state = step.state
    account = state.account(command.account)
    authorise(step, Power.PORT_CLIENTS, None, account)
    require(account.purpose in FOR_CLIENTS, Reason.PURPOSE, account.number, account.purpose.name)
    standing = state.parties[account.holder].standing
    require(_portable(state, account), Reason.STATE, "account", account.number, "holder", standing.name)
    taker = state.party(command.taker)
    accepted = state.powers.acceptances.get((account.number, taker.number))
    cash = known(accepted, Reason.NOT_ACCEPTED, "account", account.number, "party", taker.number)
    require(taker.standing is Standing.ACTIVE, Reason.SUSPENDED, taker.number)
    _require_eligible(step, account, taker.number)
    require(not cash or not state.accounts[cash].closed, Reason.CLOSED, "cash", cash)
    require_document(command.cause, command.document, required=True)
    use = Use(
        use_number(state), Power.PORT_CLIENTS, command.cause, step.asker, step.persons, account.holder,
        command.document, step.time, step.time, account.number,
    )  # fmt: skip
    carried = _carried(state, account, taker.number)
    step.emit(PowerUsed(use))
    step.emit(ClientsPorted(use.number, account.number, account.holder, taker.number, cash, tuple(carried), step.time))
    tell(step, use)


def _require_eligible(step: Step, account: Account, taker: PartyNumber) -> None:
    state = step.state
    classes, until = classes_of(state, taker)
    for number, asset in state.assets.items():
        if asset.needs and state.positions.balance(account.number, number) > 0:
            fits = classes & asset.needs == asset.needs and step.time < until
            require(fits, Reason.NOT_ELIGIBLE, "party", taker, "asset", number)


def _carried(state: State, account: Account, taker: PartyNumber) -> list[Carried]:
    """The clients' instructions of the old custodian on the account, or on one in the book behind it, that may still
    settle and await no answer; a reference that the new one has given already itself gets a mark."""
    found = []
    taken: dict[str, bool] = {}
    for instruction in state.settlement.instructions.values():
        if not _goes_with(state, instruction, account):
            continue
        reference = instruction.order.reference
        if (taker, reference) in state.settlement.references or reference in taken:
            mark = f"~{instruction.number}"
            reference = reference[: LONGEST_REFERENCE - len(mark)] + mark
        taken[reference] = True
        found.append(Carried(instruction.number, reference))
    return found


def _goes_with(state: State, instruction: Instruction, account: Account) -> bool:
    if instruction.party != account.holder or instruction.cancelled:
        return False
    if account.number not in chain(state, instruction.order.account):
        return False
    if instruction.transaction and state.settlement.transactions[instruction.transaction].status not in OPEN:
        return False
    return ring_fenced(state, instruction, account.holder)


def on_clients_accepted(state: State, event: ClientsAccepted) -> None:
    state.powers.acceptances[event.account, event.party] = event.cash_account


def on_clients_ported(state: State, event: ClientsPorted) -> None:
    """The account, the entitlements that it backs and the accounts that issue them are the new custodian's; it keeps
    the clients' accounts; and what waited for an account's classes, or its holder's standing, is tried again."""
    account = state.accounts[event.account]
    _hand(state, account, event.taker)
    account.cash_account = event.cash_account
    for number in account.backs.values():
        asset = state.assets[number]
        asset.issuer = asset.registrar = event.taker
        issuer = state.accounts[asset.issuer_account]
        _hand(state, issuer, event.taker)
        issuer.keeper = event.taker
    for each in state.accounts.values():
        if each.tier == account.number:
            each.keeper = event.taker
            each.grants = granted_to(each.grants, event.giver, event.taker)
    renew_classes(state, event.taker)
    for key in [each for each in state.powers.acceptances if each[0] == event.account]:
        del state.powers.acceptances[key]
    handed_over(state, event.account, event.giver, event.time)
    breaks_handed_over(state, account, event.giver)
    for carried in event.carried:
        _carry(state, carried, event)
    state.follow(WorkKind.TAX, event.taker)  # what is withheld hangs on whose account it is
    retry_all(state)


def granted_to(grants: tuple[Grant, ...], giver: PartyNumber, taker: PartyNumber) -> tuple[Grant, ...]:
    """A client's rights of its old custodian over its account are the new one's, until the client takes them back."""
    kept = {(grant.party, grant.right, grant.asset): grant for grant in grants if grant.party != giver}
    for grant in grants:
        if grant.party == giver:
            key = taker, grant.right, grant.asset
            until = max(grant.until, kept[key].until) if key in kept else grant.until
            kept[key] = Grant(taker, grant.right, grant.asset, until)
    return tuple(kept.values())


def _hand(state: State, account: Account, taker: PartyNumber) -> None:
    state.parties[account.holder].accounts.remove(account.number)
    state.parties[taker].accounts.append(account.number)
    account.holder = taker


def _carry(state: State, carried: Carried, event: ClientsPorted) -> None:
    """An instruction is the new party's. What it is filed under names its party, so it is filed anew."""
    settlement = state.settlement
    instruction = settlement.instructions[carried.instruction]
    transaction = settlement.transactions.get(instruction.transaction)
    if transaction is None:
        unfile(settlement, instruction)
    else:
        unqueue(state, transaction)
        transaction.reason, transaction.waits = Reason.NMAT, 0  # untold: what it waits for is told to its new side
    del settlement.references[instruction.party, instruction.order.reference]
    instruction.party, instruction.order = event.taker, replace(instruction.order, reference=carried.reference)
    settlement.references[event.taker, carried.reference] = instruction.number
    instruction.key = matching_key(event.taker, instruction.order)
    if transaction is None:
        file(settlement, instruction.number, instruction.key)
        instruction.alleged = False  # the counterparty is told again, of its new party
        awaits_telling(state, instruction.number, event.time)
    else:
        state.follow(WorkKind.SETTLE, transaction.number)


def sees_accepted(state: State, event: ClientsAccepted) -> Audience:
    """The custodian that accepts."""
    return (event.party,)


def sees_ported(state: State, event: ClientsPorted) -> Audience:
    """Both custodians, who keeps the account, and the clients in the book behind it. Which instructions go with it only
    the custodians are told (`views.narrow`)."""
    clients = (each.holder for each in state.accounts.values() if each.tier == event.account)
    return tuple(dict.fromkeys((event.giver, event.taker, state.accounts[event.account].keeper, *clients)))
