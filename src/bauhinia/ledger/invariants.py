"""What must hold of any state between two steps: used by tests and by whoever verifies a ledger.

Nothing here repairs anything. A broken invariant is a fault of ours; a difference with someone else's book is a break
(`ledger.breaks`), and another matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from bauhinia.ledger.assets import Asset
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import GROSS, OPEN, ProcessingPosition, Status, Transaction
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.positions import BALANCE, EARMARKED, WORDS, account_of, asset_of, key_of
from bauhinia.ledger.state import State
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason

ANSWERED_OUTSIDE = (Status.CONFIRMING, Status.IN_DOUBT)  # earmarked until a payment outside the ledger is answered


def outstanding(state: State, asset: Asset) -> Units:
    """What an asset's issuer owes: the issuer's account, with its sign turned."""
    return -state.positions.balance(asset.issuer_account, asset.number)


def held(state: State, asset: Asset) -> Units:
    """The sum of what all but the issuer hold; one pass over the asset's rows."""
    columns = state.positions.columns
    total = sum(columns[row * WORDS + BALANCE] for row in state.positions.rows_of(asset.number))
    return total + outstanding(state, asset)


def broken(state: State) -> list[str]:
    """Every invariant that does not hold, as a sentence each; empty where all hold. One pass over all positions."""
    checks = (
        _positions, _assets, _earmarks, _suspense, _taxes, _filing, _offsets, _links, _networks, _transit, _wallets,
    )  # fmt: skip
    return [each for check in checks for each in check(state)]


def _positions(state: State) -> Iterator[str]:
    """Each asset sums to zero, no balance is below zero but the issuer's, and earmarks lie within balances."""
    sums: dict[AssetNumber, Units] = {}
    columns = state.positions.columns
    for at in range(0, len(columns), WORDS):
        key, balance, earmarked = columns[at], columns[at + BALANCE], columns[at + EARMARKED]
        account, number = account_of(key), asset_of(key)
        asset = state.assets.get(number)
        if asset is None or account not in state.accounts:
            yield f"a position of account {account} in asset {number}, of which one is not there"
            continue
        sums[number] = sums.get(number, 0) + balance
        issuer = account == asset.issuer_account
        if balance < 0 and not issuer:
            yield f"account {account} holds {balance} of {asset.code}"
        if balance > 0 and issuer:
            yield f"the issuer's account {account} holds {balance} of {asset.code}"
        if not 0 <= earmarked <= max(balance, 0):
            yield f"account {account} has {earmarked} of {balance} {asset.code} earmarked"
    for number, total in sums.items():
        if total:
            yield f"{state.assets[number].code} sums to {total}"


def _assets(state: State) -> Iterator[str]:
    """Nothing is outstanding above what is authorised, or beside what backs it."""
    for asset in state.assets.values():
        owed = outstanding(state, asset)
        if owed > asset.authorised:
            yield f"{asset.code}: {owed} outstanding, {asset.authorised} authorised"
        if asset.backing_asset:
            backing = state.positions.balance(asset.backing_account, asset.backing_asset)
            if owed != backing:
                yield f"{asset.code}: {owed} outstanding, backed by {backing}"


def _earmarks(state: State) -> Iterator[str]:
    """What is earmarked is what transactions with an unanswered payment will take, what is set aside to be drawn, or
    because it is drawn or put, and the least that a bank must keep in a network."""
    expected: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for transaction in state.settlement.transactions.values():
        if transaction.status in ANSWERED_OUTSIDE:
            for leg in transaction.legs:
                if leg.giver != state.assets[leg.asset].issuer_account:
                    expected[leg.giver, leg.asset] = expected.get((leg.giver, leg.asset), 0) + leg.amount
    for action in state.servicing.actions.values():
        for record in action.records.values():
            for account, aside in zip(record.accounts, record.aside, strict=True):
                if aside:
                    held_at = AccountNumber(account), record.asset
                    expected[held_at] = expected.get(held_at, 0) + aside
    for network in state.networks.networks.values():
        for member in network.members.values():
            if member.least:
                where = member.position, network.settlement
                expected[where] = expected.get(where, 0) + member.least
    columns = state.positions.columns
    for at in range(0, len(columns), WORDS):
        earmarked = columns[at + EARMARKED]
        where = account_of(columns[at]), asset_of(columns[at])
        awaited = expected.pop(where, 0)
        if earmarked != awaited:
            yield f"account {where[0]} has {earmarked} of asset {where[1]} earmarked, expected {awaited}"
    for (holder, number), awaited in expected.items():
        yield f"account {holder} has nothing of asset {number}, of which {awaited} is earmarked"


def _suspense(state: State) -> Iterator[str]:
    """A suspense account holds what could not be paid out of it, to the cent."""
    expected: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for entry in state.servicing.suspense.values():
        if entry.held_in:
            expected[entry.held_in, entry.money] = expected.get((entry.held_in, entry.money), 0) + entry.amount
    columns = state.positions.columns
    for at in range(0, len(columns), WORDS):
        where = account_of(columns[at]), asset_of(columns[at])
        account = state.accounts.get(where[0])
        owed = expected.pop(where, 0)
        if account is not None and account.purpose is Purpose.SUSPENSE and columns[at + BALANCE] != owed:
            yield f"suspense account {where[0]} holds {columns[at + BALANCE]} of asset {where[1]}, for others {owed}"
    for (number, money), owed in expected.items():
        yield f"suspense account {number} has nothing of asset {money}, for others {owed}"


def _taxes(state: State) -> Iterator[str]:
    """A tax account holds what was withheld and has neither been remitted nor paid back; what was withheld of an action
    is what was withheld of its holders in the official book, and no holder's tax is above what it has been paid."""
    kept: dict[tuple[AssetNumber, AssetNumber], Units] = {}
    for number, taxed in state.taxes.actions.items():
        action = state.servicing.actions[number]
        for money, sums in taxed.sums.items():
            kept[action.asset, money] = kept.get((action.asset, money), 0) + sums.kept
        official = taxed.books.get(action.asset)
        of_holders = sum(official.withheld) if official else 0
        if of_holders != sum(sums.withheld for sums in taxed.sums.values()):
            yield f"action {number}: {of_holders} withheld of its holders, not as much in all"
        for book, columns in taxed.books.items():
            paid = action.records[book].paid
            if any(tax > of for tax, of in zip(columns.withheld, paid, strict=False)):
                yield f"action {number}: more is withheld than was paid in asset {book}"
    for base, accounts in state.taxes.accounts.items():
        for each in accounts:
            balance, owed = state.positions.balance(each.account, each.money), kept.pop((base, each.money), 0)
            if balance != owed:
                yield f"tax account {each.account} holds {balance}, of what was withheld {owed} is left"
    for (base, money), owed in kept.items():
        if owed:
            yield f"asset {base}: {owed} of {money} was withheld, and there is no account for it"


def _filing(state: State) -> Iterator[str]:
    """Every open transaction is filed where something will wake it, exactly once; nothing else is filed."""
    settlement = state.settlement
    filed: dict[int, int] = {}
    for key, line in settlement.waiting.items():
        helped = line.fits(state.positions.available(account_of(key), asset_of(key)))
        if any((WorkKind.SETTLE, number) not in state.days.queued for number in helped):
            yield f"transaction {helped[0]} waits for a position that has what it needs"
        for number in line:
            filed[number] = filed.get(number, 0) + 1
            transaction = settlement.transactions.get(number)
            if transaction is not None and transaction.waits != key:
                yield f"transaction {number} waits under a position that it does not lack"
    for number in settlement.dated:
        filed[number] = filed.get(number, 0) + 1
    for number, transaction in settlement.transactions.items():
        yield from _filed(state, transaction, filed.pop(number, 0))
        live = number in settlement.live
        if live is (transaction.status in (Status.SETTLED, Status.CANCELLED)):
            yield f"transaction {number} is {transaction.status.name} and {'live' if live else 'not live'}"
    for stray in filed:
        yield f"transaction {stray} is filed and not there"


def _offsets(state: State) -> Iterator[str]:
    """A trade or a deposit that waits for a position is found by its counterpart, under each position that it feeds;
    none other."""
    settlement = state.settlement
    right = {
        (key, key_of(leg.taker, leg.asset), number)
        for key, line in settlement.waiting.items()
        for number in line
        if (transaction := settlement.transactions.get(number)) and _may_offset(state, transaction)
        for leg in transaction.legs
    }
    found = {(key, fed, number) for (_, _, fed, key), numbers in settlement.offsets.items() for number in numbers}
    for key, fed, number in sorted(right ^ found):
        yield f"transaction {number} is {'filed' if (key, fed, number) in found else 'not filed'} to be offset"


def _links(state: State) -> Iterator[str]:
    """Links that hold something back are filed under what they name; what settles in a cycle is known to."""
    settlement = state.settlement
    right: dict[tuple[int, str, int], ProcessingPosition] = {
        (instruction.party, reference, number): position
        for number, instruction in settlement.instructions.items()
        for reference, position in instruction.links.items()
    }
    found: dict[tuple[int, str, int], ProcessingPosition] = {
        (name[0], name[1], number): position for name, by in settlement.named.items() for number, position in by.items()
    }
    for link in sorted(right.keys() | found.keys()):
        if right.get(link) is not found.get(link):
            yield f"the link of instruction {link[2]} to {link[1]} of party {link[0]} is not filed as it is"
    cycling = {number for number in settlement.live if settlement.transactions[number].model != GROSS}
    for each in sorted(cycling ^ settlement.cycling.keys()):
        yield f"transaction {each} is {'not ' if each in cycling else ''}filed for a cycle"


def _networks(state: State) -> Iterator[str]:
    """Credit adds up to the caps, the lines between two banks to what they have granted each other, and nobody has
    funded more than it may."""
    for network in state.networks.networks.values():
        caps = sum(member.cap for member in network.members.values())
        credit = outstanding(state, state.assets[network.credit])
        if credit != caps:
            yield f"network {network.number}: {credit} of credit, caps of {caps}"
        used: dict[tuple[PartyNumber, PartyNumber], Units] = {}
        for bank, member in network.members.items():
            for other, against in network.members.items():
                change = member.granted.get(other, 0) - state.positions.balance(against.position, member.lines)
                pair = min(bank, other), max(bank, other)
                used[pair] = used.get(pair, 0) + change
            holds = state.positions.balance(member.position, network.settlement)
            ceiling = state.networks.ceilings.get(key_of(member.position, network.settlement), 0)
            if ceiling != member.most or holds > (ceiling or holds):
                yield f"bank {bank} has funded {holds}, of {ceiling} at most"
        for pair, change in used.items():
            if change:
                yield f"banks {pair[0]} and {pair[1]} use {change} of their lines against nobody"


def _transit(state: State) -> Iterator[str]:
    """What lies in transit with a bank is what deposits under way will take from there, and what is held."""
    expected: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for number in state.settlement.live:
        for leg in state.settlement.transactions[number].legs:
            expected[leg.giver, leg.asset] = expected.get((leg.giver, leg.asset), 0) + leg.amount
    for held in state.networks.held.values():
        member = state.networks.networks[held.transfer.network].members[held.transfer.payer_bank]
        where = member.transit, member.token
        expected[where] = expected.get(where, 0) + held.transfer.amount
    for network in state.networks.networks.values():
        for bank, member in network.members.items():
            holds = state.positions.balance(member.transit, member.token)
            under_way = expected.get((member.transit, member.token), 0)
            if holds != under_way:
                yield f"bank {bank} has {holds} in transit, of which {under_way} is under way"


def _may_offset(state: State, transaction: Transaction) -> bool:
    """Whether a transaction is a trade or a deposit, and paid on the ledger."""
    return bool(transaction.deliver or transaction.number in state.networks.transfers) and not transaction.payment


def _wallets(state: State) -> Iterator[str]:
    """No wallet holds more than it may; what is coming and going is what is earmarked; and whoever waits for room is
    found by it."""
    coming: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    going: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for transaction in state.settlement.transactions.values():
        for leg in transaction.legs if transaction.status in ANSWERED_OUTSIDE else ():
            coming[leg.taker, leg.asset] = coming.get((leg.taker, leg.asset), 0) + leg.amount
            if leg.taker != state.assets[leg.asset].issuer_account:
                going[leg.giver, leg.asset] = going.get((leg.giver, leg.asset), 0) + leg.amount
    for number, wallets in state.moneys.wallets.items():
        for account in wallets.accounts:
            wallet = state.accounts[account].wallets[number]
            most = wallet.tier.most_held
            holds = state.positions.balance(account, number)
            if most and holds + wallet.coming > most:
                yield f"the wallet of account {account} holds {holds}, and {wallet.coming} to come, of {most} at most"
            expected = coming.get((account, number), 0), going.get((account, number), 0)
            if (wallet.coming, wallet.going) != expected:
                yield f"the wallet of account {account} expects {wallet.coming} and {wallet.going}, not {expected}"
    yield from _room(state)


def _room(state: State) -> Iterator[str]:
    """Each transaction that waits for room is found by the wallet that it waits for; none other."""
    settlement = state.settlement
    waiting = {
        (found.waits, each)
        for each in settlement.dated
        if (found := settlement.transactions.get(each)) and found.reason is Reason.HOLDING_LIMIT
    }
    filed = {(key, each) for key, numbers in settlement.room.items() for each in numbers}
    for key, each in sorted(waiting ^ filed):
        yield f"transaction {each} is {'filed' if (key, each) in filed else 'not filed'} to wait for room at {key}"


def _filed(state: State, transaction: Transaction, times: int) -> Iterator[str]:
    if transaction.status not in OPEN:
        if times:
            yield f"transaction {transaction.number} is {transaction.status.name} and still filed"
    elif times != 1:
        queued = (WorkKind.SETTLE, transaction.number) in state.days.queued
        if times or not queued:
            yield f"transaction {transaction.number} waits and is filed {times} times"
