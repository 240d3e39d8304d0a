"""Which instruction is the other side of another, and where those that are alone are filed.

Strict first: every matching field agrees. Only where nothing does, two amounts may differ by as much as the rulebook
tolerates; of several the nearest matches, then the oldest. It is the deliverer's amount that is paid.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import CumEx, Instruction, Order, Payment, Side
from bauhinia.ledger.parties import Account, Purpose, Right, Standing, holds_right
from bauhinia.ledger.state import Settlement, State
from bauhinia.rules.books import chain
from bauhinia.rules.registers import provision
from bauhinia.rules.step import Step
from bauhinia.words.ids import AccountNumber, AssetNumber, InstructionNumber, Micros, PartyNumber, Units
from bauhinia.words.money import minor_units, parse_units
from bauhinia.words.reasons import Refused

TOLERANCE = "matching.tolerance"
INSTRUCTS = (Right.INSTRUCT,)
BOUND = (Standing.ACTIVE, Standing.INSOLVENT)  # whose orders may be matched while they stand
RECEIVES = (Right.INSTRUCT, Right.RECEIVE)
PLEDGES = (Right.INSTRUCT, Right.PLEDGE)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how many smallest units two amounts may differ: `small` where no more than `limit` is paid, else `large`."""

    small: Units
    limit: Units
    large: Units

    def of(self, paid: Units) -> Units:
        """What is tolerated of an amount that is paid."""
        return self.small if paid <= self.limit else self.large


def rights_of(order: Order) -> tuple[Right, ...]:
    """The rights over the securities account of which an order needs one."""
    if order.side is Side.RECEIVE:
        return RECEIVES
    return PLEDGES if order.payment is Payment.FREE else INSTRUCTS


def cash_rights(order: Order) -> tuple[Right, ...]:
    """The rights over the cash account of which an order needs one: who delivers is paid."""
    return RECEIVES if order.side is Side.DELIVER else INSTRUCTS


def may(account: Account, party: PartyNumber, rights: tuple[Right, ...], asset: AssetNumber, time: Micros) -> bool:
    """Whether an account gives a party one of these rights over an asset."""
    return any(holds_right(account, party, right, asset, time) for right in rights)


def matching_key(party: PartyNumber, order: Order) -> tuple[int, ...]:
    """The fields on which two sides must agree; the same from either side. Cum or ex and the common reference are
    compared apart, since a side may leave them out. The amount comes last: `key[:-1]` is all else."""
    deliverer, receiver = (party, order.counterparty) if order.side is Side.DELIVER else (order.counterparty, party)
    return (
        order.payment,
        order.asset,
        order.quantity,
        order.settlement_date.toordinal(),
        order.trade_date.toordinal(),
        order.money,
        order.model,
        deliverer,
        receiver,
        order.amount,
    )


def candidate(step: Step, key: tuple[int, ...], order: Order) -> InstructionNumber | None:
    """The instruction that an order of the asker matches: one that agrees in all fields, the one that has waited
    longest; else one whose amount the rulebook tolerates."""
    settlement = step.state.settlement
    filed = settlement.unmatched.get(key)
    found = _agreeing(step, filed, order) if filed else None
    if found is None and order.amount and key[:-1] in settlement.amounts:
        return _tolerated(step, key, order)
    return found


def _agreeing(step: Step, filed: list[InstructionNumber], order: Order) -> InstructionNumber | None:
    """The first of some instructions with which an order agrees also in what a side may leave out, and whose party
    still has a right over its account."""
    state = step.state
    for number in filed:
        instruction = state.settlement.instructions[number]
        other = instruction.order
        if other.side is order.side or _related(state, other.account, order.account):
            continue
        if not _bound(step, instruction.party, other, order):
            continue
        if state.accounts[order.account].holder != step.asker and not _bound(step, step.asker, order, other):
            continue
        if order.common_reference and other.common_reference not in ("", order.common_reference):
            continue
        if order.cum_ex and other.cum_ex not in (CumEx.UNSAID, order.cum_ex):
            continue
        return number
    return None


def _tolerated(step: Step, key: tuple[int, ...], order: Order) -> InstructionNumber | None:
    """Of the instructions that agree in all but the amount, the one whose amount is nearest within the tolerance, and
    of these the oldest. Costs what lies within the tolerance, not what waits."""
    tolerance = tolerance_of(step.state, order)
    if tolerance is None:
        return None
    settlement, own, rest = step.state.settlement, order.amount, key[:-1]
    amounts, widest = settlement.amounts[rest], max(tolerance.small, tolerance.large)
    best: tuple[int, InstructionNumber] | None = None
    for amount in amounts[bisect_left(amounts, own - widest) : bisect_right(amounts, own + widest)]:
        paid, apart = own if order.side is Side.DELIVER else amount, abs(amount - own)
        if apart and apart <= tolerance.of(paid) and (best is None or apart <= best[0]):
            found = _agreeing(step, settlement.unmatched[(*rest, amount)], order)
            if found and (best is None or (apart, found) < best):
                best = apart, found
    return best[1] if best else None


def tolerance_of(state: State, order: Order) -> Tolerance | None:
    """What the rulebooks of an order's bond tolerate in the currency of its money; None where that is nothing, and
    between two moneys: there both amounts are the bargain."""
    asset = state.assets[order.asset]
    said = "" if asset.kind is AssetKind.MONEY else provision(state, asset, TOLERANCE, "")
    return tolerances(said).get(state.assets[order.money].currency) if said else None


def tolerances(text: str) -> dict[str, Tolerance]:
    """By currency, of a provision such as `EUR 2 100000 25; GBP 2 80000 20`: 2 is tolerated up to 100,000, 25 beyond.
    What cannot be read tolerates nothing."""
    found = {}
    for part in text.split(";"):
        currency, *amounts = part.split()[:5] or ("",)
        try:
            small, limit, large = (parse_units(each, minor_units(currency)) for each in amounts)
        except (Refused, ValueError):
            continue
        found[currency] = Tolerance(small, limit, large)
    return found


def _bound(step: Step, party: PartyNumber, order: Order, other: Order) -> bool:
    """Whether the rights by which a party gave an order stand, and go as far as this match (a right to pledge only to
    a collateral account), and neither it nor the holder is suspended. What is left of an insolvent party's its rulebook
    lets be matched: the rest went with the insolvency (`finality`)."""
    accounts, parties = step.state.accounts, step.state.parties
    if parties[party].standing not in BOUND:
        return False
    if order.cash_account:
        cash = accounts[order.cash_account]
        if cash.holder != party and not may(cash, party, cash_rights(order), order.money, step.time):
            return False
    account = accounts[order.account]
    if account.holder == party:
        return True
    rights = rights_of(order)
    if order.side is Side.DELIVER and accounts[other.account].purpose is not Purpose.COLLATERAL:
        rights = INSTRUCTS
    return parties[account.holder].standing in BOUND and may(account, party, rights, order.asset, step.time)


def _related(state: State, one: AccountNumber, other: AccountNumber) -> bool:
    """Whether one account is the other, or stands above it: between these nothing is transferred."""
    return one == other or one in chain(state, other) or other in chain(state, one)


def file(settlement: Settlement, number: InstructionNumber, key: tuple[int, ...]) -> None:
    """File an instruction under its key, among those that are alone; for `evolve` only."""
    filed = settlement.unmatched.get(key)
    if filed is not None:
        filed.append(number)
        return
    settlement.unmatched[key] = [number]
    if key[-1]:
        amounts = settlement.amounts.get(key[:-1])
        if amounts is None:
            settlement.amounts[key[:-1]] = [key[-1]]
        else:
            insort(amounts, key[-1])


def unfile(settlement: Settlement, instruction: Instruction) -> None:
    """Take an instruction out of those that are alone; for `evolve` only."""
    key = instruction.key
    settlement.fresh.pop(instruction.number, None)
    filed = settlement.unmatched[key]
    filed.remove(instruction.number)
    if filed:
        return
    del settlement.unmatched[key]
    if key[-1]:
        amounts = settlement.amounts[key[:-1]]
        if len(amounts) == 1:
            del settlement.amounts[key[:-1]]
        else:
            del amounts[bisect_left(amounts, key[-1])]
