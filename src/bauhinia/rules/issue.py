"""How a bond comes to the ledger: its term sheet, checked and lodged, and what issuing and redeeming move.

A registrar, lead manager, depository or operator lodges the term sheet: identifiers, terms, title layer, the parties
to the issue and its documents by hash. That makes the bond, with nothing authorised: `closing` collects everyone's
signature and issues it, `note` lodges what backs beneficial interests, `tap` reopens it, `buyback` cancels what the
issuer has bought. Nothing else than these, and redemption, reaches the account from which a bond is issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import is_business_day, is_confirmed
from bauhinia.bond.cashflow import interest_per_calculation_amount, redemption_per_calculation_amount
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import NOTHING, NotKnown
from bauhinia.bond.repayments.repayment import Reduction
from bauhinia.bond.schedule import Period, schedule
from bauhinia.bond.terms import Terms, check
from bauhinia.ledger.assets import Asset, AssetKind, TitleLayer
from bauhinia.ledger.bonds import Bond, Closing, Conditions, Document, TermSheet
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.parties import Party, Purpose, Role, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State, latest_date
from bauhinia.ledger.taxes import TaxRegime
from bauhinia.rules.amounts import HORIZON, index_calendars
from bauhinia.rules.books import asset_in, chain, route
from bauhinia.rules.market import close_of_business, require_open_days
from bauhinia.rules.step import Audience, Step, require_classes, require_text
from bauhinia.words.identifiers import MINOR_UNITS, dti, isin
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    PartyNumber,
    SystemNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, known, must, require

MOST_DOCUMENTS = 64
MOST_AGENTS = 16
LONGEST_GRACE = 365  # days
LONGEST_PRESCRIPTION = 100  # years
MOST_LOTS = 1_000_000  # denominations among which a drawing is made
LONGEST_REMITTANCE = 366  # days
MOST_RATES = 64
HIGHEST_RATE, HIGHEST_GROSSED = Fraction(99, 100), Fraction(1, 2)  # of tax
REGISTRARS = (Role.REGISTRAR, Role.CSD)
AGENTS = (
    Role.PAYING_AGENT,
    Role.REGISTRAR,
    Role.CSD,
    Role.TRUSTEE,
    Role.CUSTODIAN,
    Role.BANK,
    Role.SETTLEMENT_INSTITUTION,
)
TITLES = (TitleLayer.NATIVE, TitleLayer.BENEFICIAL, TitleLayer.HIERARCHICAL)


@dataclass(slots=True)
class LodgeTerms(TermSheet):
    """A command of four eyes by the registrar or lead manager that it names, a depository or the operator: the term
    sheet of a new bond."""


@dataclass(slots=True)
class TermsLodged:
    """A bond is on the ledger, with nothing authorised. The first closing is on `settlement_date`. `provisional_from`
    numbers the first period of which a calendar does not confirm a date, zero where all are confirmed. A tap under a
    temporary ISIN names the bond it becomes part of, and from when."""

    asset: AssetNumber
    sheet: TermSheet
    settlement_date: date
    provisional_from: int
    fungible_with: AssetNumber
    fungible_from: date | None


def lodge_terms(step: Step, command: LodgeTerms) -> None:
    """Lodge a term sheet.

    Checked in order: identifiers, name and currency; the parties, each known, active and of a fitting role, and that
    the asker is one of them or keeps the market; the issuer's account; documents; conditions; rulebook, profile and
    classes; title layer; system; the terms themselves and their amounts; the day of the closing, a business day that
    the calendars of the system confirm, no later than the record date of the first payment. Payment dates may be
    provisional, and are told as such.
    """
    state = step.state
    require_identifiers(state, command.isin, command.dti)
    require_text(command.name, "name", 64)
    require(command.currency in MINOR_UNITS, Reason.WRONG_CURRENCY, "currency", command.currency)
    _require_parties(state, command)
    require_lodger(step, command.registrar, command.lead_manager)
    _require_issuer_account(state, command)
    require(command.documents, Reason.EMPTY, "documents")
    require_documents(command.documents)
    _require_conditions(command.conditions)
    if command.conditions.tax is not None:
        _require_regime(state, command.conditions.tax)
    _require_law(state, command)
    require(command.title in TITLES, Reason.TERMS, "title", command.title.name)
    require(command.system in state.days.systems, Reason.UNKNOWN_SYSTEM, "system", command.system)
    require_terms(state, command.terms)
    closes = _closing_date(state, command)
    sheet = TermSheet(*(getattr(command, field.name) for field in fields(TermSheet)))  # as its bytes are read back
    tell_lodged(step, sheet, closes)


def _closing_date(state: State, sheet: TermSheet) -> date:
    """The day of the first closing: the issue date, unless the sheet names a later one."""
    day, terms = sheet.closing_date, sheet.terms
    if day is None:
        require_settlement_date(state, sheet.system, terms.issue_date, "issue_date")
        return terms.issue_date
    require(day > terms.issue_date, Reason.DATE, "closing_date", day, "is not after the issue date")
    require_settlement_date(state, sheet.system, day, "closing_date")
    first = periods_of(state, terms)[0].record_date
    require(day <= first, Reason.RECORD_CLOSED, "closing_date", first)
    return day


def tell_lodged(
    step: Step,
    sheet: TermSheet,
    settlement_date: date,
    fungible_with: AssetNumber = NO_ASSET,
    fungible_from: date | None = None,
) -> AssetNumber:
    """Tell that a checked term sheet is lodged; the number of the new bond."""
    number = AssetNumber(len(step.state.assets) + 1)
    periods = periods_of(step.state, sheet.terms)
    provisional = next((period.number for period in periods if period.provisional), 0)
    step.emit(TermsLodged(number, sheet, settlement_date, provisional, fungible_with, fungible_from))
    return number


def require_identifiers(state: State, isin_code: str, dti_code: str) -> None:
    """Refuse an ISIN or DTI whose check is wrong (ISO 6166, ISO 24165-1), or that another asset has."""
    problem = isin(isin_code)
    require(problem is None, Reason.IDENTIFIER, "isin", isin_code, problem)
    require(isin_code not in state.codes, Reason.DUPLICATE, "isin", isin_code)
    if dti_code:
        problem = dti(dti_code)
        require(problem is None, Reason.IDENTIFIER, "dti", dti_code, problem)
        taken = any(bond.dti == dti_code for bond in state.issues.bonds.values())
        require(not taken, Reason.DUPLICATE, "dti", dti_code)


def _require_parties(state: State, sheet: TermSheet) -> None:
    _named(state, "issuer", sheet.issuer, Role.ISSUER)
    _named(state, "registrar", sheet.registrar, *REGISTRARS)
    _named(state, "paying_agent", sheet.paying_agent, Role.PAYING_AGENT)
    _named(state, "lead_manager", sheet.lead_manager, Role.LEAD_MANAGER)
    if sheet.trustee != NO_PARTY:
        _named(state, "trustee", sheet.trustee, Role.TRUSTEE)
    if sheet.guarantor != NO_PARTY:
        _named(state, "guarantor", sheet.guarantor)
        require(sheet.guarantor != sheet.issuer, Reason.ROLE, "guarantor", "is the issuer")
    require(len(sheet.agents) <= MOST_AGENTS, Reason.AMOUNT, "agents", len(sheet.agents))
    require(len(set(sheet.agents)) == len(sheet.agents), Reason.DUPLICATE, "agents")
    for agent in sheet.agents:
        _named(state, "agents", agent, *AGENTS)


def _named(state: State, field_name: str, number: PartyNumber, *roles: Role) -> Party:
    """A party that the term sheet names: known, active, with one of the roles."""
    party = known(state.parties.get(number), Reason.UNKNOWN_PARTY, field_name, number)
    require(party.standing is Standing.ACTIVE, Reason.SUSPENDED, field_name, number)
    fits = not roles or any(role in party.roles for role in roles)
    require(fits, Reason.ROLE, field_name, number, *(role.name for role in roles))
    return party


def require_lodger(step: Step, registrar: PartyNumber, lead_manager: PartyNumber) -> None:
    """Refuse unless the asker is the registrar or the lead manager of the bond, a depository or the operator."""
    office = any(role in (Role.CSD, Role.OPERATOR) for role in step.party().roles)
    require(office or step.asker in (registrar, lead_manager), Reason.NOT_AUTHORISED, "registrar or lead_manager")


def _require_issuer_account(state: State, sheet: TermSheet) -> None:
    number = sheet.issuer_account
    account = known(state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, "issuer_account", number)
    require(account.holder == sheet.issuer, Reason.UNKNOWN_ACCOUNT, "issuer_account", number)
    fits = account.purpose is Purpose.ISSUER and account.tier == 0
    require(fits, Reason.PURPOSE, "issuer_account", account.purpose.name)
    require(not account.closed, Reason.CLOSED, "issuer_account", number)


def require_documents(documents: Sequence[Document]) -> None:
    """Refuse documents without a name or a SHA-256 hash, or two of one name."""
    require(len(documents) <= MOST_DOCUMENTS, Reason.AMOUNT, "documents", len(documents))
    for document in documents:
        require_text(document.name, "documents")
        require(len(document.sha256) == 32, Reason.HASH, "documents", document.name)
    names = [document.name for document in documents]
    require(len(set(names)) == len(names), Reason.DUPLICATE, "documents")


def _require_conditions(conditions: Conditions) -> None:
    require(0 <= conditions.grace_days <= LONGEST_GRACE, Reason.TERMS, "grace_days", conditions.grace_days)
    for name in ("prescription_years_principal", "prescription_years_interest"):
        years = getattr(conditions, name)
        require(1 <= years <= LONGEST_PRESCRIPTION, Reason.TERMS, name, years)
    require(0 < conditions.acceleration <= 1, Reason.TERMS, "acceleration", conditions.acceleration)


def _require_regime(state: State, regime: TaxRegime) -> None:
    """Parties that withhold and collect; rates below one, where the issuer grosses up no more than half; each status
    and residence once in the table."""
    _require_country("tax.jurisdiction", regime.jurisdiction)
    _named(state, "tax.agent", regime.agent, *AGENTS)
    _named(state, "tax.authority", regime.authority)
    require(regime.authority != regime.agent, Reason.ROLE, "tax.authority", "is the withholding agent")
    require_text(regime.attribute, "tax.attribute", 64)
    require(len(regime.rates) <= MOST_RATES, Reason.AMOUNT, "tax.rates", len(regime.rates))
    most = HIGHEST_GROSSED if regime.gross_up else HIGHEST_RATE
    for rate in (regime.rate, *(each.rate for each in regime.rates)):
        require(0 <= rate <= most, Reason.RATE, "tax.rates", rate)
    for each in regime.rates:
        require_text(each.status, "tax.rates", 64)
        if each.residence:
            _require_country("tax.rates", each.residence)
    named = [(each.status, each.residence) for each in regime.rates]
    require(len(set(named)) == len(named), Reason.DUPLICATE, "tax.rates")
    require(0 <= regime.remit_days <= LONGEST_REMITTANCE, Reason.TERMS, "tax.remit_days", regime.remit_days)
    require(1 <= regime.reclaim_years <= LONGEST_PRESCRIPTION, Reason.TERMS, "tax.reclaim_years", regime.reclaim_years)


def _require_country(field_name: str, code: str) -> None:
    fits = len(code) == 2 and code.isascii() and code.isupper() and code.isalpha()
    require(fits, Reason.TEXT, field_name, code)


def _require_law(state: State, sheet: TermSheet) -> None:
    """The rulebook, where one is named; the register profile; classes that some rulebook in force defines."""
    if sheet.rulebook:
        require(state.rulebook(sheet.rulebook), Reason.UNKNOWN_RULEBOOK, "rulebook", sheet.rulebook)
    require_text(sheet.profile, "profile", 64)
    require_classes(state, sheet.needs)


def periods_of(state: State, terms: Terms) -> tuple[Period, ...]:
    """The interest periods of terms by the calendars as published now, of a perpetual bond those of the years ahead;
    Refused TERMS where one is not published."""
    until = max(terms.issue_date, latest_date(state)) + HORIZON if terms.perpetual else None
    try:
        return schedule(terms, state.days.of(terms.calendars), until)
    except Impossible as impossible:
        raise Refused(Reason.TERMS, impossible.field, impossible.problem) from None


def require_terms(state: State, terms: Terms) -> None:
    """Refuse terms that no bond can have, by the first field that is wrong, or whose amounts leave the range."""
    for problem in check(terms):
        raise Refused(Reason.TERMS, problem.field, problem.problem)
    periods_of(state, terms)
    require_open_days(state.days.of(terms.calendars))
    for centre in terms.floating.centres if terms.floating else ():
        require(centre in state.days.calendars, Reason.TERMS, "floating.centres", f"no calendar of {centre}")
    repaid = redemption_per_calculation_amount(terms)
    require(repaid > 0, Reason.TERMS, "redemption_price", "repays nothing of", terms.calculation_amount)
    require_payable(state, terms, max(terms.minimum_denomination, terms.denomination_multiple))


def require_payable(state: State, terms: Terms, nominal: Units) -> None:
    """Refuse a nominal amount of which one payment would leave the range of amounts, or that is drawn by lot and falls
    into too many denominations."""
    periods = periods_of(state, terms)
    count = -(-nominal // terms.calculation_amount)
    calendars, largest = index_calendars(state, terms), 0
    try:
        for period in periods:
            largest = max(largest, interest_per_calculation_amount(terms, period, NOTHING, calendars, periods))
    except NotKnown:
        pass  # what is observed later is bounded when it is
    except Impossible as impossible:
        raise Refused(Reason.TERMS, impossible.field, impossible.problem) from None
    require(largest * count < LIMIT, Reason.AMOUNT, "rate", "pays too much on", nominal)
    by_lot = terms.repayment is not None and terms.repayment.reduction is Reduction.LOT
    drawable = not by_lot or nominal // terms.denomination_multiple <= MOST_LOTS
    require(drawable, Reason.AMOUNT, "denomination_multiple", "is too small to be drawn by lot of", nominal)
    repaid = redemption_per_calculation_amount(terms) * count
    require(repaid < LIMIT, Reason.AMOUNT, "redemption_price", "pays too much on", nominal)


def require_settlement_date(state: State, number: SystemNumber, day: date, field_name: str) -> None:
    """Refuse a day that is past, that a calendar of the system does not confirm, or that is no business day."""
    system = state.days.systems[number]
    require(day >= system.date, Reason.DATE, field_name, day, "is past")
    calendars = state.days.of(system.centres)
    require(is_confirmed(day, calendars), Reason.UNCONFIRMED_DATE, field_name, day)
    require(is_business_day(day, calendars), Reason.DATE, field_name, day, "is no business day")


def bond_of(state: State, number: AssetNumber) -> Bond:
    """A bond by its base asset, or a refusal."""
    return known(state.issues.bonds.get(number), Reason.UNKNOWN_ASSET, "asset", number)


def outstanding(state: State, number: AssetNumber) -> Units:
    """What is outstanding of an asset: its issuer's account below zero."""
    return -state.positions.balance(state.assets[number].issuer_account, number)


def mark(state: State, base: AssetNumber, change: Units) -> list[Leg]:
    """The leg that marks a lodged note up (or down, below zero) with the bond that it backs; none where there is no
    note."""
    bond = state.assets[base]
    if bond.backing_asset == NO_ASSET:
        return []
    issuer = state.assets[bond.backing_asset].issuer_account
    if change > 0:
        return [Leg(bond.backing_asset, issuer, bond.backing_account, change)]
    return [Leg(bond.backing_asset, bond.backing_account, issuer, -change)]


def issue_legs(state: State, base: AssetNumber, account: AccountNumber, units: Units) -> list[Leg]:
    """What issuing to an account moves: the bond from its issuer's account, through whatever books the account stands
    in (all open), and the note marked up."""
    return [*route(state, base, state.assets[base].issuer_account, account, units), *mark(state, base, units)]


def redeem_legs(state: State, base: AssetNumber, account: AccountNumber, units: Units) -> list[Leg]:
    """What extinguishing a holding moves: the bond back to its issuer's account, and the note marked down.

    `account` may stand in any book: its units burn there and in every book above. For an omnibus account the books
    below it burn too, each holder's units, so `units` must then be all that it holds.
    """
    held = asset_in(state, account, base)
    legs = [] if held is None else _burn_below(state, account, held)
    must(held is None or not legs or units == state.positions.balance(account, held), "redeems part of a book", account)
    return [*legs, *route(state, base, account, state.assets[base].issuer_account, units), *mark(state, base, -units)]


def _burn_below(state: State, account: AccountNumber, held: AssetNumber) -> list[Leg]:
    """The legs that burn the whole of the book, and the books below it, that an account backs with `held`."""
    below = state.accounts[account].backs.get(held)
    if below is None:
        return []
    legs: list[Leg] = []
    for holder, balance in state.positions.holders(below):
        legs += _burn_below(state, holder, below)
        legs.append(Leg(below, holder, state.assets[below].issuer_account, balance))
    return legs


def holders_of_account(state: State, number: AccountNumber) -> tuple[PartyNumber, ...]:
    """The holder of an account and those who keep the books that it stands in."""
    return tuple(state.accounts[each].holder for each in chain(state, number))


def on_terms_lodged(state: State, event: TermsLodged) -> None:
    sheet = event.sheet
    terms = sheet.terms
    state.assets[event.asset] = Asset(
        event.asset,
        AssetKind.BOND,
        sheet.isin,
        sheet.name,
        sheet.currency,
        MINOR_UNITS[sheet.currency],
        sheet.issuer,
        sheet.issuer_account,
        0,
        terms.minimum_denomination,
        terms.denomination_multiple,
        sheet.registrar,
        sheet.system,
        title=sheet.title,
        rulebook=sheet.rulebook,
        base=event.asset,
        needs=sheet.needs,
    )
    state.codes[sheet.isin] = event.asset
    signing = dict.fromkeys((sheet.paying_agent, sheet.trustee, *sheet.agents))
    signing.pop(NO_PARTY, None)
    state.issues.bonds[event.asset] = Bond(
        event.asset,
        sheet.isin,
        sheet.dti,
        terms,
        sheet.issuer,
        sheet.registrar,
        sheet.paying_agent,
        sheet.lead_manager,
        sheet.trustee,
        tuple(signing),
        sheet.documents,
        sheet.conditions,
        sheet.profile,
        closings=[Closing(event.settlement_date)],
        fungible_with=event.fungible_with,
        fungible_from=event.fungible_from,
        guarantor=sheet.guarantor,
    )
    if sheet.conditions.tax is not None:
        state.taxes.watched[sheet.conditions.tax.attribute] = True
    if event.fungible_from is not None:
        due = close_of_business(state, sheet.system, event.fungible_from)
        state.schedule(due, DutyKind.FUNGIBLE, event.asset)


def sees_terms(state: State, event: object) -> Audience:
    """Which bonds there are, and on what terms, is public."""
    return (EVERYONE,)


def deal_parties(bond: Bond) -> Audience:
    """The parties to the issue of a bond."""
    named = (bond.issuer, bond.registrar, bond.lead_manager, bond.guarantor, *bond.agents)
    return tuple(dict.fromkeys(party for party in named if party != NO_PARTY))
