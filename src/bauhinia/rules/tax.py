"""Tax withheld at source: pools behind omnibus accounts, remittance to the authority, and reclaims.

The withholding agent that a bond's regime names keeps what is withheld in one account a bond and money, remits it to
the authority, and pays back what was withheld too much while it still has it; after that the holder's claim goes to the
authority. `withholding` says how much is withheld of whom, `advising` what holders are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bauhinia.bond.roll import add_months
from bauhinia.ledger.actions import Action, Record
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.parties import NEVER_PAID, Account, Purpose
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.ledger.taxes import Pool, Reclaim, ReclaimStatus, TaxAccount, TaxRegime
from bauhinia.rules.electing import hindrance
from bauhinia.rules.recording import GONE
from bauhinia.rules.settlement import accepts, pay_owed, require_movable, settle_now
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.rules.withholding import (
    TaxAssessed,
    assess,
    book_below,
    document_rate,
    parts_by,
    regime_of,
    untouched,
)
from bauhinia.words.ids import AccountNumber, ActionNumber, AssetNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, Refused, known, require

MOST_POOLS = 64


@dataclass(slots=True)
class AppointTaxAccount:
    """A command of four eyes by the withholding agent: what is withheld on a bond in `money` goes to `account` (purpose
    TAX), and from there to the authority's account `remitted_to`. In place of one that is closed it is another."""

    asset: AssetNumber
    money: AssetNumber
    account: AccountNumber
    remitted_to: AccountNumber


@dataclass(slots=True)
class DeclarePools:
    """A command by a keeper, after the record date and before payment: at what rates the clients for whom it holds on
    an account are taxed, in place of what it declared before. The rest of its holding is at the statutory rate; the
    keeper answers for it."""

    action: ActionNumber
    account: AccountNumber
    pools: tuple[Pool, ...]


@dataclass(slots=True)
class RemitTax:
    """A command by the withholding agent: so much of what was withheld goes to the authority."""

    action: ActionNumber
    money: AssetNumber
    amount: Units


@dataclass(slots=True)
class ReclaimTax:
    """A command by a holder of record, or by the keeper of its account: tax back, since its holding should have been
    taxed in these pools, the rest at the statutory rate. `evidence` is the SHA-256 hash of the document."""

    action: ActionNumber
    account: AccountNumber
    pools: tuple[Pool, ...]
    evidence: bytes


@dataclass(slots=True)
class DecideReclaim:
    """A command of four eyes by the withholding agent: it grants a reclaim, or refuses it and says `why`."""

    reclaim: int
    grant: bool
    why: str


@dataclass(slots=True)
class RefundTax:
    """A command by the authority: it pays a reclaim that was forwarded to it, from `account`."""

    reclaim: int
    account: AccountNumber


@dataclass(slots=True)
class TaxAccountAppointed:
    asset: AssetNumber
    money: AssetNumber
    account: AccountNumber
    remitted_to: AccountNumber


@dataclass(slots=True)
class PoolsDeclared:
    action: ActionNumber
    account: AccountNumber
    pools: tuple[Pool, ...]


@dataclass(slots=True)
class TaxRemitted:
    action: ActionNumber
    money: AssetNumber
    amount: Units
    transaction: TransactionNumber


@dataclass(slots=True)
class TaxOverdue:
    """The day by which the tax of a payment was to be remitted is over: so much still lies with the agent, by money."""

    action: ActionNumber
    kept: tuple[tuple[AssetNumber, Units], ...]


@dataclass(slots=True)
class TaxReclaimed:
    """A holder asks tax back."""

    reclaim: Reclaim


@dataclass(slots=True)
class ReclaimRefused:
    reclaim: int
    why: str


@dataclass(slots=True)
class ReclaimPaid:
    """The withholding agent has paid tax back out of what it had not yet remitted."""

    reclaim: int
    transaction: TransactionNumber


@dataclass(slots=True)
class ReclaimForwarded:
    """The withholding agent has granted a reclaim, but the money is with the authority, of which it is now claimed."""

    reclaim: int


@dataclass(slots=True)
class TaxRefunded:
    """The authority has paid tax back."""

    reclaim: int
    transaction: TransactionNumber


def appoint_tax_account(step: Step, command: AppointTaxAccount) -> None:
    """Checked in order: the bond, of which the asker is withholding agent, is not gone; a money of its currency on the
    ledger that has no open tax account; the asker's own account, of its purpose, open, no other bond's; the authority's
    account, open, of a purpose that takes income."""
    state = step.state
    bond = known(state.issues.bonds.get(command.asset), Reason.UNKNOWN_ASSET, "asset", command.asset)
    regime = bond.conditions.tax
    if regime is None or regime.agent != step.asker:
        raise Refused(Reason.UNKNOWN_ASSET, "asset", command.asset)
    require(bond.status not in GONE, Reason.STATE, bond.isin, bond.status.name)
    money = state.asset(command.money)
    require(money.kind is AssetKind.MONEY and money.on_ledger, Reason.UNKNOWN_ASSET, "money", command.money)
    currency = state.assets[command.asset].currency
    require(money.currency == currency, Reason.WRONG_CURRENCY, "money", money.currency, currency)
    had = state.taxes.account_in(command.asset, command.money)
    require(had is None or state.accounts[had.account].closed, Reason.DUPLICATE, "money", command.money)
    account = _account_of(state, "account", command.account, step.asker)
    require(account.purpose is Purpose.TAX, Reason.PURPOSE, "account", account.purpose.name)
    require(command.account not in state.taxes.kept_for, Reason.DUPLICATE, "account", command.account)
    remitted_to = _account_of(state, "remitted_to", command.remitted_to, regime.authority)
    require(remitted_to.purpose not in NEVER_PAID, Reason.PURPOSE, "remitted_to", remitted_to.purpose.name)
    step.emit(TaxAccountAppointed(command.asset, command.money, command.account, command.remitted_to))


def _account_of(state: State, field_name: str, number: AccountNumber, holder: PartyNumber) -> Account:
    """An open account of a holder, or a refusal that does not tell whether it exists."""
    account = known(state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.holder == holder, Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(not account.closed, Reason.CLOSED, field_name, number)
    return account


def _taxed(state: State, number: ActionNumber) -> tuple[Action, TaxRegime]:
    """A payment of a bond that is taxed, its record closed."""
    action = known(state.servicing.actions.get(number), Reason.UNKNOWN_ACTION, "action", number)
    regime = known(regime_of(state, action.asset), Reason.STATE, "action", number, "is not taxed")
    require(number in state.taxes.actions, Reason.NOT_DUE, "action", number)
    return action, regime


def _row_of(state: State, action: Action, number: AccountNumber, *askers: PartyNumber) -> tuple[Record, int]:
    """Where an account stands in the records of a payment; refused unless the asker is one of those named."""
    account = known(state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, "account", number)
    theirs = account.holder in askers or (account.tier and account.keeper in askers)
    require(theirs, Reason.UNKNOWN_ACCOUNT, "account", number)
    for record in action.records.values():
        row = record.row(number)
        if row is not None:
            return record, row
    raise Refused(Reason.UNKNOWN_ACCOUNT, "account", number, "has no entitlement")


def _require_pools(regime: TaxRegime, pools: Sequence[Pool], units: Units) -> None:
    """Refuse pools of a rate that the regime does not have, or twice, or that come to more than is held."""
    require(len(pools) <= MOST_POOLS, Reason.AMOUNT, "pools", len(pools))
    for pool in pools:
        require(regime.knows(pool.rate), Reason.RATE, "pools", pool.rate)
        require(0 < pool.units <= units, Reason.AMOUNT, "pools", pool.units)
    require(len({pool.rate for pool in pools}) == len(pools), Reason.DUPLICATE, "pools")
    total = sum(pool.units for pool in pools)
    require(total <= units, Reason.AMOUNT, "pools", total, units)


def declare_pools(step: Step, command: DeclarePools) -> None:
    """Checked in order: a payment of a taxed bond, recorded; an account of the asker that is entitled to it; that
    nothing of it is paid yet; that its clients' book is not on the ledger, which knows their documents; the pools."""
    state = step.state
    action, regime = _taxed(state, command.action)
    record, row = _row_of(state, action, command.account, step.asker)
    account = state.accounts[command.account]
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(untouched(action), Reason.STATE, "action", command.action, action.status.name)
    below = book_below(state, action, record, row)
    require(below is None, Reason.STATE, "account", command.account, "keeps its book on the ledger")
    _require_pools(regime, command.pools, action.bearing(record.units[row], record.drawn[row]))
    had = state.taxes.actions[action.number].pools.get(command.account, ())
    require(command.pools != had, Reason.ALREADY_DONE, "account", command.account)
    step.emit(PoolsDeclared(action.number, command.account, command.pools))


def remit_tax(step: Step, command: RemitTax) -> None:
    """Checked in order: a payment of a bond whose withholding agent asks; a money in which tax was withheld; no more
    than is kept of it; that it settles now."""
    state = step.state
    action, regime = _taxed(state, command.action)
    require(regime.agent == step.asker, Reason.UNKNOWN_ACTION, "action", command.action)
    sums = known(state.taxes.actions[action.number].sums.get(command.money), Reason.NOT_DUE, "money", command.money)
    require(0 < command.amount <= sums.kept, Reason.AMOUNT, "amount", command.amount, sums.kept)
    kept = known(state.taxes.account_in(action.asset, command.money), Reason.UNKNOWN_ACCOUNT, "money", command.money)
    number = _pay(step, action, Leg(command.money, kept.account, kept.remitted_to, command.amount))
    step.emit(TaxRemitted(action.number, command.money, command.amount, number))


def _pay(step: Step, action: Action, leg: Leg) -> TransactionNumber:
    """Move tax now, or refuse."""
    state = step.state
    system = state.days.systems[state.assets[leg.asset].system]
    require(accepts(system, against=True), Reason.CUT_OFF, system.name, system.phase.name)
    require_movable(state, [leg], step.time)
    return settle_now(step, TransactionKind.TAX, [leg], system.date, action.number)


def reclaim_tax(step: Step, command: ReclaimTax) -> None:
    """Checked in order: a payment of a taxed bond; an account that the asker holds or keeps, and that is entitled; that
    the holder bore the tax; that it is paid whole; that the years for it are not over; the evidence; no other reclaim
    of it undecided; no book of clients on the ledger, who ask themselves; the pools; that more was withheld."""
    state = step.state
    action, regime = _taxed(state, command.action)
    record, row = _row_of(state, action, command.account, step.asker)
    require(not regime.gross_up, Reason.STATE, "action", command.action, "its issuer has borne the tax")
    withheld = state.taxes.actions[action.number].books[record.asset].withheld[row]
    whole = withheld and record.paid[row] == record.amounts[row]
    require(whole, Reason.NOT_DUE, "action", command.action)
    today = state.days.systems[state.assets[action.asset].system].date
    last = add_months(action.payment_date, 12 * regime.reclaim_years)
    require(today <= last, Reason.EXPIRED, "action", command.action, last)
    require(len(command.evidence) == 32, Reason.HASH, "evidence")
    mine = [each for each in state.taxes.reclaims.values() if (each.action, each.account) == _of(command)]
    asked = any(each.status is ReclaimStatus.ASKED for each in mine)
    require(not asked, Reason.DUPLICATE, "account", command.account)
    below = book_below(state, action, record, row)
    require(below is None, Reason.STATE, "account", command.account, "keeps its book on the ledger")
    require(command.pools, Reason.EMPTY, "pools")
    _require_pools(regime, command.pools, action.bearing(record.units[row], record.drawn[row]))
    right = sum(part.tax for part in parts_by(state, action, record, row, command.pools))
    back = sum(each.amount for each in mine if each.status is not ReclaimStatus.REFUSED)
    amount = withheld - back - right
    require(amount > 0, Reason.AMOUNT, "pools", "no more was withheld than", right)
    number = len(state.taxes.reclaims) + 1
    money = _money_of(state, action, record, row)
    step.emit(
        TaxReclaimed(
            Reclaim(
                number,
                action.number,
                record.asset,
                row,
                command.account,
                money,
                command.pools,
                amount,
                command.evidence,
            )
        )
    )


def _of(command: ReclaimTax) -> tuple[ActionNumber, AccountNumber]:
    return command.action, command.account


def _money_of(state: State, action: Action, record: Record, row: int) -> AssetNumber:
    """In what a row was paid: in a book below the official one, as its keepers were."""
    while record.keeper:
        upper = action.records[state.assets[record.asset].backing_asset]
        row, record = upper.accounts.index(record.keeper), upper
    return AssetNumber(record.moneys[row])


def _reclaim(state: State, number: int) -> tuple[Reclaim, Action, TaxRegime]:
    reclaim = known(state.taxes.reclaims.get(number), Reason.UNKNOWN_ACTION, "reclaim", number)
    action = state.servicing.actions[reclaim.action]
    return reclaim, action, known(regime_of(state, action.asset), Reason.UNKNOWN_ACTION, "reclaim", number)


def decide_reclaim(step: Step, command: DecideReclaim) -> None:
    """Checked in order: a reclaim on a bond whose withholding agent asks, undecided; a refusal says why; a grant is
    paid now if so much is still in the tax account, to a holder that can be paid; else it goes to the authority."""
    state = step.state
    reclaim, action, regime = _reclaim(state, command.reclaim)
    require(regime.agent == step.asker, Reason.UNKNOWN_ACTION, "reclaim", command.reclaim)
    require(reclaim.status is ReclaimStatus.ASKED, Reason.ALREADY_DONE, "reclaim", command.reclaim)
    require_text(command.why, "why", least=0 if command.grant else 1)
    if not command.grant:
        step.emit(ReclaimRefused(reclaim.number, command.why))
        return
    kept = state.taxes.account_in(action.asset, reclaim.money)
    sums = state.taxes.actions[action.number].sums.get(reclaim.money)
    if kept is None or sums is None or sums.kept < reclaim.amount:
        step.emit(ReclaimForwarded(reclaim.number))
        return
    number = _pay(step, action, _refund(step, reclaim, kept.account))
    step.emit(ReclaimPaid(reclaim.number, number))


def _refund(step: Step, reclaim: Reclaim, payer: AccountNumber) -> Leg:
    """The leg that pays a reclaim to its holder, who can be paid."""
    state = step.state
    account = state.accounts[reclaim.account]
    why = hindrance(state, reclaim.book, account, state.assets[reclaim.money], step.time, reclaim.amount)
    if why is not None:
        raise Refused(why, "account", reclaim.account)
    return Leg(reclaim.money, payer, account.cash_account or account.number, reclaim.amount)


def refund_tax(step: Step, command: RefundTax) -> None:
    """Checked in order: a reclaim forwarded to the authority that asks, and not yet paid; an account of its own; that
    the holder can be paid, and the money settles now."""
    state = step.state
    reclaim, action, regime = _reclaim(state, command.reclaim)
    forwarded = reclaim.status in (ReclaimStatus.FORWARDED, ReclaimStatus.REFUNDED)
    require(regime.authority == step.asker and forwarded, Reason.UNKNOWN_ACTION, "reclaim", command.reclaim)
    require(reclaim.status is ReclaimStatus.FORWARDED, Reason.ALREADY_DONE, "reclaim", command.reclaim)
    account = _account_of(state, "account", command.account, step.asker)
    require(account.purpose not in NEVER_PAID, Reason.PURPOSE, "account", account.purpose.name)
    number = _pay(step, action, _refund(step, reclaim, command.account))
    step.emit(TaxRefunded(reclaim.number, number))


def document_changed(step: Step, subject: int) -> None:
    """A follow-up: a party has another tax document. What it is to be paid and has not been follows it."""
    state, party = step.state, PartyNumber(subject)
    for number, taxed in state.taxes.actions.items():
        action = state.servicing.actions[number]
        regime = regime_of(state, action.asset)
        if regime is None or not untouched(action):
            continue
        rates = (
            (taxed.books[record.asset].rates[row], AccountNumber(each))
            for record in action.records.values()
            for row, each in enumerate(record.accounts)
            if state.accounts[AccountNumber(each)].holder == party
        )
        if any(had != document_rate(state, regime, each, step.time, had) for had, each in rates):
            step.emit(TaxAssessed(number, party, step.time))


def remittance_over(step: Step, subject: int) -> None:
    """A duty: the day by which the tax of a payment is to be remitted is over."""
    number = ActionNumber(subject)
    sums = step.state.taxes.actions[number].sums
    kept = tuple((money, each.kept) for money, each in sums.items() if each.kept)
    if kept:
        step.emit(TaxOverdue(number, kept))


def on_tax_account_appointed(state: State, event: TaxAccountAppointed) -> None:
    """What waited for an account to withhold to is paid."""
    taxes = state.taxes
    accounts = taxes.accounts.setdefault(event.asset, [])
    accounts[:] = [each for each in accounts if each.money != event.money]
    accounts.append(TaxAccount(event.money, event.account, event.remitted_to))
    taxes.kept_for[event.account] = event.asset
    pay_owed(state, event.asset)


def on_pools_declared(state: State, event: PoolsDeclared) -> None:
    taxed = state.taxes.actions[event.action]
    taxed.pools[event.account] = event.pools
    assess(state, state.servicing.actions[event.action])


def on_tax_remitted(state: State, event: TaxRemitted) -> None:
    state.taxes.actions[event.action].sums[event.money].remitted += event.amount


def on_tax_overdue(state: State, event: TaxOverdue) -> None:
    """Nothing changes: agent, authority and issuer are told."""


def on_tax_reclaimed(state: State, event: TaxReclaimed) -> None:
    state.taxes.reclaims[event.reclaim.number] = event.reclaim


def on_reclaim_refused(state: State, event: ReclaimRefused) -> None:
    state.taxes.reclaims[event.reclaim].status = ReclaimStatus.REFUSED


def on_reclaim_paid(state: State, event: ReclaimPaid) -> None:
    reclaim = state.taxes.reclaims[event.reclaim]
    reclaim.status = ReclaimStatus.PAID
    state.taxes.actions[reclaim.action].sums[reclaim.money].refunded += reclaim.amount


def on_reclaim_forwarded(state: State, event: ReclaimForwarded) -> None:
    state.taxes.reclaims[event.reclaim].status = ReclaimStatus.FORWARDED


def on_tax_refunded(state: State, event: TaxRefunded) -> None:
    state.taxes.reclaims[event.reclaim].status = ReclaimStatus.REFUNDED


def sees_tax_account(state: State, event: TaxAccountAppointed) -> Audience:
    """The two agents, and the authority."""
    bond = state.issues.bonds[event.asset]
    return _parties(state, event.asset, bond.paying_agent)


def _parties(state: State, base: AssetNumber, *more: PartyNumber) -> Audience:
    """The withholding agent and the authority of a bond, and others."""
    regime = regime_of(state, base)
    named = (regime.agent, regime.authority) if regime else ()
    return tuple(dict.fromkeys((*named, *more)))


def sees_pools(state: State, event: PoolsDeclared) -> Audience:
    """The keeper that declares, and the withholding agent."""
    regime = regime_of(state, state.servicing.actions[event.action].asset)
    agent = (regime.agent,) if regime else ()
    return tuple(dict.fromkeys((state.accounts[event.account].holder, *agent)))


def sees_remitted(state: State, event: TaxRemitted | TaxOverdue) -> Audience:
    """The withholding agent, the authority and the issuer."""
    base = state.servicing.actions[event.action].asset
    return _parties(state, base, state.issues.bonds[base].issuer)


def sees_reclaim(
    state: State, event: TaxReclaimed | ReclaimRefused | ReclaimPaid | ReclaimForwarded | TaxRefunded
) -> Audience:
    """The holder, who keeps its account where it stands in a keeper's book, and the withholding agent; the authority of
    what was forwarded to it."""
    reclaim = event.reclaim if isinstance(event, TaxReclaimed) else state.taxes.reclaims[event.reclaim]
    account = state.accounts[reclaim.account]
    regime = regime_of(state, state.servicing.actions[reclaim.action].asset)
    told = [account.holder, *([account.keeper] if account.tier else []), *([regime.agent] if regime else [])]
    if regime and isinstance(event, (ReclaimForwarded, TaxRefunded)):
        told.append(regime.authority)
    return tuple(dict.fromkeys(told))
