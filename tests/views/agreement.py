"""Do the views say what the state says? Every party, account, asset, position, bond, action, record, claim."""

from __future__ import annotations

from typing import Any

from bauhinia.ledger.state import State
from bauhinia.rules.sets import parties_of
from bauhinia.views import fee_tables, penalty_tables, series_tables, tables
from bauhinia.views.contract_tables import MANDATES, SETS, SIGNATORIES
from bauhinia.views.rows import Table
from bauhinia.views.store import Views


def rows(views: Views, table: Table[Any]) -> dict[Any, Any]:
    """The rows of a table by key."""
    with views.reading() as db:
        found = {table.key_of(row): row for row in table.rows(db)}
    return {key[0] if len(key) == 1 else key: row for key, row in found.items()}


def same(views: Views, table: Table[Any], expected: dict[Any, Any], *names: str) -> None:
    """The table has the same keys as the state's dict, and these fields agree."""
    found = rows(views, table)
    assert sorted(found) == sorted(expected), table.name
    for key, value in expected.items():
        for name in names:
            told, kept = getattr(value, name), getattr(found[key], name)
            assert kept == told, (table.name, key, name, kept, told)


def agree(views: Views, state: State) -> None:
    """Assert that the views, brought up to the state's last block, tell the same as the state."""
    assert views.height == state.height
    same(views, tables.PARTIES, state.parties, "name", "lei", "roles", "keys", "threshold", "standing", "commitment")
    same(views, tables.ACCOUNTS, state.accounts, "holder", "purpose", "name", "keeper", "tier", "cash_account",
         "blocks", "opened", "closed")  # fmt: skip
    same(views, tables.ASSETS, state.assets, "kind", "code", "name", "currency", "exponent", "issuer",
         "issuer_account", "authorised", "denomination", "multiple", "registrar", "system", "title", "money",
         "rulebook", "backing_account", "backing_asset", "paused", "halted")  # fmt: skip
    same(views, tables.SYSTEMS, state.days.systems, "name", "centres", "timetable", "phase")
    _positions(views, state)
    _bonds(views, state)
    _servicing(views, state)
    _settlement(views, state)
    _registers(views, state)
    _series(views, state)
    _penalties(views, state)
    _fees(views, state)


def _positions(views: Views, state: State) -> None:
    found = {(row.account, row.asset): (row.balance, row.earmarked, row.flags)
             for row in rows(views, tables.POSITIONS).values()}  # fmt: skip
    columns = state.positions.columns
    expected = {
        (columns[at] >> 32, columns[at] & 0xFFFFFFFF): tuple(columns[at + 1 : at + 4])
        for at in range(0, len(columns), 4)
    }
    assert found == expected


def _bonds(views: Views, state: State) -> None:
    bonds = state.issues.bonds
    same(views, tables.BONDS, bonds, "status", "issued", "redeemed", "cancelled", "fungible_with", "fungible_from")
    sheets = rows(views, tables.BONDS)
    for number, bond in bonds.items():
        assert (sheets[number].sheet.documents, sheets[number].sheet.terms) == (bond.documents, bond.terms)
    closings = {(each.asset, at): closing for each in bonds.values() for at, closing in enumerate(each.closings, 1)}
    found = rows(views, tables.CLOSINGS)
    assert {key: row.closing for key, row in found.items()} == closings


def _servicing(views: Views, state: State) -> None:
    servicing = state.servicing
    same(views, tables.ACTIONS, servicing.actions, "asset", "kind", "period", "record_date", "payment_date",
         "provisional", "interest", "principal", "status", "paid")  # fmt: skip
    expected = {
        (number, book, row): (account, record.units[row], record.amounts[row], record.paid[row], record.states[row])
        for number, action in servicing.actions.items()
        for book, record in action.records.items()
        for row, account in enumerate(record.accounts)
    }
    found = {key: (row.account, row.units, row.amount, row.paid, row.state)
             for key, row in rows(views, tables.RECORDS).items()}  # fmt: skip
    assert found == expected
    claims = {number for number, row in rows(views, tables.CLAIMS).items() if row.status not in ("PAID", "CANCELLED")}
    assert claims == set(servicing.claims)
    held = {number for number, row in rows(views, tables.SUSPENSE).items() if row.status == "HELD"}
    assert held == set(servicing.suspense)


def _settlement(views: Views, state: State) -> None:
    """What is settled has left the state: so far as the state knows."""
    transactions = rows(views, tables.TRANSACTIONS)
    for number, transaction in state.settlement.transactions.items():
        row = transactions[number]
        assert (row.status, row.legs, row.payment) == (transaction.status, transaction.legs, transaction.payment)
        if transaction.number in state.settlement.live:
            assert (row.reason, row.lacking) == (transaction.reason, transaction.lacking_party)
    _contracts(views, state)
    payments = rows(views, tables.PAYMENTS)
    for each, payment in state.settlement.payments.items():
        assert (payments[each].status, payments[each].transaction) == (payment.status, payment.transaction)
    instructions = rows(views, tables.INSTRUCTIONS)
    for key, instruction in state.settlement.instructions.items():
        found = instructions[key]
        assert (found.party, found.order.reference, found.hold, found.cancelled, found.transaction) == (
            instruction.party,
            instruction.order.reference,
            instruction.hold,
            instruction.cancelled,
            instruction.transaction,
        )
    given = {(account.number, grant.party, int(grant.right), grant.asset): grant.until
             for account in state.accounts.values() for grant in account.grants}  # fmt: skip
    grants = rows(views, tables.GRANTS).values()
    assert {(row.account, row.party, int(row.right), row.asset): row.until for row in grants} == given


def _fees(views: Views, state: State) -> None:
    """Every schedule, and every bill that the state still has."""
    fees = state.fees
    schedules = {each.number: each for each in fees.schedules}
    same(views, fee_tables.FEE_SCHEDULES, schedules, "system", "currency", "collector", "due_days")
    found = rows(views, fee_tables.BILLS)
    for number, bill in fees.bills.items():
        row = found[number]
        assert (row.party, row.lines, row.total, row.paid, row.status) == (
            bill.party, bill.lines, bill.total, bill.paid, bill.status,
        )  # fmt: skip
    accounts = {key: (row.money, row.account) for key, row in rows(views, fee_tables.FEE_ACCOUNTS).items()}
    assert accounts == fees.accounts


def _contracts(views: Views, state: State) -> None:
    sets, mandates = rows(views, SETS), rows(views, MANDATES)
    signatories = rows(views, SIGNATORIES)
    for number, agreed in state.settlement.agreed.sets.items():
        row = sets[number]
        status = "AGREED" if agreed.transaction else "ENDED" if agreed.ended else "OPEN"
        assert (row.status, row.transaction, row.legs) == (status, agreed.transaction, agreed.legs)
        told = [(each.party, each.agreed, each.asked) for each in signatories.values() if each.number == number]
        known = [(each, each in agreed.agreed, each in agreed.asked) for each in sorted(parties_of(state, agreed))]
        assert sorted(told) == known
    in_force = state.settlement.mandates.in_force
    assert {number for number, row in mandates.items() if not row.ended} == set(in_force)
    for number, each in in_force.items():
        found = mandates[number]
        assert (found.mandate, found.day, found.used) == (each.mandate, each.day, each.used)


def _registers(views: Views, state: State) -> None:
    """Who stands in each register, since when (where the ledger keeps dates), and the last seal."""
    spells = [row for row in rows(views, tables.SPELLS).values() if not row.ceased]
    for asset, register in state.registers.books.items():
        standing = {row.account: row.entered for row in spells if row.asset == asset}
        assert set(standing) == {account for account, _ in state.positions.holders(asset)}
        if register.history:
            assert standing == register.entered
        seal = rows(views, tables.SEALS).get(asset)
        assert (seal and seal.root) == (register.seal and register.seal.root)
    breaks = {number for number, row in rows(views, tables.BREAKS).items() if row.status != "RESOLVED"}
    assert breaks == set(state.breaks.open)
    owners = {number: (row.owner, row.party) for number, row in rows(views, tables.BREAKS).items() if number in breaks}
    assert owners == {number: (each.owner, each.party) for number, each in state.breaks.open.items()}
    uses = rows(views, tables.USES)
    assert {number: row.notified for number, row in uses.items()} == {
        number: use.notified for number, use in state.powers.uses.items()
    }


def _series(views: Views, state: State) -> None:
    observations = state.observations
    same(views, series_tables.SERIES, observations.series, "name", "sources", "needed", "days_open")
    values = {key: row.value for key, row in rows(views, series_tables.VALUES).items()}
    assert values == {
        (observations.numbers[name], day): value
        for name, days in observations.values.items()
        for day, value in days.items()
    }
    told = {key: row.value for key, row in rows(views, series_tables.TOLD).items()}
    assert told == {
        (number, day, source): value
        for number, series in observations.series.items()
        for day, sources in series.told.items()
        for source, value in sources.items()
    }


def _penalties(views: Views, state: State) -> None:
    """What is open is open in both; what is netted and not ordered too; and every buy-in under way."""
    penalties = state.penalties
    table = penalty_tables.PENALTIES
    names = ("kind", "transaction", "asset", "day", "computed", "payer", "payee", "payer_account", "amount")
    statuses = {0: "OPEN", 1: "APPEALED", 2: "KEPT"}
    told = {key: row for key, row in rows(views, table).items() if row.status in statuses.values()}
    assert sorted(told) == sorted(penalties.open)
    for key, penalty in penalties.open.items():
        assert told[key].status == statuses[penalty.appeal]
        assert [getattr(told[key], name) for name in names] == [getattr(penalty, name) for name in names]
    nets = rows(views, penalty_tables.NETS)
    assert sorted(key for key, row in nets.items() if row.amount and not row.transaction) == sorted(penalties.nets)
    same(views, penalty_tables.PENALTY_CLASSES, penalties.classes, "security", "series")
    assert [row.rates for row in rows(views, penalty_tables.PENALTY_RATES).values()] == penalties.rates
    assert len(rows(views, penalty_tables.EXEMPTIONS)) == len(penalties.exemptions)
    started = {key for key, row in rows(views, penalty_tables.BUY_INS).items() if row.status == "STARTED"}
    assert started >= set(penalties.buy_ins)
