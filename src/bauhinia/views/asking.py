"""One question to the views: who asks, at one moment of the views, and what that viewer may know.

Everyone may know parties' public names, bonds' public terms, moneys, systems, calendars and rulebooks. Beyond that:
operators see all; a holder its accounts; who keeps an account, or has a right to view it, that account; who keeps a
register, that register; a regulator what the rulebook's provision `disclosure.regulator` says.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from functools import cached_property

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.parties import Block, Right, Role
from bauhinia.ledger.rulebooks import Rulebook
from bauhinia.views import tables
from bauhinia.views.model import Amount, Viewer
from bauhinia.views.narrow import untold
from bauhinia.views.tables import AccountRow, ActionRow, AssetRow, PartyRow
from bauhinia.words.dates import day_of
from bauhinia.words.money import format_units

ALL: tuple[int, ...] = (0,)  # as assets: any

# rows with an account and an asset that the viewer :party holds, keeps or may view at :time, as `Asking.sight` has it
SEEN = (
    "(account IN (SELECT number FROM accounts WHERE holder = :party UNION SELECT number FROM accounts"
    " WHERE keeper = :party) OR account IN (SELECT g.account FROM grants g WHERE g.party = :party"
    " AND g.\"right\" = 'VIEW' AND g.until > :time AND g.asset IN (0, {asset})))"
)


@dataclass(slots=True)
class _Known:
    parties: dict[int, PartyRow | None] = field(default_factory=dict)
    accounts: dict[int, AccountRow | None] = field(default_factory=dict)
    assets: dict[int, AssetRow | None] = field(default_factory=dict)
    actions: dict[int, ActionRow | None] = field(default_factory=dict)


class Asking:
    """A question under way. Rows are read once."""

    def __init__(self, db: sqlite3.Connection, viewer: Viewer) -> None:
        self.db, self.viewer = db, viewer
        self._known = _Known()

    @cached_property
    def time(self) -> int:
        """The ledger's time."""
        return int(self.said("time") or 0)

    def said(self, name: str) -> str:
        found = tables.META.find(self.db, name)
        return found.value if found else ""

    def party(self, number: int) -> PartyRow | None:
        known = self._known.parties
        if number not in known:
            known[number] = tables.PARTIES.find(self.db, number)
        return known[number]

    def party_name(self, number: int) -> str:
        """A party's public name; empty for a natural person."""
        found = self.party(number) if number else None
        return found.name if found else ""

    def account(self, number: int) -> AccountRow | None:
        known = self._known.accounts
        if number not in known:
            known[number] = tables.ACCOUNTS.find(self.db, number)
        return known[number]

    def asset(self, number: int) -> AssetRow | None:
        known = self._known.assets
        if number not in known:
            known[number] = tables.ASSETS.find(self.db, number)
        return known[number]

    def action(self, number: int) -> ActionRow | None:
        known = self._known.actions
        if number not in known:
            known[number] = tables.ACTIONS.find(self.db, number)
        return known[number]

    def code(self, number: int) -> str:
        found = self.asset(number) if number else None
        return found.code if found else ""

    def amount(self, asset: int, units: int) -> Amount:
        """An amount of an asset: nominal of a bond, or money."""
        found = self.asset(asset)
        return amount(units, found.exponent, found.currency) if found else amount(units, 0, "")

    def balance(self, account: int, asset: int) -> int:
        found = self.db.execute(
            "SELECT balance FROM positions WHERE account = ? AND asset = ?", (account, asset)
        ).fetchone()
        return int(found[0]) if found else 0

    def outstanding(self, asset: AssetRow) -> int:
        """What is outstanding of an asset: its issuer's account below zero."""
        return -self.balance(asset.issuer_account, asset.number)

    def rulebook(self, name: str) -> Rulebook | None:
        """The version of a rulebook in force, by the latest business date of any system."""
        today = self.db.execute("SELECT max(date) FROM systems").fetchone()[0] or ""
        found = None
        for row in tables.RULEBOOKS.rows(self.db, "WHERE name = ? ORDER BY version", name):
            if row.rulebook.effective.isoformat() <= today or found is None:
                found = row.rulebook
        return found

    def sight(self, account: AccountRow) -> tuple[int, ...]:
        """The assets on an account that the viewer may see as someone with a right over it: ALL, some, or none.

        Its holder, who keeps it, and operators see all; a right to view is for all, or for one asset, until its end.
        """
        party = self.viewer.party
        if self.viewer.operator or (party and party in (account.holder, account.keeper)):
            return ALL
        if not party:
            return ()
        where = 'WHERE account = ? AND party = ? AND "right" = ? AND until > ?'
        grants = [
            row.asset for row in tables.GRANTS.rows(self.db, where, account.number, party, Right.VIEW.name, self.time)
        ]
        return ALL if 0 in grants else tuple(grants)

    def blocks(self, account: AccountRow, asset: int, bits: int) -> tuple[str, ...]:
        """The blocks that stand, as the viewer may know them: whoever only holds or views the account, none of which
        the holder has not been told. `asset` zero for those of the whole account."""
        knows = self.viewer.operator or self.viewer.party == account.keeper != account.holder
        hidden = 0 if knows or not bits else untold(self.db, account.number, asset)
        return block_names(bits & ~hidden)

    def kept_sight(self, account: AccountRow) -> tuple[int, ...]:
        """As `sight`, with the assets on the account whose register the viewer keeps."""
        seen = self.sight(account)
        if seen == ALL or not self.viewer.party:
            return seen
        kept = self.db.execute(
            "SELECT p.asset FROM positions p JOIN assets a ON a.number = p.asset"
            " WHERE p.account = ? AND a.registrar = ?",
            (account.number, self.viewer.party),
        )
        return (*seen, *(asset for (asset,) in kept))

    def keeps(self, party: int) -> bool:
        """Whether the viewer keeps a party's account, or is registrar of something that it holds: who may record the
        personal data of a holder, as the rules of registers have it."""
        if self.viewer.operator:
            return True
        found = self.db.execute(
            "SELECT 1 FROM accounts WHERE holder = ?1 AND keeper = ?2 UNION SELECT 1 FROM positions p"
            " JOIN accounts a ON a.number = p.account JOIN assets s ON s.number = p.asset"
            " WHERE a.holder = ?1 AND p.balance > 0 AND s.registrar = ?2 AND s.kind != ?3 LIMIT 1",
            (party, self.viewer.party, AssetKind.MONEY.name),
        )
        return bool(self.viewer.party) and found.fetchone() is not None

    def viewed(self) -> list[AccountRow]:
        """The accounts that the viewer holds, keeps or may view, by number."""
        if self.viewer.operator:
            return list(tables.ACCOUNTS.rows(self.db, "ORDER BY number"))
        party = self.viewer.party
        if not party:
            return []
        where = (
            "WHERE holder = ?1 OR keeper = ?1 OR number IN (SELECT account FROM grants WHERE party = ?1"
            ' AND "right" = ?2 AND until > ?3) ORDER BY number'
        )
        return list(tables.ACCOUNTS.rows(self.db, where, party, Right.VIEW.name, self.time))

    def agents(self, asset: AssetRow) -> tuple[int, ...]:
        """Who keeps a register or acts on it: registrar and issuer; of a bond also paying agent and trustee."""
        bond = tables.BONDS.find(self.db, asset.number)
        more = (bond.sheet.paying_agent, bond.sheet.trustee) if bond else ()
        return tuple(each for each in (asset.registrar, asset.issuer, *more) if each)

    def serves(self, asset: AssetRow) -> bool:
        """Whether the viewer keeps a register or acts on it."""
        return self.viewer.operator or (self.viewer.party != 0 and self.viewer.party in self.agents(asset))

    def signed_for(self, asset: AssetRow, *, copy: bool = False) -> bool:
        """Whether the viewer may read now what a register discloses to it.

        A look is an event with who, when and why (Companies Ordinance, Cap. 622, s. 310: inspection and copies are
        asked for), and nobody can sign it but who looks. So it is read once its signature stands on the ledger, for a
        copy that of `RequestCopy`, until the day on which it was given has ended where the bond is. Who keeps the
        register or acts on it reads it daily, as its duty is: of that there is no trace.
        """
        if self.serves(asset):
            return True
        where = "SELECT max(time) FROM inspections WHERE asset = ? AND party = ? AND copied >= ?"
        (last,) = self.db.execute(where, (asset.number, self.viewer.party, int(copy))).fetchone()
        system = tables.SYSTEMS.find(self.db, asset.system)
        offset = system.timetable.offset if system else 0
        return self.viewer.party != 0 and last is not None and day_of(last, offset) == day_of(self.time, offset)

    def looks_into(self, asset: AssetRow) -> bool:
        """Whether the viewer is shown the whole register: it is disclosed to it, and signed for."""
        return self.discloses(asset, "register.inspection") and self.signed_for(asset)

    def discloses(self, asset: AssetRow, provision: str) -> bool:
        """Whether the viewer may look into the register of an asset (`register.inspection`) or take a copy of it
        (`register.copies`), as the rules of registers have it: who keeps it or acts on it always may; a regulator,
        holders or anyone where its profile says so. A stranger is anyone."""
        viewer = self.viewer
        if self.serves(asset):
            return True
        if asset.kind is not AssetKind.BOND:
            return False
        profile = self.profile(asset)
        if profile is None:
            return False
        if Role.REGULATOR in viewer.roles and profile.value("disclosure.regulator") == "yes":
            return True
        whom = profile.value(provision, "nobody")
        if whom == "holders":
            found = self.db.execute(
                "SELECT 1 FROM positions p JOIN accounts a ON a.number = p.account"
                " WHERE p.asset = ? AND p.balance > 0 AND a.holder = ?",
                (asset.number, viewer.party),
            ).fetchone()
            return found is not None
        return whom == "anyone"

    def profile(self, asset: AssetRow) -> Rulebook | None:
        """The rulebook in force that says how a bond's register is kept; None of what is no bond, or names none."""
        bond = tables.BONDS.find(self.db, asset.number)
        name = bond.sheet.profile if bond else asset.rulebook
        return self.rulebook(name) if name else None

    def regulates(self) -> bool:
        """Whether the viewer is a regulator."""
        return Role.REGULATOR in self.viewer.roles

    def find_asset(self, which: str | int) -> AssetRow | None:
        """An asset by number or code (a bond's ISIN)."""
        if isinstance(which, int):
            return self.asset(which)
        return next(tables.ASSETS.rows(self.db, "WHERE code = ?", which), None)


def amount(units: int, exponent: int, currency: str) -> Amount:
    """An amount with its text."""
    return Amount(units, exponent, currency, f"{currency} {format_units(units, exponent)}".strip())


def block_names(bits: int) -> tuple[str, ...]:
    """The names of the blocks that stand."""
    return tuple(block.name for block in Block if bits & block)
