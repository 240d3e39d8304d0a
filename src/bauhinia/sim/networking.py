"""A network of banks in a random life: deposits are sent, positions funded, caps set, cycles settled; banks fail and
come back; and every so often the rulebook has claims between banks settled in another way, whatever is under way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.networks import ClaimMode, Network
from bauhinia.ledger.parties import Purpose, Role, Standing
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.clearing import BoundPosition, GrantLine, RepayLoss, SetDebitCap
from bauhinia.rules.deposits import CancelDeposit, SendDeposit
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.netting import SettleCycle
from bauhinia.rules.networks import (
    AdmitCustomer,
    AdmitMember,
    CreateNetwork,
    FundPosition,
    JoinNetwork,
    WithdrawFunds,
)
from bauhinia.rules.onboarding import SetStanding
from bauhinia.sim.founding import DIRECT, SYSTEM, Life, publish
from bauhinia.sim.stage import OPERATOR
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, NO_PARTY, AssetNumber, NetworkNumber

NETWORK = NetworkNumber(1)
RULES = "deposits"
BANKS = ("B1", "B2", "B3", "B4")
KEEPER = "HKMA"  # operates the network
FUNDS = 300_000
SPELL = 8  # days on average before claims are settled in another way
Doing = Callable[[Life], None]


def found_network(life: Life, seed: int) -> None:
    """Four banks join a network; the direct holders bank with two of them each, and have something there."""
    life.banking = Random(f"network {seed}")
    stage = life.stage
    _rules(life, ClaimMode.NETTED)
    stage.does(KEEPER, CreateNetwork("HKD deposits", "HKD", SYSTEM, RULES, life.token, life.rtgs))
    for bank in BANKS:
        stage.party(bank, Role.BANK)
        own = stage.account(bank)
        issue = stage.account(bank, Purpose.ISSUER, label=f"issue of {bank}")
        code = f"HKD.{bank}"
        stage.does(bank, CreateMoney(code, code, "HKD", MoneyKind.DEPOSIT_TOKEN, SYSTEM, issue, 1 << 50, NO_ACCOUNT,
                                     NO_ASSET))  # fmt: skip
        token = stage.state.codes[code]
        stage.does(KEEPER, MintMoney(life.token, own, FUNDS, "reserve"))
        stage.does(bank, JoinNetwork(NETWORK, token, own))
        stage.does(KEEPER, AdmitMember(NETWORK, life.party(bank)))
    for at, name in enumerate(DIRECT):
        for bank in (BANKS[at], BANKS[(at + 1) % len(BANKS)]):
            stage.does(bank, AdmitCustomer(NETWORK, life.at[name]))
            stage.does(bank, MintMoney(_token(life, bank), life.at[name], FUNDS, "paid in"))
    for bank in BANKS:
        stage.does(bank, FundPosition(NETWORK, FUNDS // 4, True))
        for other in BANKS:
            if other != bank:
                stage.does(bank, GrantLine(NETWORK, life.party(other), FUNDS // 8))
    for bank in BANKS:
        stage.does(KEEPER, SetDebitCap(NETWORK, life.party(bank), FUNDS // 2))


def moves(life: Life) -> None:
    """What happens in one hour."""
    if life.banking.randrange(SPELL * 5) == 0:
        _rules(life, life.banking.choice(list(ClaimMode)))
    for _ in range(life.banking.randrange(8) // life.calm):
        life.banking.choice(MOVES)(life)
        if life.banking.randrange(3) == 0:
            life.stage.flush()


def _rules(life: Life, mode: ClaimMode) -> None:
    """From today on claims are settled so; once a day at most."""
    versions = life.state.rulebooks.get(RULES, [])
    if versions and versions[-1].effective >= life.today:
        return
    chance = life.banking
    said = {
        "network.claims": mode.name,
        "network.short": chance.choice(("QUEUE", "QUEUE", "REFUSE")),
        "network.own_cover": "0.5",
        "network.cycles": "11:30 13:30 15:40",
        "network.fund_minutes": chance.choice(("20", "90")),
        "network.close": "15:00",
        "network.loss_by": chance.choice(("LINES", "COLLATERAL")),
        "finality.moment": chance.choice(("SF2", "SF3")),
    }
    provisions = tuple(Provision(name, value, "house rule") for name, value in said.items())
    publish(life, RULES, len(versions) + 1, provisions)


def _network(life: Life) -> Network:
    return life.state.networks.networks[NETWORK]


def _token(life: Life, bank: str) -> AssetNumber:
    return life.state.codes[f"HKD.{bank}"]


def _amount(life: Life) -> int:
    return life.banking.choice((1_000, 10_000, 40_000)) + life.banking.randrange(1_000)


def send(life: Life) -> None:
    """A customer pays another, or itself at its other bank."""
    chance = life.banking
    payer, payee = chance.choice(DIRECT), chance.choice(DIRECT)
    customers = _network(life).customers
    one, other = (chance.choice((NO_PARTY, *customers[life.at[name]])) for name in (payer, payee))
    priority = chance.randrange(1, 5)
    command = SendDeposit(NETWORK, life.at[payer], life.at[payee], _amount(life), "a payment", one, other, priority)
    life.stage.send(payer, command)


def there_and_back(life: Life) -> None:
    """Two customers of two banks pay each other what neither bank may have."""
    payer, payee = life.banking.sample(DIRECT, 2)
    amount = 2 * _amount(life)
    life.stage.send(payer, SendDeposit(NETWORK, life.at[payer], life.at[payee], amount, "there"))
    life.stage.send(payee, SendDeposit(NETWORK, life.at[payee], life.at[payer], amount, "back"))


def cancel(life: Life) -> None:
    """A payer thinks better of it, mostly in time."""
    under_way = [each for each in life.state.networks.transfers.values() if not each.arrived]
    if under_way:
        chosen = life.banking.choice(under_way)
        payer = life.stage.name_of(life.state.accounts[chosen.payer].holder)
        life.stage.send(payer, CancelDeposit(chosen.number))


def funds(life: Life) -> None:
    """A bank moves its own money in, or out again."""
    kind = life.banking.choice((FundPosition, FundPosition, WithdrawFunds))
    life.stage.send(life.banking.choice(BANKS), kind(NETWORK, _amount(life), life.banking.randrange(3) == 0))


def own_money(life: Life) -> None:
    """A bank gets central bank money, or gives most of it back."""
    bank = life.banking.choice(BANKS)
    has = life.state.positions.available(life.at[bank], life.token)
    if has < FUNDS // 2 or life.banking.randrange(2):
        life.stage.send(KEEPER, MintMoney(life.token, life.at[bank], _amount(life), "reserve"))
    elif has:
        life.stage.send(bank, RedeemMoney(life.token, life.at[bank], life.banking.randrange(has // 2, has) + 1, "back"))


def limits(life: Life) -> None:
    """A cap, a line or the bounds of a position change."""
    chance = life.banking
    bank, other = (life.party(name) for name in chance.sample(BANKS, 2))
    amount = chance.choice((0, 10_000, FUNDS // 4, FUNDS // 2))
    match chance.randrange(3):
        case 0:
            life.stage.send(KEEPER, SetDebitCap(NETWORK, bank, amount))
        case 1:
            life.stage.send(life.stage.name_of(other), GrantLine(NETWORK, bank, amount))
        case _:
            life.stage.send(KEEPER, BoundPosition(NETWORK, bank, chance.choice((0, 5_000)), amount))


def cycle(life: Life) -> None:
    """The operator has its banks settle now."""
    life.stage.send(KEEPER, SettleCycle(NETWORK))


def fail(life: Life) -> None:
    """A bank fails, seldom; one that has is back."""
    for bank in BANKS:
        number, chance = life.party(bank), life.banking
        if life.state.parties[number].standing is not Standing.ACTIVE:
            if chance.randrange(2):
                life.stage.send(OPERATOR, SetStanding(number, Standing.ACTIVE, "rescued"))
        elif chance.randrange(24) == 0:
            standing = chance.choice((Standing.SUSPENDED, Standing.INSOLVENT))
            life.stage.send(OPERATOR, SetStanding(number, standing, "a run"))


def repay(life: Life) -> None:
    """Who owes for a default pays of it what it can."""
    for (debtor, creditor), owed in _network(life).owed.items():
        has = life.state.positions.available(life.at[life.stage.name_of(debtor)], life.token)
        command: Any = RepayLoss(NETWORK, creditor, max(min(owed, has), 1))
        life.stage.send(life.stage.name_of(debtor), command)


MOVES: tuple[Doing, ...] = (
    send, send, send, send, there_and_back, cancel, funds, own_money, limits, limits, cycle, fail, repay,
)  # fmt: skip
