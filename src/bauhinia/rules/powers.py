"""Named powers: block, force transfer, pause, key recovery; each with a cause, two persons, a notice, and a trace.

A rulebook says who has a power (`power.block`: role names; `nobody` where it does not exist). What belongs to no one
asset follows the rulebook named `market`, and so does what an asset's own rulebook leaves out. Nothing final is ever
unwound: a forced transfer is a new posting. The holder is told at once, or, where telling would tip it off, later: only
a block can be told later, for what has moved shows on the holder's own statement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.parties import Account, Block, Key, Purpose, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.powers import Cause, Power, Use
from bauhinia.ledger.state import State, tiers
from bauhinia.rules.books import asset_in, route
from bauhinia.rules.four_eyes import ProposalDropped
from bauhinia.rules.instructing import INSTRUCTED
from bauhinia.rules.onboarding import KeysRotated, require_keys
from bauhinia.rules.registers import provision
from bauhinia.rules.settlement import require_movable, retry_all, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import DAY
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ACCOUNT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

NAMES = {
    Power.BLOCK: "block",
    Power.LIFT_BLOCK: "block",
    Power.FORCE_TRANSFER: "force_transfer",
    Power.PAUSE: "pause",
    Power.RESUME: "pause",
    Power.RECOVER_KEYS: "recover_keys",
    Power.PORT_CLIENTS: "port_clients",
}
DEFAULT_ROLES = "OPERATOR, CSD, REGISTRAR"
DEFAULT_DEFERRED = "COURT_ORDER, SANCTIONS, REGULATORY_ORDER, SUSPECTED_CRIME"  # where telling would tip off
DEFAULT_DEFER_DAYS = 180
ALL_BITS = Block.DEBIT | Block.CREDIT | Block.COLLATERAL
MOVABLE = (*INSTRUCTED, Purpose.PAYING)  # a money; a bond where it may be instructed


@dataclass(slots=True)
class SetBlock:
    """A command of four eyes: an account, or its position in one asset, is blocked; `bits` of `parties.Block`.

    `document` is the SHA-256 of the order it rests on. The holder is told at `notice`; at once where that is zero.
    """

    account: AccountNumber
    asset: AssetNumber
    bits: int
    cause: Cause
    document: bytes
    notice: Micros


@dataclass(slots=True)
class LiftBlock:
    """A command of four eyes: a block is lifted. The holder is told of it no earlier than of the block."""

    account: AccountNumber
    asset: AssetNumber
    bits: int
    cause: Cause
    document: bytes
    notice: Micros


@dataclass(slots=True)
class ForceTransfer:
    """A command of four eyes: `amount` of a bond or a money moves without its holder, also out of a blocked account."""

    asset: AssetNumber
    giver: AccountNumber
    taker: AccountNumber
    amount: Units
    cause: Cause
    document: bytes


@dataclass(slots=True)
class PauseAsset:
    """A command of four eyes: nothing of an asset moves, in any keeper's book."""

    asset: AssetNumber
    cause: Cause
    document: bytes


@dataclass(slots=True)
class ResumeAsset:
    """A command of four eyes: a paused asset moves again."""

    asset: AssetNumber
    cause: Cause
    document: bytes


@dataclass(slots=True)
class RecoverKeys:
    """A command of four eyes: a party that has lost its keys, or whose keys were stolen, gets these instead."""

    party: PartyNumber
    keys: tuple[Key, ...]
    threshold: int
    cause: Cause
    document: bytes


@dataclass(slots=True)
class PowerUsed:
    use: Use


@dataclass(slots=True)
class NoticeGiven:
    """The holder is told (everyone, where an asset was paused or resumed) what was done, why, and when."""

    number: int
    power: Power
    cause: Cause
    by: PartyNumber
    account: AccountNumber
    asset: AssetNumber
    bits: int
    amount: Units
    used: Micros
    time: Micros


@dataclass(slots=True)
class Reported:
    """A line of the public report: no holder, no account, and nothing before the holder has been told."""

    power: Power
    cause: Cause
    by: PartyNumber
    asset: AssetNumber
    time: Micros
    notified: Micros


def set_block(step: Step, command: SetBlock) -> None:
    """Block an account or a position.

    Checked in order: account and position; who may; bits, none of them set already; the document; the notice.
    """
    account, asset = _target(step, command.account, command.asset)
    authorise(step, Power.BLOCK, asset, account)
    standing = _bits(step.state, account, asset)
    require(0 < command.bits <= ALL_BITS, Reason.AMOUNT, "bits", command.bits)
    require(not standing & command.bits, Reason.ALREADY_DONE, "account", command.account)
    require_document(command.cause, command.document, required=False)
    notice = _notice(step, command, asset)
    _use(step, command, Power.BLOCK, account.holder, notice, asset.number if asset else NO_ASSET)


def lift_block(step: Step, command: LiftBlock) -> None:
    """Lift a block; what waited for it is tried again. Checked as `set_block`, and that the bits are set."""
    account, asset = _target(step, command.account, command.asset)
    authorise(step, Power.LIFT_BLOCK, asset, account)
    standing = _bits(step.state, account, asset)
    require(0 < command.bits <= ALL_BITS, Reason.AMOUNT, "bits", command.bits)
    require(standing & command.bits == command.bits, Reason.ALREADY_DONE, "account", command.account)
    require_document(command.cause, command.document, required=False)
    untold = [
        use.notice for use in step.state.powers.uses.values() if use.account == account.number and not use.notified
    ]
    notice = max(_notice(step, command, asset), *untold, 0)
    _use(step, command, Power.LIFT_BLOCK, account.holder, notice, asset.number if asset else NO_ASSET)


def force_transfer(step: Step, command: ForceTransfer) -> None:
    """Move a holding without its holder, by a new posting that is final at once.

    Checked in order: the asset, a bond or a money kept here; the amount, of a bond a multiple of the calculation
    amount; two accounts, neither an issuer's nor one that backs others' holdings, both keepers' books open; who may
    (within one keeper's book that keeper, else the bond's registrar); the document; then blocks of the taker, pauses
    and what is there. What an outside payment in doubt has earmarked stays where it is.
    """
    state = step.state
    asset = state.asset(command.asset)
    movable = asset.kind is AssetKind.BOND or (asset.kind is AssetKind.MONEY and asset.on_ledger)
    require(movable, Reason.UNKNOWN_ASSET, command.asset)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    bond = state.issues.bonds.get(command.asset)
    part = min(bond.terms.calculation_amount, bond.terms.denomination_multiple) if bond else 1
    require(command.amount % part == 0, Reason.MULTIPLE, "amount", command.amount, part)
    giver, taker = state.account(command.giver), state.account(command.taker)
    require(giver.number != taker.number, Reason.SAME_ACCOUNT, taker.number)
    for account in (giver, taker):
        movable_in = INSTRUCTED if asset.kind is AssetKind.BOND else MOVABLE
        require(account.purpose in movable_in, Reason.PURPOSE, account.number, account.purpose.name)
    if giver.purpose is Purpose.SEGREGATED and command.cause is Cause.INSOLVENCY:  # of its clients, not of its estate
        require(taker.purpose is Purpose.SEGREGATED, Reason.PURPOSE, taker.number, taker.purpose.name)
    legs, book = _forced_legs(state, asset, giver, taker, command.amount)
    authorise(step, Power.FORCE_TRANSFER, book)
    require_document(command.cause, command.document, required=True)
    require_movable(state, legs, step.time, forced=True)
    number = use_number(state)
    use = Use(
        number, Power.FORCE_TRANSFER, command.cause, step.asker, step.persons, giver.holder, command.document,
        step.time, step.time, giver.number, asset.number, 0, command.amount, taker.number,
    )  # fmt: skip
    step.emit(PowerUsed(use))
    settle_now(step, TransactionKind.POWER, legs, state.days.systems[asset.system].date)
    tell(step, use)


def _forced_legs(state: State, asset: Asset, giver: Account, taker: Account, amount: Units) -> tuple[list[Leg], Asset]:
    """The legs, and the book that decides who may: the keeper's where both stand in it, else the official one."""
    if asset.kind is AssetKind.MONEY:
        return [Leg(asset.number, giver.number, taker.number, amount)], asset
    held = known(asset_in(state, giver.number, asset.number), Reason.LACK, giver.number)
    into = asset_in(state, taker.number, asset.number)
    known(into, Reason.STATE, "account", taker.number, "stands in a book without this bond")
    legs = route(state, asset.number, giver.number, taker.number, amount)
    return legs, state.assets[held] if giver.tier == taker.tier else asset


def pause_asset(step: Step, command: PauseAsset) -> None:
    """Stop an asset in every book. Checked in order: the asset, not a keeper's entitlement alone; who may; not paused
    already; the document."""
    _pause(step, command, Power.PAUSE)


def resume_asset(step: Step, command: ResumeAsset) -> None:
    """Let a paused asset move again; what waited is tried again. Checked as `pause_asset`."""
    _pause(step, command, Power.RESUME)


def _pause(step: Step, command: PauseAsset | ResumeAsset, power: Power) -> None:
    asset = step.state.asset(command.asset)
    require(asset.kind is not AssetKind.ENTITLEMENT, Reason.UNKNOWN_ASSET, command.asset)
    authorise(step, power, asset)
    require(asset.paused is (power is Power.RESUME), Reason.ALREADY_DONE, "asset", command.asset)
    require_document(command.cause, command.document, required=False)
    number = use_number(step.state)
    use = Use(
        number, power, command.cause, step.asker, step.persons, NO_PARTY, command.document, step.time, step.time,
        asset=asset.number,
    )  # fmt: skip
    step.emit(PowerUsed(use))
    tell(step, use)


def recover_keys(step: Step, command: RecoverKeys) -> None:
    """Give a party new keys. Checked in order: the party, not the asker itself; who may; the keys; the document."""
    require(command.party in step.state.parties, Reason.UNKNOWN_PARTY, command.party)
    require(command.party != step.asker, Reason.NOT_AUTHORISED, "its own keys")
    authorise(step, Power.RECOVER_KEYS)
    require_keys(command.keys, command.threshold)
    require_document(command.cause, command.document, required=True)
    number = use_number(step.state)
    use = Use(
        number, Power.RECOVER_KEYS, command.cause, step.asker, step.persons, command.party, command.document,
        step.time, step.time,
    )  # fmt: skip
    begun = [each.number for each in step.state.proposals.values() if each.party == command.party]
    step.emit(PowerUsed(use))
    for proposal in begun:  # what a lost key has signed does not count
        step.emit(ProposalDropped(proposal, command.party, "its keys were recovered"))
    step.emit(KeysRotated(command.party, command.keys, command.threshold))
    tell(step, use)


def _target(step: Step, number: AccountNumber, which: AssetNumber) -> tuple[Account, Asset | None]:
    """The account, and the asset in which it holds what is named: of a bond, that of its keeper's book."""
    state = step.state
    account = state.account(number)
    require(not account.closed, Reason.CLOSED, number)
    if which == NO_ASSET:
        return account, None
    asset = state.asset(which)
    if asset.kind in (AssetKind.BOND, AssetKind.ENTITLEMENT):
        base = asset.base or asset.number
        held = asset_in(state, number, base)
        require(held is not None and which in (base, held), Reason.UNKNOWN_ASSET, which)
        asset = state.assets[held or base]
    require(number != asset.issuer_account, Reason.PURPOSE, number)
    return account, asset


def _bits(state: State, account: Account, asset: Asset | None) -> int:
    return state.positions.flags(account.number, asset.number) if asset else account.blocks


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")]


def authorise(step: Step, power: Power, asset: Asset | None = None, account: Account | None = None) -> None:
    """Refuse unless the rulebook gives the asker the power. REGISTRAR means the registrar of this asset, or, of a
    whole account in a keeper's book, that keeper; every other role whoever has it."""
    state, name = step.state, f"power.{NAMES[power]}"
    if asset is not None:
        registrar = asset.registrar == step.asker
    else:
        registrar = account is not None and account.tier != NO_ACCOUNT and account.keeper == step.asker
    roles = [role.name for role in step.party().roles if role is not Role.REGISTRAR]
    roles += [Role.REGISTRAR.name] * registrar
    granted = _listed(provision(state, asset, name, DEFAULT_ROLES))
    require(any(role in granted for role in roles), Reason.NOT_AUTHORISED, name)


def require_document(cause: Cause, document: bytes, *, required: bool) -> None:
    """A SHA-256; it may be left out where neither the power nor the cause needs one."""
    if document or required or cause is Cause.COURT_ORDER:
        require(len(document) == 32, Reason.HASH, "document")


def _notice(step: Step, command: SetBlock | LiftBlock, asset: Asset | None) -> Micros:
    """When the holder is told: at once, or later for a cause for which the rulebook allows it, within its days."""
    if command.notice == 0:
        return step.time
    causes = _listed(provision(step.state, asset, "power.defer_causes", DEFAULT_DEFERRED))
    require(command.cause.name in causes, Reason.NOT_AUTHORISED, "notice", command.cause.name)
    days = provision(step.state, asset, "power.defer_days", str(DEFAULT_DEFER_DAYS))
    most = int(days) if days.isascii() and days.isdecimal() else DEFAULT_DEFER_DAYS
    within = step.time < command.notice <= step.time + most * DAY
    require(within, Reason.DATE, "notice", command.notice)
    return command.notice


def use_number(state: State) -> int:
    """The number of the next use of a power."""
    return len(state.powers.uses) + 1


def _use(
    step: Step, command: SetBlock | LiftBlock, power: Power, holder: PartyNumber, notice: Micros, asset: AssetNumber
) -> None:
    use = Use(
        use_number(step.state), power, command.cause, step.asker, step.persons, holder, command.document,
        step.time, notice, command.account, asset, command.bits,
    )  # fmt: skip
    step.emit(PowerUsed(use))
    if notice <= step.time:
        tell(step, use)


def tell(step: Step, use: Use) -> None:
    """Give notice of a use."""
    step.emit(
        NoticeGiven(
            use.number, use.power, use.cause, use.by, use.account, use.asset, use.bits, use.amount, use.time, step.time
        )
    )


def notice_due(step: Step, subject: int) -> None:
    """A duty: a deferred notice is given."""
    use = step.state.powers.uses[subject]
    if not use.notified:
        tell(step, use)


def public_report(state: State) -> list[Reported]:
    """Every use of a power that its holder knows of, in order."""
    return [
        Reported(use.power, use.cause, use.by, use.asset, use.time, use.notified)
        for use in state.powers.uses.values()
        if use.notified
    ]


def on_power_used(state: State, event: PowerUsed) -> None:
    """Keep the use, do what it does, and try again what it has let go. A transfer's legs are told apart."""
    use = replace(event.use)  # the state's own: it is written to when notice is given
    state.powers.uses[use.number] = use
    if use.notice > use.time:
        state.schedule(use.notice, DutyKind.NOTICE, use.number)
    match use.power:
        case Power.BLOCK | Power.LIFT_BLOCK:
            _set_bits(state, use)
        case Power.PAUSE | Power.RESUME:
            for number in tiers(state, use.asset):
                state.assets[number].paused = use.power is Power.PAUSE
        case Power.FORCE_TRANSFER | Power.RECOVER_KEYS | Power.PORT_CLIENTS:
            pass
        case _:
            assert_never(use.power)
    if use.power in (Power.LIFT_BLOCK, Power.RESUME):
        retry_all(state)


def _set_bits(state: State, use: Use) -> None:
    account = state.accounts[use.account]
    standing = state.positions.flags(use.account, use.asset) if use.asset else account.blocks
    bits = standing | use.bits if use.power is Power.BLOCK else standing & ~use.bits
    if use.asset:
        state.positions.set_flags(use.account, use.asset, bits)
    else:
        account.blocks = bits


def on_notice_given(state: State, event: NoticeGiven) -> None:
    state.powers.uses[event.number].notified = event.time


def sees_use(state: State, event: PowerUsed) -> Audience:
    """Who used it, and the registrar of the asset. The holder gets a notice, which names no persons."""
    registrar = (state.assets[event.use.asset].registrar,) if event.use.asset else ()
    return (event.use.by, *registrar)


def sees_notice(state: State, event: NoticeGiven) -> Audience:
    """The holder; everyone, where it strikes no one holder."""
    use = state.powers.uses[event.number]
    return (use.holder,) if use.holder else (EVERYONE,)
