"""A lodged note: what backs beneficial interests.

Where the bonds are interests in a global note, in paper or by record, the depository confirms that the note is in its
custody. From then on the note stands on the ledger as an asset of its own in the depository's account, backing the
bonds: it is marked up by what issues them and marked down by what redeems or cancels them, in the same posting.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.assets import Asset, AssetKind, TitleLayer
from bauhinia.ledger.bonds import BondStatus, Document
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.state import State
from bauhinia.rules.issue import bond_of, deal_parties, require_documents
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class LodgeNote:
    """A command of four eyes by the depository: the note of a bond, under `code`, is in its custody, recorded in its
    own `account` of purpose LODGED. `document` is the note itself, by its hash."""

    asset: AssetNumber
    code: str
    account: AccountNumber
    document: Document


@dataclass(slots=True)
class NoteLodged:
    """The bond is backed by `note` from now on, held in `account`; nothing is marked up yet."""

    asset: AssetNumber
    note: AssetNumber
    code: str
    account: AccountNumber
    depository: PartyNumber
    document: Document


def lodge_note(step: Step, command: LodgeNote) -> None:
    """Checked in order: the bond is an interest in a note, has none yet, and nothing of it is issued; the code; the
    depository's own account; the document."""
    state = step.state
    bond = bond_of(state, command.asset)
    title = state.assets[command.asset].title
    require(title is TitleLayer.BENEFICIAL, Reason.BACKING, "asset", command.asset, title.name)
    require(not bond.note, Reason.ALREADY_DONE, "asset", command.asset)
    open_to_it = bond.status in (BondStatus.DRAFT, BondStatus.CLOSING)
    require(open_to_it, Reason.STATE, "asset", command.asset, bond.status.name)
    require_text(command.code, "code", 35)
    require(command.code not in state.codes, Reason.DUPLICATE, "code", command.code)
    account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.purpose is Purpose.LODGED, Reason.PURPOSE, "account", account.purpose.name)
    require(not account.closed, Reason.CLOSED, "account", command.account)
    require_documents((*bond.documents, command.document))
    number = AssetNumber(len(state.assets) + 1)
    step.emit(NoteLodged(command.asset, number, command.code, command.account, step.asker, command.document))


def on_note_lodged(state: State, event: NoteLodged) -> None:
    """A new asset of the same issuer, from the same account, as far authorised as the bond."""
    asset, bond = state.assets[event.asset], state.issues.bonds[event.asset]
    state.assets[event.note] = Asset(
        event.note,
        AssetKind.NOTE,
        event.code,
        f"Note of {asset.code}",
        asset.currency,
        asset.exponent,
        asset.issuer,
        asset.issuer_account,
        asset.authorised,
        asset.denomination,
        asset.multiple,
        event.depository,
        asset.system,
        rulebook=asset.rulebook,
        base=event.note,
    )
    state.codes[event.code] = event.note
    asset.backing_account, asset.backing_asset = event.account, event.note
    state.accounts[event.account].backs[event.note] = event.asset
    bond.note = event.note
    bond.documents = (*bond.documents, event.document)


def sees_note(state: State, event: NoteLodged) -> Audience:
    """The depository and the parties to the issue."""
    return (event.depository, *deal_parties(state.issues.bonds[event.asset]))
