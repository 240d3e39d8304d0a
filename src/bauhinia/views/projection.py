"""What a projection works on: the rows of every table, and the entries that settled legs make."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import Status
from bauhinia.ledger.positions import account_of, asset_of
from bauhinia.ledger.posting import Leg
from bauhinia.views import network_tables, series_tables, tables
from bauhinia.views.allegements import AllegementRow
from bauhinia.views.contract_tables import MandatedRow, MandateRow, SetRow, SignatoryRow
from bauhinia.views.money_tables import ElectionRow
from bauhinia.views.queue_tables import OffsetAgentRow, StakeRow
from bauhinia.views.rows import KEPT, Rows
from bauhinia.views.tables import AccountRow, AssetRow, EntryRow, InstructionRow, PartyRow, TransactionRow
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.reasons import must

REGISTERED = (AssetKind.BOND, AssetKind.ENTITLEMENT)  # of what there are registers


class Projection:
    """The one writer's work: rows as the block under way changes them, written when it ends."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.height, self.time = 0, 0  # of the block, and of the step
        self.of = {table.name: Rows(table) for table in tables.TABLES}
        self.meta: Rows[tables.Meta] = self.of["meta"]
        self.systems: Rows[tables.SystemRow] = self.of["systems"]
        self.calendars: Rows[tables.CalendarRow] = self.of["calendars"]
        self.closures: Rows[tables.ClosureRow] = self.of["closures"]
        self.rulebooks: Rows[tables.RulebookRow] = self.of["rulebooks"]
        self.parties: Rows[PartyRow] = self.of["parties"]
        self.attributes: Rows[tables.AttributeRow] = self.of["attributes"]
        self.accounts: Rows[AccountRow] = self.of["accounts"]
        self.grants: Rows[tables.GrantRow] = self.of["grants"]
        self.elections: Rows[ElectionRow] = self.of["elections"]
        self.assets: Rows[AssetRow] = self.of["assets"]
        self.spells: Rows[tables.SpellRow] = self.of["spells"]
        self.bonds: Rows[tables.BondRow] = self.of["bonds"]
        self.closings: Rows[tables.ClosingRow] = self.of["closings"]
        self.actions: Rows[tables.ActionRow] = self.of["actions"]
        self.records: Rows[tables.RecordRow] = self.of["records"]
        self.paying: Rows[tables.PayingRow] = self.of["paying"]
        self.suspense: Rows[tables.SuspenseRow] = self.of["suspense"]
        self.claims: Rows[tables.ClaimRow] = self.of["claims"]
        self.seals: Rows[tables.SealRow] = self.of["seals"]
        self.inspections: Rows[tables.InspectionRow] = self.of["inspections"]
        self.erasures: Rows[tables.ErasureRow] = self.of["erasures"]
        self.uses: Rows[tables.UseRow] = self.of["uses"]
        self.breaks: Rows[tables.BreakRow] = self.of["breaks"]
        self.comparisons: Rows[tables.ComparisonRow] = self.of["comparisons"]
        self.instructions: Rows[InstructionRow] = self.of["instructions"]
        self.allegements: Rows[AllegementRow] = self.of["allegements"]
        self.transactions: Rows[TransactionRow] = self.of["transactions"]
        self.stakes: Rows[StakeRow] = self.of["stakes"]
        self.payments: Rows[tables.PaymentRow] = self.of["payments"]
        self.series: Rows[series_tables.SeriesRow] = self.of["series"]
        self.values: Rows[series_tables.ValueRow] = self.of["series_values"]
        self.told: Rows[series_tables.ToldRow] = self.of["told"]
        self.offset_agents: Rows[OffsetAgentRow] = self.of["offset_agents"]
        self.proposals: Rows[tables.ProposalRow] = self.of["proposals"]
        self.entries: list[EntryRow] = []
        self._balances: dict[tuple[int, int], int] = {}
        self._numbers: dict[int, int] = {}
        self._spells: dict[tuple[int, int], int] = {}
        self._opened = -1
        self._moved: dict[tuple[int, int], None] = {}
        self._of_contracts()

    def _of_contracts(self) -> None:
        """The rows of deposit networks, sets and mandates."""
        self.credit_lines: Rows[network_tables.LineRow] = self.of["credit_lines"]
        self.nets: Rows[network_tables.NetRow] = self.of["nets"]
        self.owed: Rows[network_tables.OwedRow] = self.of["owed"]
        self.networks: Rows[network_tables.NetworkRow] = self.of["networks"]
        self.members: Rows[network_tables.MemberRow] = self.of["members"]
        self.customers: Rows[network_tables.CustomerRow] = self.of["customers"]
        self.deposits: Rows[network_tables.DepositRow] = self.of["deposits"]
        self.held: Rows[network_tables.HeldRow] = self.of["held"]
        self.requests: Rows[network_tables.RequestRow] = self.of["requests"]
        self.recalls: Rows[network_tables.RecallRow] = self.of["recalls"]
        self.screeners: Rows[network_tables.ScreenerRow] = self.of["screeners"]
        self.listed: Rows[network_tables.ListedRow] = self.of["listed"]
        self.bridges: Rows[network_tables.BridgeRow] = self.of["bridges"]
        self.bridge_draws: Rows[network_tables.BridgeDrawRow] = self.of["bridge_draws"]
        self.sets: Rows[SetRow] = self.of["sets"]
        self.signatories: Rows[SignatoryRow] = self.of["signatories"]
        self.mandates: Rows[MandateRow] = self.of["mandates"]
        self.mandated: Rows[MandatedRow] = self.of["mandated"]

    def say(self, name: str, value: object) -> None:
        """Set what is known of the ledger as a whole."""
        self.meta.put(tables.Meta(name, str(value)))

    def account(self, number: int) -> AccountRow:
        found = self.accounts.find(self.db, number)
        must(found, "projected an event of an account that is not there:", number)
        return found  # type: ignore[return-value]

    def asset(self, number: int) -> AssetRow:
        found = self.assets.find(self.db, number)
        must(found, "projected an event of an asset that is not there:", number)
        return found  # type: ignore[return-value]

    def holder_of(self, number: int) -> int:
        return self.account(number).holder

    def business_date(self, asset: int) -> date:
        """The business date of the system that an asset moves in."""
        system = self.systems.find(self.db, self.asset(asset).system)
        must(system, "projected an event of a system that is not there:", asset)
        return system.date  # type: ignore[union-attr]

    def next_number(self, table: str) -> int:
        """One more than the highest number of a table."""
        rows = self.of[table]
        rows.flush(self.db)
        return int(self.db.execute(f"SELECT ifnull(max(number), 0) + 1 FROM {table}").fetchone()[0])

    def settle(self, transactions: list[TransactionRow], time: int) -> None:
        """The legs of transactions have moved, all at one instant: an entry on each account. Of several transactions
        what comes in is entered before what goes out, so that no statement shows a balance that there never was."""
        legs: list[tuple[TransactionRow, list[InstructionRow], Leg]] = []
        before: dict[tuple[int, int], int] = {}
        for transaction in transactions:
            sides = self._settled(transaction, time)
            for leg in transaction.legs:
                legs.append((transaction, sides, leg))
                for holder in (leg.giver, leg.taker):
                    before.setdefault((holder, leg.asset), self.balance(holder, leg.asset))
        if len(transactions) == 1:
            for transaction, sides, leg in legs:
                self._enter(transaction, leg, leg.giver, leg.taker, -leg.amount, sides)
                self._enter(transaction, leg, leg.taker, leg.giver, leg.amount, sides)
        else:
            for transaction, sides, leg in legs:
                self._enter(transaction, leg, leg.taker, leg.giver, leg.amount, sides)
            for transaction, sides, leg in legs:
                self._enter(transaction, leg, leg.giver, leg.taker, -leg.amount, sides)
        for (account, asset), held in before.items():
            self._date(account, asset, held, self.balance(account, asset), time)

    def _settled(self, transaction: TransactionRow, time: int) -> list[InstructionRow]:
        """Mark a transaction and its two instructions, which are given back."""
        transaction.status, transaction.settled = Status.SETTLED, time
        moved = [leg.asset for leg in transaction.legs[:1]]
        if not moved and transaction.payment:  # all of it was paid outside the ledger
            moved = [AssetNumber(self.payments.change(self.db, transaction.payment).money)]
        transaction.settled_date = self.business_date(moved[0]) if moved else None
        sides = [self.instructions.change(self.db, each) for each in (transaction.deliver, transaction.receive) if each]
        for side in sides:
            side.open = side.open and transaction.part_of != 0
        return sides

    def _date(self, account: int, asset: int, before: int, after: int, time: int) -> None:
        """Who holds a bond stands in its register from then on, and ceases when it no longer does."""
        if (before > 0) is (after > 0) or self.asset(asset).kind not in REGISTERED:
            return
        key = asset, account
        if key not in self._spells:
            found = self.db.execute("SELECT max(number) FROM spells WHERE asset = ? AND account = ?", key).fetchone()
            self._spells[key] = found[0] or 0
        if after > 0:
            self._spells[key] += 1
            self.spells.put(tables.SpellRow(asset, account, self._spells[key], time, 0))
        else:
            self.spells.change(self.db, asset, account, self._spells[key]).ceased = time

    def end_spell(self, asset: int, account: int, number: int, time: int) -> None:
        """An account changes hands: its spell in a register ends, and the new holder's begins."""
        self.spells.change(self.db, asset, account, number).ceased = time
        self.spells.put(tables.SpellRow(asset, account, number + 1, time, 0))
        self._spells[asset, account] = number + 1

    def _enter(
        self,
        transaction: TransactionRow,
        leg: Leg,
        account: int,
        other: int,
        change: int,
        sides: list[InstructionRow],
    ) -> None:
        key = account, leg.asset
        self._balances[key] += change
        self._moved[key] = None
        if account not in self._numbers:
            found = self.db.execute("SELECT max(number) FROM entries WHERE account = ?", (account,)).fetchone()[0]
            self._numbers[account] = found or 0
        self._numbers[account] += 1
        counterparty, reference = self._counterparty(account, other, leg, sides)
        self.entries.append(
            EntryRow(
                account,
                self._numbers[account],
                leg.asset,
                transaction.settled,
                self.business_date(leg.asset),
                self.height,
                change,
                self._balances[key],
                counterparty,
                transaction.kind,
                reference,
                transaction.number,
                transaction.cause,
            )
        )

    def _counterparty(self, account: int, other: int, leg: Leg, sides: list[InstructionRow]) -> tuple[int, str]:
        """Who stands on the other side, and the owner's own reference: for a trade as instructed, else the holder of
        the other account; nobody where a keeper only issues to, or burns of, its own book. A payment's reference is its
        payer's, on both accounts."""
        if len(sides) == 1:
            return self.holder_of(other), sides[0].order.reference
        for number, side in enumerate(sides):
            if account in (side.account, side.order.cash_account):
                return sides[1 - number].party, side.order.reference
        asset = self.asset(leg.asset)
        if asset.kind is AssetKind.ENTITLEMENT and other == asset.issuer_account:
            return asset.issuer, ""
        return self.holder_of(other), ""

    def balance(self, account: int, asset: int) -> int:
        """A balance as it stands within the block under way."""
        key = account, asset
        known = self._balances.get(key)
        if known is None:
            found = self.db.execute("SELECT balance FROM positions WHERE account = ? AND asset = ?", key).fetchone()
            known = self._balances[key] = int(found[0]) if found else 0
        return known

    def open_positions(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """Note the positions that the block opens, in their order, before its events: a record reads them so."""
        if self._opened < 0:
            self._opened = self.db.execute("SELECT ifnull(max(opened), 0) FROM positions").fetchone()[0]
        found = []
        for key, *_ in rows:
            self._opened += 1
            found.append((account_of(key), asset_of(key), self._opened))
        self.db.executemany("INSERT OR IGNORE INTO positions VALUES (?, ?, 0, 0, 0, ?)", found)

    def opened(self, asset: int) -> list[AccountNumber]:
        """The accounts with a position in an asset, in the order in which they were opened."""
        found = self.db.execute("SELECT account FROM positions WHERE asset = ? ORDER BY opened", (asset,))
        return [account for (account,) in found]

    def positions(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """The positions that the block changed. What was entered must add up to them."""
        found = [(*rest, account_of(key), asset_of(key)) for key, *rest in rows]
        balances = {(account, asset): balance for balance, _, _, account, asset in found}
        for key in self._moved:
            must(balances.get(key) == self._balances[key], "entries do not add up to a position:", *key)
        self.db.executemany(
            "UPDATE positions SET balance = ?, earmarked = ?, flags = ? WHERE account = ? AND asset = ?", found
        )
        self._balances.update({key: balance for key, balance in balances.items() if key in self._balances})

    def flush(self) -> None:
        """Write everything that the block changed."""
        for rows in self.of.values():
            rows.flush(self.db)
        self.db.executemany(tables.ENTRIES.insert, map(tables.ENTRIES.to_values, self.entries))
        self.entries.clear()
        self._moved.clear()
        if len(self._balances) > KEPT:
            self._balances.clear()
        if len(self._numbers) > KEPT:
            self._numbers.clear()
        if len(self._spells) > KEPT:
            self._spells.clear()

    def forget(self) -> None:
        """Drop what is remembered, after a block that could not be written."""
        for rows in self.of.values():
            rows.forget()
        self.entries.clear()
        self._balances.clear()
        self._numbers.clear()
        self._spells.clear()
        self._opened = -1
        self._moved.clear()
