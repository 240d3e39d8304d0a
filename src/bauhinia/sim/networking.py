"""The random life of a network of banks: deposits are sent, positions funded, caps set, cycles settled; banks fail and
come back; and every so often the rulebook has claims between banks settled in another way, whatever is under way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.networks import ClaimMode, Network
from bauhinia.ledger.parties import Purpose, Role, Standing
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.clearing import BoundPosition, GrantLine, RepayLoss, SetDebitCap
from bauhinia.rules.deposits import CancelDeposit, SendDeposit
from bauhinia.rules.market import OpenSystem, PublishCalendar
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.netting import SettleCycle, net_of
from bauhinia.rules.networks import (
    AdmitCustomer,
    AdmitMember,
    CreateNetwork,
    FundPosition,
    JoinNetwork,
    WithdrawFunds,
)
from bauhinia.rules.onboarding import SetStanding
from bauhinia.sim import depositing, trading
from bauhinia.sim.founding import DIRECT, FIRST, SYSTEM, TABLE, Life, publish
from bauhinia.sim.stage import OPERATOR, Stage, evolves, open_stage, replays
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, NO_PARTY, AccountNumber, AssetNumber, NetworkNumber

NETWORK = NetworkNumber(1)
RULES = "deposits"
BANKS = ("B1", "B2", "B3", "B4")
KEEPER = "HKMA"  # operates the network
FUNDS = 300_000
SPELL = 5  # days on average before claims are settled in another way
DAYS = 50
HOURS = (9 * 60 + 5, 10 * 60 + 30, 12 * 60 + 30, 14 * 60 + 40, 15 * 60 + 20, 16 * 60 + 30)
MOST_MOVES = 10
Doing = Callable[[Life], None]


def live_network(seed: int) -> Stage:
    """One whole life, in a market of its own. Raises Unsound, or Fault, where something is wrong."""
    life = _found(seed)
    stage = life.stage
    for _ in range(DAYS):
        today = life.today
        if life.chance.randrange(SPELL) == 0:
            _rules(life, life.chance.choice((*ClaimMode, ClaimMode.NETTED)))
        for minute in HOURS:
            stage.until(today, minute)
            for _ in range(life.chance.randrange(MOST_MOVES)):
                life.chance.choice(MOVES)(life)
                if life.likely(20):
                    stage.flush()
            trading.answer_payments(life)
        stage.until(today, TABLE.end_of_day + 1)
    replays(stage)
    replays(stage, tuple(sorted(Random(seed).sample(range(2, len(stage.blocks)), 3))))
    evolves(stage)
    return stage


def _found(seed: int) -> Life:
    """Four banks join a network; the direct holders bank with two of them each, and have something there."""
    life = Life(open_stage(FIRST, 97), Random(f"network {seed}"))
    stage = life.stage
    stage.does(OPERATOR, PublishCalendar(Calendar("HK", 1, date(2020, 1, 1), date(2026, 12, 31), ())))
    stage.does(OPERATOR, OpenSystem("CMU", ("HK",), TABLE, FIRST))
    stage.until(FIRST, TABLE.opens)
    stage.party(KEEPER, Role.CENTRAL_BANK)
    life.rtgs = _money(life, KEEPER, MoneyKind.RTGS)
    reserve = stage.account(KEEPER, Purpose.RESERVE, label="reserve")
    life.token = _money(life, KEEPER, MoneyKind.CENTRAL_BANK_TOKEN, (reserve, life.rtgs))
    _rules(life, ClaimMode.NETTED)
    stage.does(KEEPER, CreateNetwork("HKD deposits", "HKD", SYSTEM, RULES, life.token, life.rtgs))
    for bank in BANKS:
        stage.party(bank, Role.BANK)
        stage.account(bank)
        token = _money(life, bank, MoneyKind.DEPOSIT_TOKEN)
        life.mint(bank, FUNDS)
        stage.does(bank, JoinNetwork(NETWORK, token, life.at[bank]))
        stage.does(KEEPER, AdmitMember(NETWORK, life.party(bank)))
    for at, name in enumerate(DIRECT):
        stage.party(name, Role.INVESTOR)
        stage.account(name)
        for bank in (BANKS[at], BANKS[(at + 1) % len(BANKS)]):
            stage.does(bank, AdmitCustomer(NETWORK, life.at[name]))
            token = _network(life).members[life.party(bank)].token
            stage.does(bank, MintMoney(token, life.at[name], FUNDS, "paid in"))
    for bank in BANKS:
        stage.does(bank, FundPosition(NETWORK, FUNDS // 10, True))
        for other in BANKS:
            if other != bank:
                stage.does(bank, GrantLine(NETWORK, life.party(other), FUNDS // 8))
    for bank in BANKS:
        stage.does(KEEPER, SetDebitCap(NETWORK, life.party(bank), FUNDS // 5))
    return life


def _money(
    life: Life, issuer: str, kind: MoneyKind, reserve: tuple[AccountNumber, AssetNumber] = (NO_ACCOUNT, NO_ASSET)
) -> AssetNumber:
    code = f"HKD.{issuer}.{kind.name}"
    account = life.stage.account(issuer, Purpose.ISSUER, label=f"issue of {code}")
    life.stage.does(issuer, CreateMoney(code, code, "HKD", kind, SYSTEM, account, 1 << 50, *reserve))
    return life.state.codes[code]


def _rules(life: Life, mode: ClaimMode) -> None:
    """From today on claims are settled so; once a day at most."""
    versions = life.state.rulebooks.get(RULES, [])
    if versions and versions[-1].effective >= life.today:
        return
    chance = life.chance
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


def _amount(life: Life) -> int:
    return life.chance.choice((1_000, 10_000, 40_000)) + life.chance.randrange(1_000)


def send(life: Life) -> None:
    """A customer pays another, or itself at its other bank."""
    chance = life.chance
    payer, payee = chance.choice(DIRECT), chance.choice(DIRECT)
    customers = _network(life).customers
    one, other = (chance.choice((NO_PARTY, *customers[life.at[name]])) for name in (payer, payee))
    priority = chance.randrange(1, 5)
    command = SendDeposit(NETWORK, life.at[payer], life.at[payee], _amount(life), "a payment", one, other, priority)
    life.stage.send(payer, command)


def there_and_back(life: Life) -> None:
    """Two customers of two banks pay each other what neither bank may have."""
    payer, payee = life.chance.sample(DIRECT, 2)
    amount = 2 * _amount(life)
    life.stage.send(payer, SendDeposit(NETWORK, life.at[payer], life.at[payee], amount, "there"))
    life.stage.send(payee, SendDeposit(NETWORK, life.at[payee], life.at[payer], amount, "back"))


def cancel(life: Life) -> None:
    """A payer thinks better of it, mostly in time."""
    under_way = [each for each in life.state.networks.transfers.values() if not each.arrived]
    if under_way:
        chosen = life.chance.choice(under_way)
        payer = life.stage.name_of(life.state.accounts[chosen.payer].holder)
        life.stage.send(payer, CancelDeposit(chosen.number))


def funds(life: Life) -> None:
    """A bank moves its own money in, or out again."""
    kind = life.chance.choice((FundPosition, FundPosition, WithdrawFunds))
    life.stage.send(life.chance.choice(BANKS), kind(NETWORK, _amount(life), life.chance.randrange(3) == 0))


def own_money(life: Life) -> None:
    """A bank gets central bank money, or gives most of it back."""
    bank = life.chance.choice(BANKS)
    has = life.state.positions.available(life.at[bank], life.token)
    if has < FUNDS // 2 or life.chance.randrange(2):
        life.mint(bank, _amount(life))
    elif has:
        life.stage.send(bank, RedeemMoney(life.token, life.at[bank], life.chance.randrange(has // 2, has) + 1, "back"))


def limits(life: Life) -> None:
    """A cap, a line or the bounds of a position change."""
    chance = life.chance
    bank, other = (life.party(name) for name in chance.sample(BANKS, 2))
    amount = chance.choice((0, 10_000, FUNDS // 8, FUNDS // 5))
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
    """A bank fails, seldom, and more often one that owes much; one that has is back."""
    network, chance = _network(life), life.chance
    for bank in BANKS:
        number = life.party(bank)
        if life.state.parties[number].standing is not Standing.ACTIVE:
            if chance.randrange(5):
                life.stage.send(OPERATOR, SetStanding(number, Standing.ACTIVE, "rescued"))
        elif chance.randrange(2 if -net_of(life.state, network, network.members[number]) > FUNDS // 9 else 40) == 0:
            standing = chance.choice((Standing.SUSPENDED, Standing.INSOLVENT))
            life.stage.send(OPERATOR, SetStanding(number, standing, "a run"))


def run_on(life: Life) -> None:
    """Whoever can leaves a bank for another one; as often as not it fails of that."""
    network, chance = _network(life), life.chance
    bank, refuge = (life.party(name) for name in chance.sample(BANKS, 2))
    life.stage.send(KEEPER, SetDebitCap(NETWORK, bank, FUNDS // 5))
    for name in (name for name in BANKS if life.party(name) != bank):
        life.stage.send(name, GrantLine(NETWORK, bank, FUNDS // 5))
    to = next(name for name in DIRECT if refuge in network.customers[life.at[name]])
    for name in (each for each in DIRECT if bank in network.customers[life.at[each]]):
        for _ in range(3):
            command = SendDeposit(NETWORK, life.at[name], life.at[to], 18_000, "away", bank, refuge, 1)
            life.stage.send(name, command)
    if chance.randrange(3) == 0:
        life.stage.send(OPERATOR, SetStanding(bank, Standing.INSOLVENT, "a run"))


def repay(life: Life) -> None:
    """Who owes for a default pays of it what it can."""
    for (debtor, creditor), owed in _network(life).owed.items():
        has = life.state.positions.available(life.at[life.stage.name_of(debtor)], life.token)
        command: Any = RepayLoss(NETWORK, creditor, max(min(owed, has), 1))
        life.stage.send(life.stage.name_of(debtor), command)


def beside(life: Life) -> None:
    """Deposits on condition, requests, returns, screening, bridges."""
    depositing.beside(life, NETWORK, BANKS)


MOVES: tuple[Doing, ...] = (
    send, send, send, send, there_and_back, cancel, funds, own_money, limits, limits, cycle, fail, fail, run_on, repay,
    beside, beside, beside, beside,
)  # fmt: skip
