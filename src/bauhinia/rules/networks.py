"""Networks of banks: founded, joined, funded.

A network's operator founds it for one currency, under a rulebook that says how its banks settle with each other. A bank
asks to join with a token of its own deposits, and is admitted by the operator. Each bank admits its own customers; an
account may be with several banks, as a person may.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.assets import Asset, AssetKind, MoneyKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.networks import ClaimMode, Member, Network
from bauhinia.ledger.parties import Purpose, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.cover import require_covered
from bauhinia.rules.money import MoneyCreated
from bauhinia.rules.onboarding import AccountOpened
from bauhinia.rules.routing import CLAIMS, network_of, require_settling
from bauhinia.rules.settlement import require_movable, settle_now
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ACCOUNT,
    AccountNumber,
    AssetNumber,
    NetworkNumber,
    PartyNumber,
    SystemNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

CUSTOMERS = (Purpose.OWN, Purpose.SEGREGATED, Purpose.OMNIBUS, Purpose.ESCROW, Purpose.COLLATERAL)
LONGEST_NAME = 30  # the codes of its moneys are made of it


@dataclass(slots=True)
class CreateNetwork:
    """A command of four eyes by whoever is to operate it: a network of banks in one currency.

    `rulebook` says by the provision `network.claims` how banks settle with each other; `settlement` is the money on the
    ledger, and `rtgs` the one outside, in which they may (zero where there is none).
    """

    name: str
    currency: str
    system: SystemNumber
    rulebook: str
    settlement: AssetNumber
    rtgs: AssetNumber


@dataclass(slots=True)
class JoinNetwork:
    """A command of four eyes by a bank: it asks to join, with the token of its deposits and its own account."""

    network: NetworkNumber
    token: AssetNumber
    account: AccountNumber


@dataclass(slots=True)
class AdmitMember:
    """A command of four eyes by the network's operator: a bank that has asked becomes a member."""

    network: NetworkNumber
    bank: PartyNumber


@dataclass(slots=True)
class AdmitCustomer:
    """A command of four eyes by a member: an account holds its deposits and is paid in them."""

    network: NetworkNumber
    account: AccountNumber


@dataclass(slots=True)
class FundPosition:
    """A command by a member: settlement money of its own account becomes its position, or its collateral, in the
    network."""

    network: NetworkNumber
    amount: Units
    collateral: bool


@dataclass(slots=True)
class WithdrawFunds:
    """A command by a member: settlement money of its position, or of its collateral, comes back to its own account."""

    network: NetworkNumber
    amount: Units
    collateral: bool


@dataclass(slots=True)
class NetworkCreated:
    network: NetworkNumber
    name: str
    currency: str
    operator: PartyNumber
    system: SystemNumber
    rulebook: str
    settlement: AssetNumber
    rtgs: AssetNumber
    par: AssetNumber
    credit: AssetNumber
    credit_account: AccountNumber


@dataclass(slots=True)
class MembershipAsked:
    network: NetworkNumber
    bank: PartyNumber
    token: AssetNumber
    account: AccountNumber


@dataclass(slots=True)
class MemberAdmitted:
    """The accounts that the network keeps for a bank have just been opened, and its lines created."""

    network: NetworkNumber
    bank: PartyNumber
    token: AssetNumber
    own: AccountNumber
    position: AccountNumber
    transit: AccountNumber
    collateral: AccountNumber
    lines: AssetNumber
    lines_account: AccountNumber


@dataclass(slots=True)
class CustomerAdmitted:
    network: NetworkNumber
    account: AccountNumber
    bank: PartyNumber


def create_network(step: Step, command: CreateNetwork) -> None:
    """Checked in order: the name, not taken; currency; system; a rulebook that names a mode; the moneys, of that
    currency, on the ledger and outside; that the mode has the one it needs."""
    state = step.state
    require_text(command.name, "name", LONGEST_NAME)
    codes = (command.name, f"{command.name}/credit")
    require(not any(code in state.codes for code in codes), Reason.DUPLICATE, command.name)
    require(command.currency in MINOR_UNITS, Reason.WRONG_CURRENCY, command.currency)
    require(command.system in state.days.systems, Reason.UNKNOWN_SYSTEM, command.system)
    rulebook = known(state.rulebook(command.rulebook), Reason.UNKNOWN_RULEBOOK, command.rulebook)
    said = rulebook.value(CLAIMS)
    require(said in ClaimMode.__members__, Reason.UNKNOWN_RULEBOOK, command.rulebook, CLAIMS, said)
    for field_name, asset in (("settlement", command.settlement), ("rtgs", command.rtgs)):
        if asset:
            money = state.asset(asset)
            right = money.kind is AssetKind.MONEY and money.on_ledger is (field_name == "settlement")
            require(
                right and money.money not in (MoneyKind.NETWORK, MoneyKind.CREDIT),
                Reason.UNKNOWN_ASSET,
                field_name,
                asset,
            )
            require(money.currency == command.currency, Reason.WRONG_CURRENCY, field_name, money.currency)
    number = NetworkNumber(len(state.networks.networks) + 1)
    account, par = AccountNumber(len(state.accounts) + 1), AssetNumber(len(state.assets) + 1)
    credit = AssetNumber(par + 1)
    created = NetworkCreated(
        number, command.name, command.currency, step.asker, command.system, command.rulebook, command.settlement,
        command.rtgs, par, credit, account,
    )  # fmt: skip
    require_settling(_network(created), ClaimMode[said])
    _open(step, step.asker, Purpose.ISSUER, f"{command.name}: credit", step.asker)
    step.emit(MoneyCreated(_money(created, par, codes[0], step.asker, account, MoneyKind.NETWORK)))
    step.emit(MoneyCreated(_money(created, credit, codes[1], step.asker, account, MoneyKind.CREDIT)))
    step.emit(created)


def _money(
    network: Network | NetworkCreated, number: AssetNumber, code: str, issuer: PartyNumber, account: AccountNumber,
    kind: MoneyKind,
) -> Asset:  # fmt: skip
    most = LIMIT - 1 if kind is MoneyKind.CREDIT else 0  # what is par to all is owed by each bank, not by the network
    return Asset(
        number, AssetKind.MONEY, code, code, network.currency, MINOR_UNITS[network.currency], issuer, account, most,
        1, 1, issuer, network.system, money=kind, base=number,
    )  # fmt: skip


def _open(step: Step, holder: PartyNumber, purpose: Purpose, name: str, keeper: PartyNumber) -> AccountNumber:
    number = AccountNumber(len(step.state.accounts) + 1)
    step.emit(AccountOpened(number, holder, purpose, name, keeper, NO_ACCOUNT, NO_ACCOUNT, step.time))
    return number


def join_network(step: Step, command: JoinNetwork) -> None:
    """Checked in order: the network, in which the bank neither is nor has asked; the token, of its own deposits and of
    that currency, in no network; its own account."""
    state = step.state
    network = network_of(state, command.network)
    there = step.asker in network.members or step.asker in network.asking
    require(not there, Reason.ALREADY_DONE, "network", command.network)
    token = state.asset(command.token)
    own = token.money is MoneyKind.DEPOSIT_TOKEN and token.issuer == step.asker
    require(own, Reason.UNKNOWN_ASSET, "token", command.token)
    require(token.currency == network.currency, Reason.WRONG_CURRENCY, token.currency)
    require(command.token not in state.networks.of_token, Reason.DUPLICATE, "token", command.token)
    account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, command.account)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, command.account)
    require(account.purpose is Purpose.OWN, Reason.PURPOSE, command.account, account.purpose.name)
    require(not account.closed, Reason.CLOSED, command.account)
    step.emit(MembershipAsked(command.network, step.asker, command.token, command.account))


def admit_member(step: Step, command: AdmitMember) -> None:
    """Checked in order: the network, which the asker operates; the bank, which has asked and is active."""
    state = step.state
    network = operated(step, command.network)
    asked = known(network.asking.get(command.bank), Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(state.parties[command.bank].standing is Standing.ACTIVE, Reason.SUSPENDED, "bank", command.bank)
    code = f"{network.name}/{state.assets[asked[0]].code}"
    require(code not in state.codes, Reason.DUPLICATE, code)
    position, transit, collateral = (
        _open(step, command.bank, Purpose.NETWORK, f"{network.name}: {what}", step.asker)
        for what in ("position", "transit", "collateral")
    )
    issuer = _open(step, command.bank, Purpose.ISSUER, f"{network.name}: lines", step.asker)
    lines = AssetNumber(len(state.assets) + 1)
    step.emit(MoneyCreated(_money(network, lines, code, command.bank, issuer, MoneyKind.CREDIT)))
    kept = position, transit, collateral
    step.emit(MemberAdmitted(network.number, command.bank, *asked, *kept, lines, issuer))


def admit_customer(step: Step, command: AdmitCustomer) -> None:
    """Checked in order: the network, of which the asker is a member; the account, of a customer, and not admitted by it
    before."""
    network = network_of(step.state, command.network)
    member_of(network, step.asker)
    account = step.state.account(command.account)
    require(account.purpose in CUSTOMERS and not account.tier, Reason.PURPOSE, command.account, account.purpose.name)
    require(not account.closed, Reason.CLOSED, command.account)
    admitted = step.asker in network.customers.get(command.account, ())
    require(not admitted, Reason.ALREADY_DONE, "account", command.account)
    step.emit(CustomerAdmitted(network.number, command.account, step.asker))


def fund_position(step: Step, command: FundPosition) -> None:
    """Checked in order: the network, of which the asker is a member; amount; that its own account has it."""
    network, member, kept = _funds(step, command)
    legs = [Leg(network.settlement, member.own, kept, command.amount)]
    require_movable(step.state, legs, step.time)
    settle_now(step, TransactionKind.LIQUIDITY, legs, step.state.days.systems[network.system].date)


def withdraw_funds(step: Step, command: WithdrawFunds) -> None:
    """Checked in order: the network, of which the asker is a member; amount; that collateral left behind still covers
    what banks may owe; that it has so much there."""
    network, member, kept = _funds(step, command)
    if command.collateral:
        require_covered(step.state, network, member.bank, withdrawn=command.amount)
    legs = [Leg(network.settlement, kept, member.own, command.amount)]
    require_movable(step.state, legs, step.time)
    settle_now(step, TransactionKind.LIQUIDITY, legs, step.state.days.systems[network.system].date)


def _funds(step: Step, command: FundPosition | WithdrawFunds) -> tuple[Network, Member, AccountNumber]:
    network = network_of(step.state, command.network)
    member = member_of(network, step.asker)
    require(network.settlement, Reason.STATE, "network", network.number, "has no settlement money")
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    return network, member, member.collateral if command.collateral else member.position


def member_of(network: Network, bank: PartyNumber) -> Member:
    """The membership of a bank; to whoever is no member there is no such network."""
    return known(network.members.get(bank), Reason.UNKNOWN_NETWORK, network.number)


def operated(step: Step, number: NetworkNumber) -> Network:
    """A network that the asker operates."""
    network = network_of(step.state, number)
    require(network.operator == step.asker, Reason.UNKNOWN_NETWORK, number)
    return network


def _network(event: NetworkCreated) -> Network:
    return Network(
        event.network, event.name, event.currency, event.operator, event.system, event.rulebook, event.settlement,
        event.rtgs, event.par, event.credit, event.credit_account,
    )  # fmt: skip


def on_network_created(state: State, event: NetworkCreated) -> None:
    state.networks.networks[event.network] = _network(event)
    state.networks.of_par[event.par] = event.network


def on_membership_asked(state: State, event: MembershipAsked) -> None:
    state.networks.networks[event.network].asking[event.bank] = event.token, event.account


def on_member_admitted(state: State, event: MemberAdmitted) -> None:
    network = state.networks.networks[event.network]
    network.asking.pop(event.bank, None)
    network.members[event.bank] = Member(
        event.bank, event.token, event.own, event.position, event.transit, event.collateral, event.lines,
        event.lines_account,
    )  # fmt: skip
    state.networks.of_token[event.token] = event.network


def on_customer_admitted(state: State, event: CustomerAdmitted) -> None:
    state.networks.networks[event.network].customers.setdefault(event.account, []).append(event.bank)


def sees_network(state: State, event: NetworkCreated | MemberAdmitted) -> Audience:
    """Which networks there are, and who is in them, is public; the accounts say nothing to others."""
    return (EVERYONE,)


def sees_asked(state: State, event: MembershipAsked) -> Audience:
    """The bank, and who decides."""
    return (event.bank, state.networks.networks[event.network].operator)


def sees_customer(state: State, event: CustomerAdmitted) -> Audience:
    """The bank, and the account's holder and keeper: who banks where is nobody else's business."""
    account = state.accounts[event.account]
    return (event.bank, account.holder, account.keeper)
