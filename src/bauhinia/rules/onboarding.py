"""Parties, keys, attributes, accounts and rights: who takes part, and what each may do. Four eyes on all of it.

The operator, the central bank or the depository brings a party in and opens its accounts; a custodian opens those of
its own book. A party's keys change only with its own m of n (or by the named power of key recovery). Attributes are
facts that an attester vouches for until a date; from them and the rulebooks follow an account's classes, the bits by
which settlement knows who may hold what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.parties import (
    NEVER_PAID,
    Account,
    Attribute,
    Grant,
    Key,
    Party,
    Purpose,
    Right,
    Role,
    Standing,
)
from bauhinia.ledger.state import State
from bauhinia.rules.books import chain
from bauhinia.rules.mandates import end_mandates
from bauhinia.rules.settlement import retry_all
from bauhinia.rules.step import Audience, Step, require_role, require_text
from bauhinia.words.identifiers import MINOR_UNITS, lei
from bauhinia.words.ids import EVERYONE, NO_ASSET, AccountNumber, AssetNumber, Micros, PartyNumber
from bauhinia.words.reasons import Reason, known, require

MOST_KEYS = 16
MOST_FALLBACKS = 8  # of an election
ELIGIBLE = (Standing.ACTIVE, Standing.INSOLVENT)  # an insolvent party is who it was: what is final reaches it
MOST_TIERS = 16  # books below the official one, each in the one above


@dataclass(slots=True)
class RegisterParty:
    """A command: a new party. `name` is public, empty for a natural person, whose data are beside the ledger and
    bound by `commitment`. `lei` may be empty where there is none; `residence` is ISO 3166-1 alpha-2."""

    name: str
    lei: str
    residence: str
    roles: tuple[Role, ...]
    keys: tuple[Key, ...]
    threshold: int
    commitment: bytes


@dataclass(slots=True)
class RotateKeys:
    """A command: the asker's own keys from now on. Needs the m of n in force."""

    keys: tuple[Key, ...]
    threshold: int


@dataclass(slots=True)
class Attest:
    """A command: `party` has `attribute` = `value` until a moment (exclusive). An empty value takes it away."""

    party: PartyNumber
    attribute: str
    value: str
    until: Micros


@dataclass(slots=True)
class SetStanding:
    """A command: a party's standing, and why."""

    party: PartyNumber
    standing: Standing
    reason: str


@dataclass(slots=True)
class OpenAccount:
    """A command: an account for `holder`. `tier` is the omnibus account in whose book it stands, opened by the
    holder of that; zero for the official book, opened by operator, central bank or depository. `cash_account`
    receives its income (zero: itself)."""

    holder: PartyNumber
    purpose: Purpose
    name: str
    tier: AccountNumber
    cash_account: AccountNumber


@dataclass(slots=True)
class CloseAccount:
    """A command: an empty account is closed."""

    account: AccountNumber


@dataclass(slots=True)
class GrantRight:
    """A command by the holder: `party` may do `right` on an account, for one asset or any (0), until a moment."""

    account: AccountNumber
    party: PartyNumber
    right: Right
    asset: AssetNumber
    until: Micros


@dataclass(slots=True)
class RevokeRight:
    """A command by the holder: takes a right away at once."""

    account: AccountNumber
    party: PartyNumber
    right: Right


@dataclass(slots=True)
class Elect:
    """A command by the holder: payouts in `currency` to this account are made in `money`, or in the first of `fallback`
    that can be paid where that cannot; zero takes the election back."""

    account: AccountNumber
    currency: str
    money: AssetNumber
    fallback: tuple[AssetNumber, ...] = ()


@dataclass(slots=True)
class PartyRegistered:
    party: PartyNumber
    name: str
    lei: str
    residence: str
    roles: tuple[Role, ...]
    keys: tuple[Key, ...]
    threshold: int
    commitment: bytes


@dataclass(slots=True)
class KeysRotated:
    party: PartyNumber
    keys: tuple[Key, ...]
    threshold: int


@dataclass(slots=True)
class Attested:
    party: PartyNumber
    attribute: str
    value: str
    attester: PartyNumber
    until: Micros


@dataclass(slots=True)
class ClassesRenewed:
    """A duty told: an attribute of the party has expired, so its accounts lose the classes that rest on it."""

    party: PartyNumber


@dataclass(slots=True)
class StandingSet:
    party: PartyNumber
    standing: Standing
    reason: str
    time: Micros


@dataclass(slots=True)
class AccountOpened:
    account: AccountNumber
    holder: PartyNumber
    purpose: Purpose
    name: str
    keeper: PartyNumber
    tier: AccountNumber
    cash_account: AccountNumber
    time: Micros


@dataclass(slots=True)
class AccountClosed:
    account: AccountNumber
    time: Micros


@dataclass(slots=True)
class RightGranted:
    account: AccountNumber
    grant: Grant


@dataclass(slots=True)
class RightRevoked:
    account: AccountNumber
    party: PartyNumber
    right: Right


@dataclass(slots=True)
class Elected:
    account: AccountNumber
    currency: str
    money: AssetNumber
    fallback: tuple[AssetNumber, ...] = ()


def register_party(step: Step, command: RegisterParty) -> None:
    """Bring a party in.

    Checked in order: name or commitment is there; LEI by its check digits and not taken; residence; roles, each
    once; keys and threshold.
    """
    require(command.name or command.commitment, Reason.EMPTY, "name or commitment")
    require_text(command.name, "name", least=0)
    require(len(command.commitment) in (0, 32), Reason.HASH, "commitment")
    if command.lei:
        problem = lei(command.lei)
        require(problem is None, Reason.IDENTIFIER, "lei", command.lei, problem)
        require(command.lei not in step.state.leis, Reason.DUPLICATE, "lei", command.lei)
    residence = command.residence
    require(len(residence) == 2 and residence.isascii() and residence.isupper(), Reason.TEXT, "residence", residence)
    require(command.roles and len(set(command.roles)) == len(command.roles), Reason.ROLE, "roles")
    require_keys(command.keys, command.threshold)
    number = PartyNumber(len(step.state.parties) + 1)
    step.emit(
        PartyRegistered(
            number,
            command.name,
            command.lei,
            command.residence,
            command.roles,
            command.keys,
            command.threshold,
            command.commitment,
        )
    )


def require_keys(keys: tuple[Key, ...], threshold: int) -> None:
    """Refuse keys that are not m of n: 32 bytes each, none twice, at least `threshold` persons behind them."""
    require(0 < len(keys) <= MOST_KEYS, Reason.KEY, len(keys), "keys")
    require(len({key.public for key in keys}) == len(keys), Reason.KEY, "a key stands twice")
    for key in keys:
        require(len(key.public) == 32, Reason.KEY, key.public.hex())
        require_text(key.person, "person", 64)
    require(1 <= threshold <= len({key.person for key in keys}), Reason.THRESHOLD, threshold)


def rotate_keys(step: Step, command: RotateKeys) -> None:
    """A party changes its own keys; the old ones are void from the next command on."""
    require_keys(command.keys, command.threshold)
    step.emit(KeysRotated(step.asker, command.keys, command.threshold))


def attest(step: Step, command: Attest) -> None:
    """An attester vouches for a fact about a party, or takes its own word back. What another has said stands until it
    expires or is taken back."""
    require_role(step, Role.ATTESTER)
    party = step.state.party(command.party)
    require_text(command.attribute, "attribute", 64)
    require_text(command.value, "value", 64, least=0)
    if command.value:
        require(command.until > step.time, Reason.EXPIRED, "until")
        standing = party.attributes.get(command.attribute)
        free = standing is None or standing.attester == step.asker or standing.until <= step.time
        require(free, Reason.NOT_AUTHORISED, command.attribute)
    else:
        given = known(party.attributes.get(command.attribute), Reason.ATTRIBUTE, command.attribute)
        require(given.attester == step.asker, Reason.NOT_AUTHORISED, command.attribute)
    step.emit(Attested(command.party, command.attribute, command.value, step.asker, command.until))


def set_standing(step: Step, command: SetStanding) -> None:
    """The operator (or the central bank) suspends a party, declares it insolvent, or takes it back. With an insolvency
    goes what its instructions have under way, unless it has passed the moment that the rulebook names (`finality`).
    Mandates end with any standing but an active one."""
    require_role(step, Role.OPERATOR, Role.CENTRAL_BANK)
    party = step.state.party(command.party)
    require_text(command.reason, "reason")
    require(party.standing != command.standing, Reason.ALREADY_DONE, "party", command.party, command.standing.name)
    require(command.party != step.asker, Reason.NOT_AUTHORISED, "its own standing")
    if command.standing is Standing.CLOSED:
        still = [number for number in party.accounts if not step.state.accounts[number].closed]
        require(not still, Reason.STATE, "party", command.party, "has an open", "account", *still[:1])
    step.emit(StandingSet(command.party, command.standing, command.reason, step.time))
    if command.standing is not Standing.ACTIVE:
        end_mandates(step, command.party)


def open_account(step: Step, command: OpenAccount) -> None:
    """Open an account in the official book, or in the book of one's own omnibus account.

    Checked in order: holder known and active; name; tier known, an open omnibus account of the asker, not too deep; or,
    in the official book, the asker's role and the purpose; the cash account known, of the same holder, open, and of a
    purpose that takes income.
    """
    state = step.state
    holder = state.party(command.holder)
    require(holder.standing is Standing.ACTIVE, Reason.SUSPENDED, command.holder)
    require_text(command.name, "name", 64)
    require(command.purpose is not Purpose.NETWORK, Reason.PURPOSE, command.purpose.name, "is opened by its network")
    if command.tier:
        omnibus = known(state.accounts.get(command.tier), Reason.UNKNOWN_ACCOUNT, command.tier)
        require(omnibus.holder == step.asker, Reason.UNKNOWN_ACCOUNT, command.tier)
        require(omnibus.purpose is Purpose.OMNIBUS, Reason.PURPOSE, command.tier)
        require(not omnibus.closed, Reason.CLOSED, command.tier)
        require(len(chain(state, command.tier)) < MOST_TIERS, Reason.STATE, "account", command.tier, "stands too deep")
        require(command.purpose in (Purpose.OWN, Purpose.OMNIBUS, Purpose.SEGREGATED), Reason.PURPOSE, command.purpose)
    else:
        require_role(step, Role.OPERATOR, Role.CENTRAL_BANK, Role.CSD, Role.REGISTRAR)
    if command.cash_account:
        cash = state.account(command.cash_account)
        require(cash.holder == command.holder, Reason.UNKNOWN_ACCOUNT, command.cash_account)
        require(not cash.closed, Reason.CLOSED, command.cash_account)
        require(cash.purpose not in NEVER_PAID, Reason.PURPOSE, command.cash_account, cash.purpose.name)
    number = AccountNumber(len(state.accounts) + 1)
    step.emit(
        AccountOpened(
            number,
            command.holder,
            command.purpose,
            command.name,
            step.asker,
            command.tier,
            command.cash_account,
            step.time,
        )
    )


def close_account(step: Step, command: CloseAccount) -> None:
    """The keeper, or the holder, closes an account that holds nothing and owes nothing: no transaction under way moves
    anything in it, it backs nothing outside its own clients' book, and no bond is issued from it or paid out of it."""
    state = step.state
    account = state.account(command.account)
    require(step.asker in (account.holder, account.keeper), Reason.UNKNOWN_ACCOUNT, command.account)
    require(not account.closed, Reason.ALREADY_DONE, "account", command.account)
    for asset in state.assets:
        empty = state.positions.balance(command.account, asset) == 0
        require(empty, Reason.STATE, "account", command.account, "holds", "asset", asset)
    require(
        not any(asset.issuer_account == command.account for asset in state.assets.values()), Reason.STATE, "an issuer's"
    )
    backs = account.backs and account.purpose is not Purpose.OMNIBUS
    require(not backs, Reason.STATE, "account", command.account, "backs what is outstanding")
    appointed = (each for paying in state.servicing.paying.values() for each in paying)
    pays = any(command.account == each.account for each in appointed)
    require(not pays, Reason.STATE, "account", command.account, "a bond is paid out of it")
    for number in state.settlement.live:
        legs = state.settlement.transactions[number].legs
        moves = any(command.account in (leg.giver, leg.taker) for leg in legs)
        require(not moves, Reason.STATE, "account", command.account, "transaction", number)
    for instruction in state.settlement.instructions.values():
        named = command.account in (instruction.order.account, instruction.order.cash_account)
        waits = named and not instruction.transaction and not instruction.cancelled
        require(not waits, Reason.STATE, "account", command.account, "instruction", instruction.number)
    for each in state.accounts.values():
        serves = each.closed == 0 and command.account in (each.tier, each.cash_account)
        require(not serves, Reason.STATE, "account", command.account, "serves", "account", each.number)
    step.emit(AccountClosed(command.account, step.time))


def own_account(step: Step, number: AccountNumber) -> Account:
    """An account of the asker, or a refusal that does not tell whether it exists."""
    account = step.state.account(number)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, number)
    require(not account.closed, Reason.CLOSED, number)
    return account


def grant_right(step: Step, command: GrantRight) -> None:
    """A holder lets another party view, instruct, receive or pledge."""
    own_account(step, command.account)
    step.state.party(command.party)
    require(command.party != step.asker, Reason.RIGHT, "to oneself")
    if command.asset != NO_ASSET:
        step.state.asset(command.asset)
    require(command.until > step.time, Reason.EXPIRED, "until")
    step.emit(RightGranted(command.account, Grant(command.party, command.right, command.asset, command.until)))


def revoke_right(step: Step, command: RevokeRight) -> None:
    """A holder takes a right back."""
    account = own_account(step, command.account)
    given = any(grant.party == command.party and grant.right == command.right for grant in account.grants)
    require(given, Reason.RIGHT, command.party, command.right.name)
    step.emit(RightRevoked(command.account, command.party, command.right))


def elect(step: Step, command: Elect) -> None:
    """A holder chooses the money in which its income of a currency is paid, and what else where that cannot be."""
    own_account(step, command.account)
    require(command.currency in MINOR_UNITS, Reason.WRONG_CURRENCY, command.currency)
    require(command.money or not command.fallback, Reason.EMPTY, "money")
    require(len(command.fallback) <= MOST_FALLBACKS, Reason.AMOUNT, "fallback", len(command.fallback))
    moneys = (command.money, *command.fallback) if command.money else ()
    for number in moneys:
        money = step.state.asset(number)
        require(money.money and money.currency == command.currency, Reason.WRONG_CURRENCY, number)
    require(len(set(moneys)) == len(moneys), Reason.DUPLICATE, "fallback")
    step.emit(Elected(command.account, command.currency, command.money, command.fallback))


def renew_classes(state: State, number: PartyNumber) -> None:
    """Work out the classes of a party's accounts afresh from its attributes, its standing and the rulebooks.

    An account has a class while one rulebook's predicate for its bit is true. All classes of an account lapse at the
    first expiry among the attributes they rest on, and are renewed then by a duty.
    """
    bits, until = classes_of(state, number)
    for each_account in state.parties[number].accounts:
        account = state.accounts[each_account]
        account.classes, account.classes_until = bits, until


def classes_of(state: State, number: PartyNumber) -> tuple[int, Micros]:
    """The classes of any account of a party, and until when it has them."""
    party = state.parties[number]
    bits, until = 0, 1 << 62
    if party.standing in ELIGIBLE:
        for name in sorted(state.rulebooks):
            rulebook = state.rulebook(name)
            for each in rulebook.classes if rulebook else ():
                given = party.attributes.get(each.attribute)
                if given and given.value == each.value and state.time < given.until:
                    bits |= 1 << each.bit
                    until = min(until, given.until)
    return bits, until


def on_party_registered(state: State, event: PartyRegistered) -> None:
    state.parties[event.party] = Party(
        event.party,
        event.name,
        event.lei,
        event.residence,
        event.roles,
        event.keys,
        event.threshold,
        commitment=event.commitment,
    )
    if event.lei:
        state.leis[event.lei] = event.party


def on_keys_rotated(state: State, event: KeysRotated) -> None:
    party = state.parties[event.party]
    party.keys, party.threshold = event.keys, event.threshold


def on_attested(state: State, event: Attested) -> None:
    attributes = state.parties[event.party].attributes
    if event.value:
        attributes[event.attribute] = Attribute(event.value, event.attester, event.until)
        state.schedule(event.until, DutyKind.CLASSES, event.party)
    else:
        del attributes[event.attribute]
    if event.attribute in state.taxes.watched:
        state.follow(WorkKind.TAX, event.party)
    _renewed(state, event.party)


def on_classes_renewed(state: State, event: ClassesRenewed) -> None:
    renew_classes(state, event.party)


def on_standing_set(state: State, event: StandingSet) -> None:
    party = state.parties[event.party]
    party.standing, party.standing_since = event.standing, event.time
    if event.standing is Standing.INSOLVENT:
        state.follow(WorkKind.INSOLVENCY, event.party)
    if any(event.party in network.members for network in state.networks.networks.values()):
        state.follow(WorkKind.BANK, event.party)
    _renewed(state, event.party)


def _renewed(state: State, number: PartyNumber) -> None:
    """A party has gained classes, or lost them: what waited for its accounts to be eligible is tried again."""
    accounts = state.parties[number].accounts
    before = [state.accounts[each].classes for each in accounts]
    renew_classes(state, number)
    if any(state.accounts[each].classes & ~had for each, had in zip(accounts, before, strict=True)):
        retry_all(state)


def on_account_opened(state: State, event: AccountOpened) -> None:
    state.accounts[event.account] = Account(
        event.account,
        event.holder,
        event.purpose,
        event.name,
        event.keeper,
        event.tier,
        cash_account=event.cash_account,
        opened=event.time,
    )
    state.parties[event.holder].accounts.append(event.account)
    renew_classes(state, event.holder)


def on_account_closed(state: State, event: AccountClosed) -> None:
    state.accounts[event.account].closed = event.time


def on_right_granted(state: State, event: RightGranted) -> None:
    account = state.accounts[event.account]
    kept = (g for g in account.grants if (g.party, g.right, g.asset) != _slot(event.grant))
    account.grants = (*kept, event.grant)


def _slot(grant: Grant) -> tuple[PartyNumber, Right, AssetNumber]:
    return grant.party, grant.right, grant.asset


def on_right_revoked(state: State, event: RightRevoked) -> None:
    account = state.accounts[event.account]
    account.grants = tuple(g for g in account.grants if (g.party, g.right) != (event.party, event.right))


def on_elected(state: State, event: Elected) -> None:
    elections = state.accounts[event.account].elections
    if event.money:
        elections[event.currency] = (event.money, *event.fallback)
    else:
        elections.pop(event.currency, None)


def classes_due(step: Step, subject: int) -> None:
    """A duty: an attribute of the party has expired."""
    step.emit(ClassesRenewed(PartyNumber(subject)))


def sees_all(state: State, event: object) -> Audience:
    """Public: everyone may know who takes part."""
    return (EVERYONE,)


def sees_party(state: State, event: KeysRotated | Attested | ClassesRenewed | StandingSet) -> Audience:
    attester = (event.attester,) if isinstance(event, Attested) else ()
    return (event.party, *attester)


def sees_account(
    state: State, event: AccountOpened | AccountClosed | RightGranted | RightRevoked | Elected
) -> Audience:
    """The account's holder and its keeper; whom a right is given to or taken from; all who have one, when it closes."""
    account = state.accounts[event.account]
    told: tuple[PartyNumber, ...] = ()
    match event:
        case RightGranted():
            told = (event.grant.party,)
        case RightRevoked():
            told = (event.party,)
        case AccountClosed():
            told = tuple(grant.party for grant in account.grants)
        case AccountOpened() | Elected():
            pass
        case _:
            assert_never(event)
    return tuple(dict.fromkeys((account.holder, account.keeper, *told)))
