"""What is withheld of a payment of a bond, from whom, and at what rate: worked out at the record date, taken as it is
paid.

Tax is on interest, half up to the smallest unit for each holder of record and rate (assumed: no source fixes it). A
holder has the rate of the document that is valid at the record date; without one, the statutory rate. Of an omnibus
account whose book stands on the ledger the tax is the sum of its clients'; else it follows the pools that its keeper
declares, the rest at the statutory rate. Where the issuer grosses up, the gross is net/(1-rate) rounded up, and the
holder nets its coupon to the unit. A part of a payment bears its share of the tax, rounded up; the last part the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from bauhinia.bond.rounding import Rounding, whole
from bauhinia.ledger.actions import OWED, Action, ActionStatus, Record
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.parties import Block, Purpose
from bauhinia.ledger.state import State
from bauhinia.ledger.taxes import ActionTax, BookTax, Pool, TaxPart, TaxRegime, TaxSum
from bauhinia.rules.market import days_later
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    LIMIT,
    NO_PARTY,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    Units,
)

Share = tuple[Fraction, Units, Units]  # a rate, the units that it is for, and the interest on them


@dataclass(slots=True)
class TaxAssessed:
    """The tax of a payment is worked out: by the documents of all holders, or (`party`) of one, as they are now."""

    action: ActionNumber
    party: PartyNumber
    time: Micros


def assess_at_record(step: Step, action: Action) -> None:
    """Tell that the tax of a payment is worked out, where its bond is taxed; its books have been recorded."""
    if regime_of(step.state, action.asset) is not None:
        step.emit(TaxAssessed(action.number, NO_PARTY, step.time))


def regime_of(state: State, base: AssetNumber) -> TaxRegime | None:
    """How a bond is taxed at source; None where it is not."""
    bond = state.issues.bonds.get(base)
    return bond.conditions.tax if bond else None


def untouched(action: Action) -> bool:
    """Whether a payment is recorded, and nothing of it is paid or on its way."""
    waits = action.status is ActionStatus.RECORDED or action.status in OWED
    return waits and action.cursor < 0 and not action.paid and not action.confirming


def document_rate(state: State, regime: TaxRegime, number: AccountNumber, time: Micros, had: int = 0) -> int:
    """The row of the regime's rates that an account's holder has a valid document for; zero (statutory) without one,
    and for an omnibus account, whose rates are its clients'. A document that has expired leaves what was `had` by it
    while it was valid."""
    account = state.accounts[number]
    party = state.parties[account.holder]
    given = party.attributes.get(regime.attribute)
    if account.purpose is Purpose.OMNIBUS or given is None:
        return 0
    if given.until <= time:
        return had
    for row, each in enumerate(regime.rates, 1):
        if each.status == given.value and each.residence in ("", party.residence):
            return row
    return 0


def tax_on(regime: TaxRegime, rate: Fraction, interest: Units) -> Units:
    """The tax on interest: half up; where the issuer grosses up, what it adds so that the interest is net of it."""
    if regime.gross_up:
        return whole(interest / (1 - rate), Rounding.UP) - interest
    return whole(interest * rate)


def book_below(state: State, action: Action, record: Record, row: int) -> Record | None:
    """The book of an omnibus account of a record, where it stands on the ledger."""
    account = record.accounts[row]
    for each in action.records.values():
        if each.keeper == account and state.assets[each.asset].backing_asset == record.asset:
            return each
    return None


def tax_parts(state: State, action: Action, record: Record, row: int) -> tuple[TaxPart, ...]:
    """What is to be withheld of a row of a record, rate by rate, the rates falling."""
    account = AccountNumber(record.accounts[row])
    pools = state.taxes.actions[action.number].pools.get(account, ())
    return parts_by(state, action, record, row, pools)


def parts_by(state: State, action: Action, record: Record, row: int, pools: tuple[Pool, ...]) -> tuple[TaxPart, ...]:
    """What was to be withheld of a row of a record if its units were in these pools, the rest as it is without."""
    regime = state.issues.bonds[action.asset].conditions.tax
    if regime is None:
        return ()
    found: dict[Fraction, TaxPart] = {}
    for rate, units, interest in _shares(state, action, regime, record, row, pools):
        tax = tax_on(regime, rate, interest)
        income = interest + tax if regime.gross_up else interest
        had = found.get(rate, TaxPart(rate, 0, 0, 0))
        found[rate] = TaxPart(rate, had.units + units, had.income + income, had.tax + tax)
    return tuple(found[rate] for rate in sorted(found, reverse=True))


def _shares(
    state: State, action: Action, regime: TaxRegime, record: Record, row: int, pools: tuple[Pool, ...]
) -> list[Share]:
    """The units of a row, and the interest on them, by whom they belong to. What rounding leaves of the interest of a
    keeper's clients, or of its pools, is taxed with the rest, at the statutory rate."""
    units = action.bearing(record.units[row], record.drawn[row])
    found: list[Share] = []
    below = book_below(state, action, record, row)
    if below is not None:
        for client in range(len(below.accounts)):
            its = state.taxes.actions[action.number].pools.get(AccountNumber(below.accounts[client]), ())
            found += _shares(state, action, regime, below, client, its)
        rate = regime.rate
    else:
        left = units
        for pool in pools:  # units that have left the record meanwhile are taken from the last ones
            of = min(pool.units, left)
            found.append((pool.rate, of, _interest(state, action, of)))
            left -= of
        columns = state.taxes.actions[action.number].books[record.asset]
        rate = regime.rate_at(0 if pools else columns.rates[row])
    rest = units - sum(of for _, of, _ in found)
    interest = _interest(state, action, units) - sum(of for _, _, of in found)
    if rest > 0 or interest > 0:
        found.append((rate, max(rest, 0), max(interest, 0)))
    return found


def _interest(state: State, action: Action, units: Units) -> Units:
    return units * action.interest // state.issues.bonds[action.asset].terms.calculation_amount


def assess(state: State, action: Action) -> None:
    """Work out what is to be withheld of each row of a payment's records, and have the holders told; for `evolve` only.
    Nothing happens where the bond is not taxed, or its record not closed."""
    taxed, regime = state.taxes.actions.get(action.number), regime_of(state, action.asset)
    if taxed is None or regime is None:
        return
    for record in action.records.values():
        _extend(state, regime, taxed.books.setdefault(record.asset, BookTax()), record)
    for record in action.records.values():
        columns = taxed.books[record.asset]
        for row in range(len(record.accounts)):
            tax = sum(part.tax for part in tax_parts(state, action, record, row))
            if regime.gross_up:
                plain = record.amounts[row] - columns.taxes[row]
                tax = min(tax, LIMIT - 1 - plain)  # terms so absurd can never be funded, but must not stop the node
                record.amounts[row] = plain + tax
            columns.taxes[row] = tax
    state.follow(WorkKind.ADVISE, action.number)


def _extend(state: State, regime: TaxRegime, columns: BookTax, record: Record) -> None:
    """Rows that are new in a record; their documents are those of now."""
    for account in record.accounts[len(columns.rates) :]:
        columns.rates.append(document_rate(state, regime, AccountNumber(account), state.time))
        for column in (columns.taxes, columns.withheld):
            column.append(0)
        for column in (columns.told_amounts, columns.told_taxes):
            column.append(-1)


def take_withheld(state: State, action: Action, record: Record, row: int, paid: Units) -> Units:
    """The part of what was withheld of a row that goes with `paid` of all it has been paid; no longer the row's. For
    `evolve` only, before what it has been paid changes."""
    taxed = state.taxes.actions.get(action.number)
    columns = taxed.books.get(record.asset) if taxed else None
    if columns is None or row >= len(columns.withheld) or not record.paid[row]:
        return 0
    tax = min(columns.withheld[row] * paid // record.paid[row], columns.withheld[row])
    columns.withheld[row] -= tax
    return tax


def give_withheld(state: State, action: Action, record: Record, row: int, tax: Units) -> None:
    """What was withheld on units that have come to a row comes with them; for `evolve` only."""
    taxed, regime = state.taxes.actions.get(action.number), regime_of(state, action.asset)
    if taxed is None or regime is None or not tax:
        return
    columns = taxed.books.setdefault(record.asset, BookTax())
    _extend(state, regime, columns, record)
    columns.withheld[row] += tax


def keep_gross(state: State, action: Action, record: Record) -> None:
    """Amounts have been set anew: what the issuer adds to them stays until it is worked out anew too; for `evolve`."""
    taxed, regime = state.taxes.actions.get(action.number), regime_of(state, action.asset)
    if taxed is None or regime is None or not regime.gross_up or record.asset not in taxed.books:
        return
    for row, tax in enumerate(taxed.books[record.asset].taxes):
        record.amounts[row] += tax


def part_tax(state: State, action: Action, record: Record, row: int, part: Units) -> Units:
    """What is withheld of a part that a holder is paid now."""
    taxed = state.taxes.actions.get(action.number)
    columns = taxed.books.get(record.asset) if taxed else None
    if columns is None or row >= len(columns.taxes) or not record.amounts[row]:
        return 0
    reached = columns.taxes[row] * (record.paid[row] + part)
    due = -(-reached // record.amounts[row])
    return max(0, min(due - columns.withheld[row], part))


def withhold(state: State, action: Action, record: Record, row: int, tax: Units) -> None:
    """So much has been withheld of a row; in the official book it has gone to the tax account; for `evolve` only."""
    taxed = state.taxes.actions.get(action.number)
    if taxed is None or not tax:
        return
    taxed.books[record.asset].withheld[row] += tax
    if record.asset != action.asset:
        return
    regime = regime_of(state, action.asset)
    if not taxed.sums and regime is not None:
        state.schedule(remittance_due(state, action, regime), DutyKind.REMIT, action.number)
    taxed.sums.setdefault(AssetNumber(record.moneys[row]), TaxSum()).withheld += tax


def remittance_due(state: State, action: Action, regime: TaxRegime) -> Micros:
    """When the day by which the agent remits the tax of a payment is over."""
    system = state.assets[action.asset].system
    paid_on = max(action.payment_date, state.days.systems[system].date)
    return days_later(state, system, paid_on + timedelta(days=regime.remit_days + 1))


def added(state: State, action: Action, row: int, interest: Units) -> Units:
    """What an issuer that grosses up adds to a row of the official record, were the interest so much."""
    taxed, regime = state.taxes.actions.get(action.number), regime_of(state, action.asset)
    if taxed is None or regime is None or not regime.gross_up:
        return 0
    then = replace(action, interest=interest)
    return sum(part.tax for part in tax_parts(state, then, then.records[then.asset], row))


def additional(state: State, action: Action, record: Record, row: int) -> Units:
    """What an issuer that grosses up adds to what a row of a record is entitled to; zero where it does not."""
    taxed, regime = state.taxes.actions.get(action.number), regime_of(state, action.asset)
    if taxed is None or regime is None or not regime.gross_up:
        return 0
    return taxed.books[record.asset].taxes[row]


def may_withhold(state: State, action: Action) -> bool:
    """Whether a payment may be made as far as its tax goes: its entitlements stand, and what is withheld has an account
    to go to in every money that it is paid in."""
    if action.number in state.taxes.reversed:
        return False
    taxed = state.taxes.actions.get(action.number)
    if taxed is None:
        return True
    moneys = zip(action.records[action.asset].moneys, taxed.books[action.asset].taxes, strict=True)
    for money in dict.fromkeys(money for money, tax in moneys if tax):
        kept = state.taxes.account_in(action.asset, AssetNumber(money))
        account = state.accounts[kept.account] if kept else None
        if account is None or account.closed or account.blocks & Block.CREDIT:
            return False
    return True


def on_tax_assessed(state: State, event: TaxAssessed) -> None:
    """Read the documents that are valid now: of all holders of record, or of one party."""
    action, taxed = state.servicing.actions[event.action], state.taxes.actions.setdefault(event.action, ActionTax())
    regime = regime_of(state, action.asset)
    if regime is None:
        return
    for record in action.records.values():
        columns = taxed.books.setdefault(record.asset, BookTax())
        _extend(state, regime, columns, record)
        for row, number in enumerate(record.accounts):
            account = AccountNumber(number)
            if event.party in (NO_PARTY, state.accounts[account].holder):
                columns.rates[row] = document_rate(state, regime, account, event.time, columns.rates[row])
    assess(state, action)


def sees_tax_assessed(state: State, event: TaxAssessed) -> Audience:
    """The withholding agent and the paying agent; which holder has a new document is for the former alone."""
    bond = state.issues.bonds[state.servicing.actions[event.action].asset]
    agent = bond.conditions.tax.agent if bond.conditions.tax else NO_PARTY
    return (agent,) if event.party else tuple(dict.fromkeys((agent, bond.paying_agent)))
