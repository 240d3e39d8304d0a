"""How a deposit goes from one bank's customer to another's: burned at the one, the claim between the banks, minted at
the other, all in one posting.

Deposits at different banks are different claims, and nobody owes for another. So the payer's tokens end with the
payer's bank, the payee's begin with the payee's, and between them moves what makes the two banks even: settlement
money; or, where claims are netted, the credit that the one may still use (`ledger.networks`). Each bank sees its own
book alone.
"""

from __future__ import annotations

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.networks import ClaimMode, Member, Network
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import Outside
from bauhinia.words.ids import NO_PARTY, AccountNumber, AssetNumber, NetworkNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, must, require

CLAIMS = "network.claims"


def provision_of(state: State, network: Network, name: str, otherwise: str = "") -> str:
    """What the network's rulebook in force says; `otherwise` where it says nothing."""
    rulebook = state.rulebook(network.rulebook)
    return rulebook.value(name, otherwise) if rulebook else otherwise


def mode_of(state: State, network: Network) -> ClaimMode:
    """How the rulebook in force has claims between banks settled. A word that is no mode is told when it is published
    for a network; prefunded where it says none."""
    return ClaimMode.__members__.get(provision_of(state, network, CLAIMS), ClaimMode.PREFUNDED)


def network_of(state: State, number: NetworkNumber) -> Network:
    return known(state.networks.networks.get(number), Reason.UNKNOWN_NETWORK, number)


def bank_of(state: State, network: Network, account: AccountNumber, named: PartyNumber = NO_PARTY) -> PartyNumber:
    """The bank at which an account pays or is paid in a network: the one that is named; else the one whose token the
    account's holder has elected for the currency; else the first that has admitted it. Nobody where none has."""
    banks = network.customers.get(account)
    if not banks:
        return NO_PARTY
    if named:
        return named if named in banks else NO_PARTY
    elected = state.accounts[account].elections.get(network.currency)
    if elected and len(banks) > 1:
        for bank in banks:
            if network.members[bank].token == elected:
                return bank
    return banks[0]


def require_settling(network: Network, mode: ClaimMode) -> None:
    """Refuse where a network lacks the money that its rulebook's mode settles in."""
    needs = network.rtgs if mode is ClaimMode.RTGS_FIRST else network.settlement
    require(needs, Reason.STATE, "network", network.number, "has no money for", mode.name)


def deposit_legs(
    state: State, network: Network, mode: ClaimMode, payer: tuple[AccountNumber, PartyNumber],
    payee: tuple[AccountNumber, PartyNumber], amount: Units,
) -> list[Leg]:  # fmt: skip
    """The legs of a deposit from an account at one bank to one at another, or at the same. Where the banks settle
    outside the ledger there is none between them (`outside`)."""
    giver, taker = network.members[payer[1]], network.members[payee[1]]
    if giver is taker:
        return [Leg(giver.token, payer[0], payee[0], amount)]
    legs = [Leg(giver.token, payer[0], state.assets[giver.token].issuer_account, amount)]
    legs += claim_legs(network, mode, giver, taker, amount)
    legs.append(Leg(taker.token, state.assets[taker.token].issuer_account, payee[0], amount))
    return legs


def claim_legs(network: Network, mode: ClaimMode, giver: Member, taker: Member, amount: Units) -> list[Leg]:
    """What makes two banks even. Where claims are netted: the payer's bank has so much less to owe all others, and so
    much less of the payee's bank's line; the payee's has more of both."""
    if mode is ClaimMode.RTGS_FIRST:
        return []
    if mode is ClaimMode.CENTRAL_BANK:
        return [Leg(network.settlement, giver.own, taker.own, amount)]
    if mode is ClaimMode.NETTED:
        return [
            Leg(network.credit, giver.position, taker.position, amount),
            Leg(taker.lines, giver.position, taker.lines_account, amount),
            Leg(giver.lines, giver.lines_account, taker.position, amount),
        ]
    return [Leg(network.settlement, giver.position, taker.position, amount)]


def outside(
    network: Network, mode: ClaimMode, payer_bank: PartyNumber, payee_bank: PartyNumber, amount: Units
) -> Outside | None:
    """What the payer's bank pays the payee's outside the ledger, if it does."""
    if mode is not ClaimMode.RTGS_FIRST or payer_bank == payee_bank:
        return None
    return network.rtgs, payer_bank, payee_bank, amount


def network_of_par(state: State, money: AssetNumber) -> Network | None:
    """The network for whose deposits a money stands, if it is such a money."""
    number = state.networks.of_par.get(money)
    return state.networks.networks[number] if number else None


def cash_legs(
    state: State, money: AssetNumber, payer: AccountNumber, payee: AccountNumber, amount: Units
) -> tuple[list[Leg], Outside | None]:
    """The legs by which money on the ledger is paid from account to account, and what is paid outside of it: one leg of
    the money itself; or, where it stands for a network's deposits, their route from bank to bank."""
    network = network_of_par(state, money)
    if network is None:
        return [Leg(money, payer, payee, amount)], None
    mode, banks = mode_of(state, network), (bank_of(state, network, payer), bank_of(state, network, payee))
    must(all(banks), "routed a deposit of no customer", payer, payee)
    legs = deposit_legs(state, network, mode, (payer, banks[0]), (payee, banks[1]), amount)
    return legs, outside(network, mode, *banks, amount)


def require_customer(state: State, money: AssetNumber, account: AccountNumber, field_name: str) -> None:
    """Refuse an account that is to pay or be paid in a network's deposits and is with none of its banks; a money that
    is none, or that cannot be paid at all, is not asked about."""
    require(state.assets[money].money is not MoneyKind.CREDIT, Reason.UNKNOWN_ASSET, "money", money)
    network = network_of_par(state, money)
    if network is not None:
        require(bank_of(state, network, account), Reason.UNKNOWN_ACCOUNT, field_name, account)
        require_settling(network, mode_of(state, network))
