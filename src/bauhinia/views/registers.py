"""A copy of a register, with the columns of its profile."""

from __future__ import annotations

from collections.abc import Callable

from bauhinia.ledger.assets import AssetKind
from bauhinia.views import model, tables
from bauhinia.views.asking import Asking
from bauhinia.views.tables import AssetRow, SpellRow
from bauhinia.words.dates import day_of
from bauhinia.words.reasons import Reason, require

CONTRACTUAL = ("account", "name", "amount")
STATUTORY = ("name", "address", "amount", "entered", "ceased")  # Companies Ordinance (Cap. 622), s. 308
COLUMNS = ("account", "holder", "name", "address", "amount", "entered", "ceased")
PERSONAL = ("name", "address")  # of these the personal data beside the ledger are asked
Personal = Callable[[int, bytes], model.PersonalData | None]  # a party's number, and the ledger's commitment
REGISTERED = (AssetKind.BOND, AssetKind.ENTITLEMENT)


def register_copy(ask: Asking, asset: AssetRow, personal: Personal | None = None) -> model.RegisterCopy | None:
    """A copy of the register of a bond, or of a keeper's book, by account; None to whom its profile lets take none.
    Refused NOT_SIGNED_FOR to whoever may take one, neither keeps the register nor acts on it, and has not signed for a
    copy today (`RequestCopy`): so it is known who had one.

    `personal` gives the name and address to which the ledger is bound, asked only where the columns show them; without
    it the names are the public ones. A regulator gets no personal data.
    """
    if asset.kind not in REGISTERED or not ask.discloses(asset, "register.copies"):
        return None
    require(ask.signed_for(asset, copy=True), Reason.NOT_SIGNED_FOR, "request_copy", asset.code)
    columns = columns_of(ask, asset)
    shown = any(each in columns for each in PERSONAL) and not ask.regulates()
    lookup = personal if shown else None
    offset = _offset(ask, asset)
    rows: list[model.RegisterRow] = []
    spells = list(tables.SPELLS.rows(ask.db, "WHERE asset = ? ORDER BY ceased > 0, account, number", asset.number))
    for spell in spells:
        if spell.ceased and "ceased" not in columns:
            continue
        row = _row(ask, asset, spell, offset, lookup, "address" in columns)
        if row is not None:
            rows.append(row)
    seal = tables.SEALS.find(ask.db, asset.number)
    return model.RegisterCopy(
        asset.number,
        asset.code,
        asset.name,
        _profile_name(ask, asset),
        columns,
        tuple(rows),
        ask.amount(asset.number, ask.outstanding(asset)),
        int(ask.said("height") or 0),
        ask.time,
        seal.root.hex() if seal else "",
        seal.day if seal else None,
    )


def columns_of(ask: Asking, asset: AssetRow) -> tuple[str, ...]:
    """The columns that the profile names (`register.columns`); the contractual ones where it names none."""
    profile = ask.profile(asset) if asset.kind is AssetKind.BOND else None
    named = [each.strip() for each in profile.value("register.columns").split(",")] if profile else []
    return tuple(each for each in named if each in COLUMNS) or CONTRACTUAL


def _profile_name(ask: Asking, asset: AssetRow) -> str:
    bond = tables.BONDS.find(ask.db, asset.number)
    return bond.sheet.profile if bond else "keeper"


def _offset(ask: Asking, asset: AssetRow) -> int:
    system = tables.SYSTEMS.find(ask.db, asset.system)
    return system.timetable.offset if system else 0


def _row(
    ask: Asking,
    asset: AssetRow,
    spell: SpellRow,
    offset: int,
    personal: Personal | None,
    with_address: bool,
) -> model.RegisterRow | None:
    """One entry; None of a former holder whose data were erased since."""
    account = ask.account(spell.account)
    if account is None:
        return None
    holder = spell.holder or account.holder
    erased = tables.ERASURES.find(ask.db, holder)
    if spell.ceased and erased and erased.time >= spell.ceased:
        return None
    party = ask.party(holder)
    data = personal(holder, party.commitment) if personal and party else None
    held = ask.balance(spell.account, asset.number) if not spell.ceased else 0
    return model.RegisterRow(
        spell.account,
        holder,
        (data.name if data else "") or ask.party_name(holder),
        data.address if data and with_address else "",
        ask.amount(asset.number, held),
        day_of(spell.entered, offset),
        day_of(spell.ceased, offset) if spell.ceased else None,
    )
