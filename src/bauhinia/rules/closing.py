"""The closing: everyone signs before anything is issued.

The issuer authorises the amount and the price, the registrar confirms the amount, each agent accepts its appointment,
the lead manager allots and releases (`allotment`). A tap has a closing of its own, signed in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bauhinia.bond.terms import FINEST
from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.bonds import AllotmentStatus, Bond, BondStatus, Closing
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.parties import Account, Standing
from bauhinia.ledger.state import State
from bauhinia.rules.instructing import INSTRUCTED
from bauhinia.rules.issue import bond_of, deal_parties, require_payable
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    LIMIT,
    NO_ACCOUNT,
    AccountNumber,
    AssetNumber,
    PartyNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

DEAREST = 1_000  # per 100 of nominal: ten times par
MOST_MONEYS = 16
UNSIGNED = "not signed by"
REOPENABLE = (BondStatus.DRAFT, BondStatus.CLOSING, BondStatus.ISSUED)
GONE = (AllotmentStatus.ISSUED, AllotmentStatus.WITHDRAWN)


@dataclass(slots=True)
class AuthoriseIssue:
    """A command by the issuer: `nominal` may be issued at `price` (per 100 of nominal, clean). `proceeds` names each
    money in which investors may pay, and the issuer's own account of it, zero for an RTGS. Until the release a later
    authorisation takes the place of an earlier one; then the registrar confirms and the lead manager allots anew."""

    asset: AssetNumber
    nominal: Units
    price: Fraction
    proceeds: tuple[tuple[AssetNumber, AccountNumber], ...]
    all_or_none: bool


@dataclass(slots=True)
class ConfirmAmount:
    """A command by the registrar: the register will show this nominal amount, the one that the issuer authorised."""

    asset: AssetNumber
    nominal: Units


@dataclass(slots=True)
class AcceptAgency:
    """A command by an agent or trustee of the issue: it accepts its appointment, for the closing under way."""

    asset: AssetNumber


@dataclass(slots=True)
class AbandonClosing:
    """A command by the issuer or the lead manager: the closing will not take place. A bond of which nothing has been
    issued is cancelled with it, and so is every trade in it."""

    asset: AssetNumber


@dataclass(slots=True)
class IssueAuthorised:
    asset: AssetNumber
    nominal: Units
    price: Fraction
    proceeds: tuple[tuple[AssetNumber, AccountNumber], ...]
    all_or_none: bool


@dataclass(slots=True)
class AmountConfirmed:
    """Issuer and registrar have signed the same amount: the asset's authorised amount rises by it."""

    asset: AssetNumber
    nominal: Units


@dataclass(slots=True)
class AgencyAccepted:
    asset: AssetNumber
    party: PartyNumber


@dataclass(slots=True)
class ClosingAbandoned:
    asset: AssetNumber


def closing_of(state: State, number: AssetNumber) -> tuple[Bond, Closing]:
    """A bond and the closing that is under way on it, or the last one; Refused where it has none to go on with, and
    where the register is closed since the bond is redeemed."""
    bond = bond_of(state, number)
    require(bond.status in REOPENABLE, Reason.STATE, "asset", number, bond.status.name)
    require(number not in state.servicing.closed, Reason.RECORD_CLOSED, "asset", number, "is redeemed")
    require(not bond.closings[-1].abandoned, Reason.STATE, "asset", number, "its closing was abandoned")
    return bond, bond.closings[-1]


def is_done(closing: Closing) -> bool:
    """Whether nothing more will come of a closing as it stands."""
    return closing.abandoned or (closing.released and all(each.status in GONE for each in closing.allotments))


def unreleased(step: Step, number: AssetNumber, party: str) -> tuple[Bond, Closing]:
    """The closing under way, not yet released, for an asker that is the bond's issuer, registrar or lead manager."""
    bond, closing = closing_of(step.state, number)
    require(getattr(bond, party) == step.asker, Reason.NOT_AUTHORISED, party)
    require(not closing.released, Reason.ALREADY_DONE, "asset", number, "is released")
    return bond, closing


def authorise_issue(step: Step, command: AuthoriseIssue) -> None:
    """The issuer's signature.

    Checked in order: the closing, by its issuer; the amount by denomination and multiple, and that with it neither
    what is authorised nor what it pays leaves the range; the price; the moneys, each once and of the bond's currency,
    and the issuer's account of each; tokens only where it is all or none.
    """
    state = step.state
    bond, closing = unreleased(step, command.asset, "issuer")
    asset = state.assets[command.asset]
    require_nominal(asset, command.nominal)
    before = asset.authorised - (closing.nominal if closing.confirmed else 0)
    if bond.fungible_with:
        before += state.assets[bond.fungible_with].authorised
    require(before + command.nominal < LIMIT, Reason.AMOUNT, "nominal", command.nominal)
    require_payable(state, bond.terms, before + command.nominal)
    price = command.price
    require(0 < price <= DEAREST and price.denominator <= FINEST, Reason.RATE, "price", price)
    require(0 < len(command.proceeds) <= MOST_MONEYS, Reason.EMPTY, "proceeds")
    moneys = [money for money, _ in command.proceeds]
    require(len(set(moneys)) == len(moneys), Reason.DUPLICATE, "proceeds")
    for money, account in command.proceeds:
        _require_proceeds(step, asset, money, account)
        on_ledger = state.assets[money].on_ledger
        require(on_ledger or not command.all_or_none, Reason.TERMS, "all_or_none", "with payment by RTGS")
    step.emit(IssueAuthorised(command.asset, command.nominal, price, command.proceeds, command.all_or_none))


def require_nominal(asset: Asset, nominal: Units) -> None:
    """Refuse a nominal amount below the denomination, or no multiple."""
    require(asset.denomination <= nominal < LIMIT, Reason.AMOUNT, "nominal", nominal)
    require(nominal % asset.multiple == 0, Reason.MULTIPLE, "nominal", nominal, asset.multiple)


def _require_proceeds(step: Step, asset: Asset, number: AssetNumber, account: AccountNumber) -> None:
    money = known(step.state.assets.get(number), Reason.UNKNOWN_ASSET, "proceeds", number)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "proceeds", number)
    require(money.currency == asset.currency, Reason.WRONG_CURRENCY, "proceeds", money.currency)
    if not money.on_ledger:
        require(account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "proceeds", account)
        return
    own = usable(step.state, account, "proceeds")
    require(own.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "proceeds", account)


def usable(state: State, number: AccountNumber, field_name: str) -> Account:
    """An account that is open, of a purpose that may be instructed, and of a holder in good standing."""
    account = known(state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    standing = state.parties[account.holder].standing
    require(standing is Standing.ACTIVE, Reason.SUSPENDED, field_name, number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, field_name, account.purpose.name)
    require(not account.closed, Reason.CLOSED, field_name, number)
    return account


def confirm_amount(step: Step, command: ConfirmAmount) -> None:
    """The registrar's signature: the same amount as the issuer's, or it is refused."""
    _, closing = unreleased(step, command.asset, "registrar")
    require(closing.authorised, Reason.STATE, UNSIGNED, "issuer")
    require(not closing.confirmed, Reason.ALREADY_DONE, "asset", command.asset)
    require(command.nominal == closing.nominal, Reason.AMOUNT, "nominal", command.nominal)
    step.emit(AmountConfirmed(command.asset, command.nominal))


def accept_agency(step: Step, command: AcceptAgency) -> None:
    """An agent's signature, once for each closing."""
    bond, closing = closing_of(step.state, command.asset)
    require(step.asker in bond.agents, Reason.NOT_AUTHORISED, "agents")
    require(step.asker not in closing.accepted, Reason.ALREADY_DONE, "asset", command.asset)
    step.emit(AgencyAccepted(command.asset, step.asker))


def abandon_closing(step: Step, command: AbandonClosing) -> None:
    """Give up a closing out of which nothing has been issued, and nothing is on its way."""
    bond, closing = closing_of(step.state, command.asset)
    require(step.asker in (bond.issuer, bond.lead_manager), Reason.NOT_AUTHORISED, "issuer or lead_manager")
    for number, each in enumerate(closing.allotments, 1):
        stuck = each.status in (AllotmentStatus.RELEASED, AllotmentStatus.ISSUED)
        require(not stuck, Reason.STATE, "allotment", number, each.status.name)
    step.emit(ClosingAbandoned(command.asset))


def change_authorised(state: State, bond: Bond, change: Units) -> None:
    """What is authorised of a bond, and of the note that backs it, rises or falls; for `evolve` only."""
    state.assets[bond.asset].authorised += change
    if bond.note:
        state.assets[bond.note].authorised += change


def _void(state: State, bond: Bond, closing: Closing) -> None:
    """The registrar's and the lead manager's signatures are void; for `evolve` only."""
    if closing.confirmed:
        change_authorised(state, bond, -closing.nominal)
    closing.confirmed = False
    closing.allotments.clear()


def on_issue_authorised(state: State, event: IssueAuthorised) -> None:
    bond = state.issues.bonds[event.asset]
    closing = bond.closings[-1]
    _void(state, bond, closing)
    closing.nominal, closing.price = event.nominal, event.price
    closing.proceeds, closing.all_or_none = dict(event.proceeds), event.all_or_none
    closing.authorised = True
    if bond.status is BondStatus.DRAFT:
        bond.status = BondStatus.CLOSING


def on_amount_confirmed(state: State, event: AmountConfirmed) -> None:
    bond = state.issues.bonds[event.asset]
    bond.closings[-1].confirmed = True
    change_authorised(state, bond, event.nominal)


def on_agency_accepted(state: State, event: AgencyAccepted) -> None:
    closing = state.issues.bonds[event.asset].closings[-1]
    closing.accepted = (*closing.accepted, event.party)


def on_closing_abandoned(state: State, event: ClosingAbandoned) -> None:
    bond = state.issues.bonds[event.asset]
    closing = bond.closings[-1]
    _void(state, bond, closing)
    closing.abandoned = True
    if bond.issued == 0:
        bond.status = BondStatus.CANCELLED
        state.follow(WorkKind.ENDED, bond.asset)


def sees_closing(
    state: State, event: IssueAuthorised | AmountConfirmed | AgencyAccepted | ClosingAbandoned
) -> Audience:
    """The parties to the issue."""
    return deal_parties(state.issues.bonds[event.asset])
