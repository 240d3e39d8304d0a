"""The register of holders: kept as bonds move, sealed at each day's end, looked into by those whom its profile lets.

A bond names a rulebook as its profile. A statutory profile (Companies Ordinance, Cap. 622, ss. 308 to 311) wants the
date on which each holder was entered and ceased, and opens the register to anyone; a contractual one follows the
conditions, the agency agreement and the depository's rules. Names and addresses stand beside the ledger, on it only a
salted commitment to them, erased when the profile's retention ends. The copy itself is made by the views.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.parties import Party, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.registers import Line, Register, Row, Seal, Spell, seal_context
from bauhinia.ledger.rulebooks import Rulebook
from bauhinia.ledger.state import State
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.codec import encode
from bauhinia.words.dates import DAY, day_of, micros_at
from bauhinia.words.ids import NO_PARTY, AccountNumber, AssetNumber, Micros, PartyNumber, SystemNumber
from bauhinia.words.reasons import Reason, known, require
from bauhinia.words.tree import sealed_root

LONGEST_RETENTION = 100  # years
LOOK_AGAIN = 365 * DAY  # at the data of a party that holds again
KEPT = (AssetKind.BOND, AssetKind.ENTITLEMENT)  # of what there are registers
MONEY = AssetKind.MONEY
MARKET = "market"  # the rulebook of what belongs to no one asset


@dataclass(slots=True)
class RecordHolderData:
    """A command of four eyes by who keeps a party's account or register: the personal data kept beside the ledger are
    now those that `commitment` binds: the SHA-256 of a salt and of the data as JSON, keys sorted, without blanks."""

    party: PartyNumber
    commitment: bytes


@dataclass(slots=True)
class InspectRegister:
    """A command: the asker looks into a register, and says why."""

    asset: AssetNumber
    why: str


@dataclass(slots=True)
class RequestCopy:
    """A command: the asker takes a copy of a register, and says why."""

    asset: AssetNumber
    why: str


@dataclass(slots=True)
class RegisterSealed:
    """The root of a register's sealed tree at the end of a day. `number` counts the seals of this register."""

    asset: AssetNumber
    number: int
    day: date
    root: bytes


@dataclass(slots=True)
class DatesBegun:
    """The profile wants dates of entry from now on: those who hold are entered with this moment."""

    asset: AssetNumber
    history: bool
    time: Micros


@dataclass(slots=True)
class HolderDataRecorded:
    party: PartyNumber
    commitment: bytes
    by: PartyNumber


@dataclass(slots=True)
class RegisterInspected:
    """Who looked into a register (or took a copy), when and why."""

    asset: AssetNumber
    party: PartyNumber
    copied: bool
    why: str
    time: Micros


@dataclass(slots=True)
class RetentionExtended:
    """A party's data are kept, and looked at again at a later moment: it holds, or has held since."""

    party: PartyNumber
    until: Micros


@dataclass(slots=True)
class PersonalDataErased:
    """Retention has ended: the commitment is gone, with the party's past entries; the side store destroys the data."""

    party: PartyNumber
    time: Micros


def profile(state: State, asset: AssetNumber) -> Rulebook | None:
    """The rulebook in force that says how a bond's register is kept: its profile, else the bond's own rulebook; None
    of what is no bond, or names none that is published."""
    if state.assets[asset].kind is not AssetKind.BOND:
        return None
    bond = state.issues.bonds.get(asset)
    named = state.rulebook(bond.profile) if bond else None
    return named or state.rulebook(state.assets[asset].rulebook)


def provision(state: State, asset: Asset | None, name: str, otherwise: str) -> str:
    """What the bond's profile says; where it says nothing, the asset's rulebook; then the market's; then `otherwise`.
    Without an asset, the market's alone."""
    own = (profile(state, asset.base or asset.number), state.rulebook(asset.rulebook)) if asset else ()
    for rulebook in (*own, state.rulebook(MARKET)):
        found = rulebook.value(name) if rulebook else ""
        if found:
            return found
    return otherwise


def columns(state: State, asset: AssetNumber) -> tuple[str, ...]:
    """What a copy of the register shows, by its profile."""
    found = profile(state, asset)
    value = found.value("register.columns") if found else ""
    return tuple(each.strip() for each in value.split(",") if each.strip())


def retention_years(state: State, asset: AssetNumber) -> int:
    """For how many years after a holder has ceased its entry and its data are kept; zero where nothing ends them."""
    found = profile(state, asset)
    value = found.value("register.retention_years") if found else ""
    return min(int(value), LONGEST_RETENTION) if value.isascii() and value.isdecimal() else 0


def _wants(state: State, asset: AssetNumber) -> tuple[bool, bool]:
    """Whether a register keeps dates of entry, and whether those of all past spells.

    Retention runs from the day on which a holder ceased, so a profile that has one needs dates even if no copy shows
    them.
    """
    shown = columns(state, asset)
    history = "ceased" in shown
    return history or "entered" in shown or retention_years(state, asset) > 0, history


def keep(state: State, legs: Iterable[Leg], time: Micros) -> None:
    """These legs have moved: their registers have changed, and where dates are kept, who came in and who went out.

    For `evolve` only, once all legs of a transaction have moved: who gives and takes in one is not gone in between.
    """
    books, assets = state.registers.books, state.assets
    for leg in legs:
        asset = leg.asset
        register = books.get(asset)
        if register is None:
            if assets[asset].kind is MONEY:  # the shortest way: most legs are of moneys or of bonds that are known
                continue
            register = _open(state, asset, time)
            if register is None:
                continue
        register.changed = True
        if register.dated:
            _date(state, register, leg.giver, asset, time)
            _date(state, register, leg.taker, asset, time)


def _open(state: State, asset: AssetNumber, time: Micros) -> Register | None:
    """The register of an asset that has moved for the first time; None of what has no register."""
    if state.assets[asset].kind not in KEPT:
        return None
    register = state.registers.books[asset] = Register()
    dated, history = _wants(state, asset)
    if dated:
        _begin(state, asset, history, time)
    return register


def _begin(state: State, asset: AssetNumber, history: bool, time: Micros) -> None:
    register = state.registers.books[asset]
    register.dated, register.history = True, history
    for account, _ in state.positions.holders(asset):
        register.entered.setdefault(account, time)


def _date(state: State, register: Register, account: AccountNumber, asset: AssetNumber, time: Micros) -> None:
    """Enter who holds, and let cease who no longer does. The issuer's balance is never above zero."""
    if state.positions.balance(account, asset) > 0:
        register.entered.setdefault(account, time)
        return
    entered = register.entered.pop(account, None)
    if entered is None:
        return
    spells = register.left.setdefault(account, [])
    if not register.history:
        spells.clear()
    spells.append(Spell(entered, time))
    holder = state.accounts[account].holder
    if holder not in state.registers.retention and retention_years(state, asset):
        state.registers.retention[holder] = True
        state.schedule(_kept_until(state, asset, time), DutyKind.RETENTION, holder)


def handed_over(state: State, account: AccountNumber, former: PartyNumber, time: Micros) -> None:
    """An account has another holder: in each register in which it stands the former one ceases, and the new one is
    entered; for `evolve` only."""
    for register in state.registers.books.values():
        for spell in register.left.get(account, ()):
            spell.holder = spell.holder or former
        entered = register.entered.get(account)
        if entered is None:
            continue
        spells = register.left.setdefault(account, [])
        if not register.history:
            spells.clear()
        spells.append(Spell(entered, time, former))
        register.entered[account] = time
    for asset, register in state.registers.books.items():
        if state.positions.balance(account, asset) > 0:
            register.changed = True


def _kept_until(state: State, asset: AssetNumber, ceased: Micros) -> Micros:
    """The first moment of the day after the profile's years have passed since a holder ceased."""
    offset = state.days.systems[state.assets[asset].system].timetable.offset
    day = day_of(ceased, offset)
    year, month, last = day.year + retention_years(state, asset), day.month, day.day
    if (month, last) == (2, 29):
        month, last = 3, 1
    return micros_at(date(year, month, last), 24 * 60, offset)


def rows(state: State, asset: AssetNumber) -> list[bytes]:
    """The canonical rows of a register as it stands, by rising account: the leaves of its sealed tree."""
    register = state.registers.books.get(asset)
    entered = register.entered if register else {}
    held = sorted(state.positions.holders(asset))
    holders = state.accounts
    return [
        encode(Row(account, holders[account].holder, balance, entered.get(account, 0))) for account, balance in held
    ]


def lines(state: State, asset: AssetNumber) -> list[Line]:
    """What a copy of the register shows: the holders by account, then the former ones, where the profile keeps them."""
    register = state.registers.books.get(asset, Register())
    accounts = state.accounts
    found = [
        Line(account, accounts[account].holder, balance, register.entered.get(account, 0), 0)
        for account, balance in sorted(state.positions.holders(asset))
    ]
    if register.history:
        found += [
            Line(account, spell.holder or accounts[account].holder, 0, spell.entered, spell.ceased)
            for account in sorted(register.left)
            for spell in register.left[account]
        ]
    return found


def seal_registers(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: every register of it that has changed is sealed.

    A register whose profile has begun to want dates begins them first.
    """
    state = step.state
    system = state.days.systems[SystemNumber(subject)]
    for number in sorted(state.registers.books):
        register = state.registers.books[number]
        if state.assets[number].system != system.number:
            continue
        dated, history = _wants(state, number)
        if (dated and not register.dated) or (history and not register.history):
            step.emit(DatesBegun(number, history, step.time))
        if register.changed:
            count = register.seal.number + 1 if register.seal else 1
            root = sealed_root(rows(state, number), state.settings.secret, seal_context(number, count))
            step.emit(RegisterSealed(number, count, system.date, root))


def record_holder_data(step: Step, command: RecordHolderData) -> None:
    """Checked in order: the party is one whose account or register the asker keeps; the commitment has 32 bytes."""
    party = known(step.state.parties.get(command.party), Reason.UNKNOWN_PARTY, command.party)
    require(_keeps(step, party), Reason.UNKNOWN_PARTY, command.party)
    require(len(command.commitment) == 32, Reason.HASH, "commitment")
    require(command.commitment != party.commitment, Reason.ALREADY_DONE, "party", command.party)
    step.emit(HolderDataRecorded(command.party, command.commitment, step.asker))


def _keeps(step: Step, party: Party) -> bool:
    """Whether the asker is an operator, keeps an account of the party, or is registrar of something that it holds."""
    state = step.state
    if Role.OPERATOR in step.party().roles:
        return True
    if any(state.accounts[account].keeper == step.asker for account in party.accounts):
        return True
    kept = [number for number in state.registers.books if state.assets[number].registrar == step.asker]
    return any(state.positions.balance(account, asset) > 0 for account in party.accounts for asset in kept)


def inspect_register(step: Step, command: InspectRegister) -> None:
    """Whoever the profile lets looks into a register; a trace of it stays."""
    _look(step, command.asset, command.why, copied=False)


def request_copy(step: Step, command: RequestCopy) -> None:
    """Whoever the profile lets takes a copy of a register; a trace of it stays."""
    _look(step, command.asset, command.why, copied=True)


def _look(step: Step, asset: AssetNumber, why: str, *, copied: bool) -> None:
    """Checked in order: the asset is a bond or a keeper's book; the reason; that the profile lets the asker."""
    found = step.state.asset(asset)
    require(found.kind in KEPT, Reason.UNKNOWN_ASSET, asset)
    require_text(why, "why")
    may = may_copy if copied else may_inspect
    require(may(step.state, asset, step.asker), Reason.NOT_DISCLOSED, asset)
    step.emit(RegisterInspected(asset, step.asker, copied, why, step.time))


def may_inspect(state: State, asset: AssetNumber, party: PartyNumber) -> bool:
    """Whether a party may look into a register, by the provision `register.inspection` of its profile."""
    return _discloses(state, asset, party, "register.inspection")


def may_copy(state: State, asset: AssetNumber, party: PartyNumber) -> bool:
    """Whether a party may take a copy of a register, by the provision `register.copies` of its profile."""
    return _discloses(state, asset, party, "register.copies")


def _discloses(state: State, number: AssetNumber, party: PartyNumber, provision: str) -> bool:
    """Who keeps the register or acts on it always may; a regulator, holders or anyone where the profile says so."""
    asset, asker = state.assets.get(number), state.parties.get(party)
    if asset is None or asker is None or asset.kind not in KEPT:
        return False
    if Role.OPERATOR in asker.roles or party in _agents(state, asset):
        return True
    found = profile(state, number)
    if found is None:
        return False
    if Role.REGULATOR in asker.roles and found.value("disclosure.regulator") == "yes":
        return True
    whom = found.value(provision, "nobody")
    if whom == "holders":
        return any(state.positions.balance(account, number) > 0 for account in asker.accounts)
    return whom == "anyone"


def _agents(state: State, asset: Asset) -> Audience:
    """Who keeps a register or acts on it: registrar and issuer; of a bond also paying agent and trustee."""
    bond = state.issues.bonds.get(asset.number)
    agents = (bond.paying_agent, bond.trustee) if bond else ()
    return tuple(each for each in (asset.registrar, asset.issuer, *agents) if each != NO_PARTY)


def retention_due(step: Step, subject: int) -> None:
    """A duty: a party left a register so long ago that its data are erased, unless it holds or has held since."""
    state, number = step.state, PartyNumber(subject)
    if number not in state.registers.retention:
        return
    until: Micros = 0
    accounts = state.parties[number].accounts
    for asset, register in state.registers.books.items():
        for account in accounts:
            if state.positions.balance(account, asset) > 0:
                until = max(until, step.time + LOOK_AGAIN)
            for spell in register.left.get(account, ())[-1:]:
                until = max(until, _kept_until(state, asset, spell.ceased) if retention_years(state, asset) else 0)
    if until > step.time:
        step.emit(RetentionExtended(number, until))
    else:
        step.emit(PersonalDataErased(number, step.time))


def on_register_sealed(state: State, event: RegisterSealed) -> None:
    register = state.registers.books[event.asset]
    holders = sum(1 for _ in state.positions.holders(event.asset))
    register.changed = False
    register.seal = Seal(event.number, event.day, event.root, holders)


def on_dates_begun(state: State, event: DatesBegun) -> None:
    _begin(state, event.asset, event.history, event.time)
    state.registers.books[event.asset].changed = True


def on_holder_data_recorded(state: State, event: HolderDataRecorded) -> None:
    state.parties[event.party].commitment = event.commitment


def on_register_inspected(state: State, event: RegisterInspected) -> None:
    """A look changes nothing: the event is the trace."""


def on_retention_extended(state: State, event: RetentionExtended) -> None:
    state.schedule(event.until, DutyKind.RETENTION, event.party)


def on_personal_data_erased(state: State, event: PersonalDataErased) -> None:
    party = state.parties[event.party]
    party.commitment = b""
    del state.registers.retention[event.party]
    for register in state.registers.books.values():
        for account in party.accounts:
            register.left.pop(account, None)


def sees_register(state: State, event: RegisterSealed | DatesBegun) -> Audience:
    """Who keeps the register or acts on it; a holder gets the root with its proof."""
    return _agents(state, state.assets[event.asset])


def sees_holder_data(state: State, event: HolderDataRecorded) -> Audience:
    return (event.party, event.by)


def sees_inspection(state: State, event: RegisterInspected) -> Audience:
    """Who looked, and who keeps the register."""
    asset = state.assets[event.asset]
    return tuple(dict.fromkeys((event.party, asset.registrar, asset.issuer)))


def sees_retention(state: State, event: RetentionExtended | PersonalDataErased) -> Audience:
    """The party itself, and who keeps its accounts."""
    accounts = (state.accounts[each] for each in state.parties[event.party].accounts)
    return tuple(dict.fromkeys((event.party, *(account.keeper for account in accounts))))
