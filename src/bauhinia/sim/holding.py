"""What becomes of moneys on a day of a random life: tiers and wallets of a bank's token, elections with a fallback, and
a stablecoin with its licence, its reserves and its redemptions."""

from __future__ import annotations

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.invariants import outstanding
from bauhinia.ledger.moneys import Reserve
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.rulebooks import Provision
from bauhinia.ledger.wallets import WalletTier
from bauhinia.rules.funding import AppointPayingAccount
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.onboarding import Attest, Elect
from bauhinia.rules.reconciliation import StateReserves
from bauhinia.rules.recording import GONE
from bauhinia.rules.reserves import MoveReserve, NameReserves, reserve_of
from bauhinia.rules.wallets import AssignWallet, DefineWalletTiers
from bauhinia.sim.founding import CLIENTS, DIRECT, SYSTEM, Life, publish
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AssetNumber

PAYERS = ("Issuer", "Guarantor", "Bank", "C1", "C2", "omnibus 1", "omnibus 2")  # of no tier that limits them
CODE, LAW = "HKD.coin", "coins"
PROMISES = (
    Provision("money.licence", "coin_licence granted", "house rule"),
    Provision("money.redemption_days", "1", "house rule"),
    Provision("money.statement_days", "1", "house rule"),
)


def tiers(life: Life) -> None:
    """The bank defines its tiers, or other limits: where they are narrower than what someone holds, it may not."""
    most = life.chance.randrange(20, 2_000)
    small = WalletTier("small", most, most // 2, most, 3 * most, life.chance.choice((0, 0, 1)))
    defined = DefineWalletTiers(life.deposit, (small, WalletTier("free")), (life.party("C1"),))
    if life.deposit in life.state.moneys.wallets:
        life.stage.send("Bank", defined)
        return
    life.stage.does("Bank", defined)
    life.stage.does("Bank", *(AssignWallet(life.at[label], life.deposit, "free") for label in PAYERS))


def wallet(life: Life) -> None:
    """Someone is given a wallet, another one, or none any more; by the bank, by who may, by who may not."""
    name = life.one_of((*DIRECT, *CLIENTS))
    tier = life.one_of(("small", "small", "free", ""))
    life.stage.send(life.one_of(("Bank", "Bank", "C1", "HKMA")), AssignWallet(life.at[name], life.deposit, tier))


def deposits(life: Life) -> None:
    """The bank's customers pay in, and give back."""
    name = life.one_of((*DIRECT, *CLIENTS))
    life.stage.send("Bank", MintMoney(life.deposit, life.at[name], life.chance.randrange(1, 1_500), "paid in"))
    name = life.one_of((*DIRECT, *CLIENTS))
    held = life.state.positions.available(life.at[name], life.deposit)
    if held:
        life.stage.send(name, RedeemMoney(life.deposit, life.at[name], life.chance.randrange(1, held + 1), "paid out"))


def pay_in_deposits(life: Life) -> None:
    """The agent pays a bond in the bank's token too."""
    state = life.state
    base = life.one_of(list(life.bonds.values()))
    bond = state.issues.bonds[base]
    appointed = state.servicing.paying_in(base, life.deposit)
    if appointed or bond.conditions.tax or bond.status in GONE or life.deposit not in state.moneys.wallets:
        return
    paying, suspense = (
        life.stage.account("Agent", purpose, label=f"{purpose.name} {base} in deposits")
        for purpose in (Purpose.PAYING, Purpose.SUSPENSE)
    )
    life.stage.send("Agent", AppointPayingAccount(base, life.deposit, paying, suspense))


def elect(life: Life) -> None:
    """A holder, or a keeper for its book, says in which order of moneys it is paid."""
    label = life.one_of((*DIRECT, *CLIENTS, "omnibus 1", "omnibus 2"))
    order = life.chance.sample((life.deposit, life.token, life.rtgs), life.chance.randrange(1, 4))
    holder = life.stage.name_of(life.state.accounts[life.at[label]].holder)
    life.stage.send(holder, Elect(life.at[label], "HKD", order[0], tuple(order[1:])))


def coin(life: Life) -> None:
    """The next thing that becomes of the stablecoin."""
    if CODE not in life.state.codes:
        _create(life)
        return
    number = life.state.codes[CODE]
    life.one_of((_mint, _mint, _cover, _state, _state, _redeem, _redeem, _name, _license))(life, number)


def _create(life: Life) -> None:
    stage = life.stage
    if LAW not in life.state.rulebooks:
        publish(life, LAW, 1, PROMISES)
        stage.account("Bank", Purpose.RESERVE, label="coin reserve")
        stage.account("Bank", Purpose.ISSUER, label="issue of coin")
    made = CreateMoney(
        CODE, CODE, "HKD", MoneyKind.STABLECOIN, SYSTEM, life.at["issue of coin"], 1 << 50, NO_ACCOUNT, NO_ASSET, 1, LAW
    )
    if not stage.tries("Bank", made):
        _license(life, NO_ASSET)
        if not stage.tries("Bank", made):
            return
    _name(life, life.state.codes[CODE])


def _license(life: Life, number: AssetNumber) -> None:
    until = life.state.time + life.chance.randrange(5, 60) * DAY
    life.stage.send("Attester", Attest(life.party("Bank"), "coin_licence", "granted", until))


def _name(life: Life, number: AssetNumber) -> None:
    """Reserves in tokens and with a keeper; redemptions are paid out of the one, or in the RTGS."""
    reserves = (Reserve(life.at["coin reserve"], life.token),)
    paid_in = life.one_of((life.token, life.token, life.rtgs))
    life.stage.send("Bank", NameReserves(number, reserves, life.party("C1"), paid_in))


def _state(life: Life, number: AssetNumber) -> None:
    """The keeper states what it holds: about half of what is outstanding, or too little."""
    owed = outstanding(life.state, life.state.assets[number])
    amount = life.chance.randrange(owed // 4, owed + 500) if life.likely(80) else 0
    life.stage.send("C1", StateReserves(number, life.today, amount))


def _cover(life: Life, number: AssetNumber) -> None:
    """The bank brings money into the reserve, or takes some out."""
    amount, out = life.chance.randrange(1, 1_000), life.likely(30)
    if not out:
        life.mint("Bank", amount)
    life.stage.send("Bank", MoveReserve(number, life.at["coin reserve"], life.at["Bank"], amount, out))


def _mint(life: Life, number: AssetNumber) -> None:
    cover = life.state.moneys.covers.get(number)
    spare = 0
    if cover is not None:
        spare = reserve_of(life.state, number, cover) - outstanding(life.state, life.state.assets[number])
    amount = spare if spare > 0 and life.likely(70) else life.chance.randrange(1, 400)
    life.stage.send("Bank", MintMoney(number, life.at[life.one_of(DIRECT)], amount, "sold"))


def _redeem(life: Life, number: AssetNumber) -> None:
    name = life.one_of(DIRECT)
    held = life.state.positions.available(life.at[name], number)
    if held:
        amount = held if life.likely(60) else life.chance.randrange(1, held + 1)
        life.stage.send(name, RedeemMoney(number, life.at[name], amount, "given back"))
