"""A coupon at scale: one bond, many holders of record, paid in pages out of a funded paying account, durably."""

from __future__ import annotations

import time
from pathlib import Path

from bauhinia.ledger.actions import ActionStatus
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.posting import Leg, post
from bauhinia.machine.block import Block, apply_block
from bauhinia.node.journal import FILE, Journal
from bauhinia.node.sealing import sign_header
from bauhinia.node.stored import store
from bauhinia.node.verify import entry
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.market import SetTime
from bauhinia.rules.onboarding import OpenAccount
from bauhinia.sim.town import AGENT, ISSUER, UNIT, Town, found_town, keys_of
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, ActionNumber, PartyNumber
from bauhinia.words.reasons import must

HELD = 10_000  # nominal of each holder, in smallest units


def coupon(holders: int, path: Path) -> float:
    """Seconds from the block that closes the record to the block that pays the last holder, every block committed."""
    town = found_town(100, 100, nominal=100 * UNIT)
    accounts = _settle_in(town, holders)
    action = _funded_action(town)
    path.mkdir(parents=True)
    journal = Journal.create(path / FILE, town.genesis)
    key, took = keys_of("node")[0].key, 0.0
    servicing = town.state.servicing
    while servicing.actions[action].status is not ActionStatus.PAID:
        days = town.state.days
        busy = bool(days.paged)
        raws = [] if busy else [town.sign(1, [SetTime(days.agenda[0][0])])]
        entries = [entry(raw, 0) for raw in raws]
        start = time.perf_counter()
        block = Block(town.state.height + 1, town.state.time, entries)
        applied = apply_block(town.state, block)
        journal.write(store(block, applied, sign_header(key, town.state.previous)))
        journal.commit()
        spent = time.perf_counter() - start
        if busy or len(applied.rows) > 1 or servicing.actions[action].records:
            took += spent
    journal.close()
    paid = sum(1 for account in accounts if town.state.positions.balance(account, town.money) > 0)
    must(paid == len(accounts), "a coupon left holders unpaid:", len(accounts) - paid)
    return took


def _settle_in(town: Town, holders: int) -> list[AccountNumber]:
    """As many holders as asked, put into the books beside those of the closing: how they came there is not measured."""
    state, first = town.state, len(town.state.accounts) + 1
    for at in range(0, holders, 200):
        numbers = range(at, min(at + 200, holders))
        town.send(1, [_account(town.dealers[each % len(town.dealers)], Purpose.OWN) for each in numbers])
    accounts = [AccountNumber(number) for number in range(first, first + holders)]
    state.assets[town.bond].authorised += holders * HELD
    state.issues.bonds[town.bond].issued += holders * HELD
    post(state.book, [Leg(town.bond, town.issuer_account, account, HELD) for account in accounts])
    return accounts


def _account(holder: PartyNumber, purpose: Purpose) -> OpenAccount:
    return OpenAccount(holder, purpose, purpose.name, NO_ACCOUNT, NO_ACCOUNT)


def _funded_action(town: Town) -> ActionNumber:
    """The first coupon, its paying account appointed and funded."""
    first = len(town.state.accounts) + 1
    agent = PartyNumber(AGENT)
    town.send(1, [_account(agent, Purpose.PAYING), _account(agent, Purpose.SUSPENSE)])
    paying, suspense = AccountNumber(first), AccountNumber(first + 1)
    town.send(AGENT, [AppointPayingAccount(town.bond, town.money, paying, suspense)])
    action = min(town.state.servicing.actions)
    proceeds = town.state.positions.balance(town.proceeds, town.money)
    post(town.state.book, [Leg(town.money, AccountNumber(1), town.proceeds, 1 << 50)])
    town.send(ISSUER, [Fund(action, town.money, town.proceeds, proceeds + (1 << 49))])
    return action
