"""What a story says must hold, after a step or at its end, each asked of the market and of what has happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.bond import OpenFlow, cash_flows_so_far
from bauhinia.edge.stories.names import AssetName, Names
from bauhinia.edge.stories.record import Flow, Happening, Record
from bauhinia.edge.stories.telling import Facts, Meant, is_operator, meant, seen
from bauhinia.edge.stories.terms import periods_of
from bauhinia.edge.stories.values import Scope, amount, convert
from bauhinia.ledger.actions import Action, ActionStatus
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import Phase
from bauhinia.ledger.instructions import OPEN, Status, TransactionKind
from bauhinia.ledger.state import State
from bauhinia.rules.books import asset_in
from bauhinia.wire.mistakes import Place, named, nearest, one_of
from bauhinia.wire.written import table, text
from bauhinia.words.ids import AccountNumber, AssetNumber, Units
from bauhinia.words.money import format_units
from bauhinia.words.reasons import Reason, must

TRADES = ("not instructed", "unmatched", "pending", "failing", "confirming", "in doubt", "settled", "cancelled")
NOT_FIXED, PROVISIONAL = ("not fixed",), ("provisional",)
PAID = (TransactionKind.INCOME, TransactionKind.REDEMPTION, TransactionKind.CLAIM, TransactionKind.TIER)


@dataclass(frozen=True, slots=True)
class World:
    """What a check looks at: the market now, what has happened since the step before (or ever), and what was paid
    since then or since the day began (or ever)."""

    names: Names
    record: Record
    happenings: Sequence[Happening]
    flows: Sequence[Flow]
    scope: Scope

    def ask(self, question: Callable[[State], Any]) -> Any:
        must(self.names.read, "a check is asked while the story is only read")
        return self.names.read(question) if self.names.read else None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold: `wanted` in words, and a question that is None where it does, else what was found."""

    place: Place
    wanted: str
    ask: Callable[[World], str | None]


Reads = Callable[[Any, Place, Scope], list[Check]]


def read_checks(given: Any, place: Place, scope: Scope) -> list[Check]:
    """The checks of one `expect` table."""
    found = []
    for key, value in table(given, place).items():
        if key not in KINDS:
            raise place.at(key).mistake(f'nothing can be expected of "{key}"{nearest(key, list(KINDS))}')
        found += KINDS[key](value, place.at(key), scope)
    return found


def _each(value: Any, place: Place) -> list[tuple[str, str, Place]]:
    """The pairs of a table whose values are a text, or a list of texts."""
    return [(key, text(item, here), here) for key, item, here in _items(value, place)]


def _items(value: Any, place: Place) -> list[tuple[str, Any, Place]]:
    """The pairs of a table, a list of values being a pair for each."""
    found = []
    for key, items in table(value, place).items():
        if isinstance(items, list):
            found += [(key, item, place.at(key, at)) for at, item in enumerate(items)]
        else:
            found.append((key, items, place.at(key)))
    return found


def asset_amount(written: str, place: Place, scope: Scope) -> tuple[AssetName, Units]:
    """A money or bond and an amount of it: "e-HKD 1,234.56"."""
    name, _, digits = written.rpartition(" ")
    if not name:
        wanted = 'an amount with its money or bond, such as "e-HKD 1,234.56"'
        raise place.mistake(f"{place.key}: expected {wanted}, not {named(written)}")
    asset = scope.names.asset_name(name, place)
    units = amount(digits, place, Scope(scope.names, scope.by, scope.time, (asset,)))
    return asset, units


def _holds(value: Any, place: Place, scope: Scope, earmarked: bool = False) -> list[Check]:
    checks = []
    for account, written, here in _each(value, place):
        scope.names.account_name(account, here)
        asset, wanted = asset_amount(written, here, scope)
        checks.append(Check(here, f"{account} to hold {written}", _balance(account, asset, wanted, here, earmarked)))
    return checks


def _balance(account: str, asset: AssetName, wanted: Units, place: Place, earmarked: bool) -> Any:
    def ask(world: World) -> str | None:
        number, base = world.names.account(account, place), world.names.asset(asset.name, place)
        balance, reserved = world.ask(lambda state: held(state, number, base))
        found = reserved if earmarked else balance
        what = "has earmarked" if earmarked else "holds"
        return None if found == wanted else f"{account} {what} {asset.name} {format_units(found, asset.exponent)}"

    return ask


def held(state: State, account: AccountNumber, base: AssetNumber) -> tuple[Units, Units]:
    """The balance and the earmarked part of a bond or money in an account, whatever book it stands in."""
    kind = state.assets[base].kind
    asset = base if kind is AssetKind.MONEY else asset_in(state, account, base)
    if asset is None:
        return 0, 0
    return state.positions.balance(account, asset), state.positions.earmarked(account, asset)


def _paid(value: Any, place: Place, scope: Scope) -> list[Check]:
    checks = []
    for who, written, here in _each(value, place):
        account = who not in scope.names.parties and who in scope.names.accounts
        if not account:
            scope.names.party_name(who, here)
        prefix = written.rpartition(" ")[0]
        units = amount(written, here, scope)
        checks.append(Check(here, f"{who} to be paid {written}", _was_paid(who, account, prefix, units, here)))
    return checks


def _was_paid(who: str, account: bool, currency: str, wanted: Units, place: Place) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.account(who, place) if account else world.names.party(who, place)
        found = world.ask(lambda state: paid_to(state, world.flows, number, currency, account=account))
        decimals = world.names.decimals(currency)
        return None if found == wanted else f"{who} was paid {currency} {format_units(found, decimals or 0)}"

    return ask


def paid_to(state: State, flows: Sequence[Flow], number: int, currency: str, *, account: bool) -> Units:
    """What an account, or all accounts of a party, received of payments on bonds in a currency or one money of it.

    What an account receives only to pay it on (an agent's paying account, a custodian's omnibus account) counts too."""
    total = 0
    for flow in flows:
        asset = state.assets[flow.asset]
        if flow.kind not in PAID or asset.kind is not AssetKind.MONEY or currency not in (asset.currency, asset.code):
            continue
        receiver: int = flow.taker if account else (state.accounts[flow.taker].holder if flow.taker else flow.payee)
        total += flow.amount if receiver == number else 0
    return total


def _outstanding(value: Any, place: Place, scope: Scope) -> list[Check]:
    checks = []
    for name, written, here in _each(value, place):
        asset = scope.names.asset_name(name, here)
        wanted = amount(written, here, Scope(scope.names, scope.by, scope.time, (asset,)))
        checks.append(Check(here, f"{name} outstanding by {written}", _is_outstanding(asset, wanted, here)))
    return checks


def _is_outstanding(asset: AssetName, wanted: Units, place: Place) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.asset(asset.name, place)
        found = world.ask(lambda state: outstanding(state, number))
        return None if found == wanted else f"{asset.name} is outstanding by {format_units(found, asset.exponent)}"

    return ask


def outstanding(state: State, number: AssetNumber) -> Units:
    return -state.positions.balance(state.assets[number].issuer_account, number)


def _trades(value: Any, place: Place, scope: Scope) -> list[Check]:
    checks = []
    for reference, wanted, here in _each(value, place):
        status, _, reason = wanted.partition(" ")
        waits = status.lower() in ("pending", "failing") and (not reason or reason.upper() in Reason.__members__)
        if not waits and wanted.lower() not in TRADES:
            said = f'{one_of(TRADES)} (pending and failing with a reason or without: "pending LACK")'
            raise here.mistake(f"{reference}: expected {said}, not {named(wanted)}")
        checks.append(Check(here, f"trade {reference} to be {wanted}", _stands(reference, wanted)))
    return checks


def _stands(reference: str, wanted: str) -> Any:
    def ask(world: World) -> str | None:
        found = trade_status(world, reference)
        agrees = found.lower() == wanted.lower() or found.lower().split(" ")[0] == wanted.lower()
        return None if agrees else f"trade {reference} is {found}"

    return ask


def trade_status(world: World, reference: str) -> str:
    """How a trade stands: as the ledger has it, and once it has forgotten it, as it was told."""
    number = world.record.transaction(reference)

    def stands(state: State) -> str:
        found = state.settlement.transactions.get(number) if number else None
        if found is None or found.status not in (*OPEN, Status.CONFIRMING, Status.IN_DOUBT):
            return world.record.status(reference)
        status = found.status.name.lower().replace("_", " ")
        return f"{status} {found.reason.name}" if found.status in OPEN else status

    return str(world.ask(stands))


def _bonds(value: Any, place: Place, scope: Scope) -> list[Check]:
    checks = []
    for name, written, here in _each(value, place):
        scope.names.asset_name(name, here)
        wanted = convert(BondStatus, written, here, scope)
        checks.append(Check(here, f"{name} to be {written}", _has_status(name, wanted, here)))
    return checks


def _has_status(name: str, wanted: BondStatus, place: Place) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.asset(name, place)
        bond: Bond | None = world.ask(lambda state: state.issues.bonds.get(number))
        if bond is None:
            return f"{name} is no bond"
        return None if bond.status is wanted else f"{name} is {bond.status.name.lower()}"

    return ask


def _systems(value: Any, place: Place, scope: Scope) -> list[Check]:
    """A system's business date and phase: "2026-02-02 open", or one of the two."""
    checks = []
    for name, written, here in _each(value, place):
        scope.names.system(name, here)
        days = [word for word in written.split(" ") if word[:1].isdigit()]
        phase = " ".join(word for word in written.split(" ") if not word[:1].isdigit())
        day = convert(date, days[0], here, scope) if days else None
        in_phase = convert(Phase, phase, here, scope) if phase else None
        checks.append(Check(here, f"{name} to be at {written}", _is_at(name, day, in_phase, here)))
    return checks


def _is_at(name: str, day: date | None, phase: Phase | None, place: Place) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.system(name, place)
        found = world.ask(lambda state: (state.days.systems[number].date, state.days.systems[number].phase))
        agrees = (day is None or found[0] == day) and (phase is None or found[1] is phase)
        return None if agrees else f"{name} is at {found[0]} {found[1].name.lower()}"

    return ask


def _schedule(value: Any, place: Place, scope: Scope) -> list[Check]:
    """What a bond will pay on what has been issued of it: "2026-05-11 HKD 30,993,150.68", one line a payment, with
    the word "provisional" after it where a calendar does not confirm the date, and "not fixed" instead of the amount
    where it hangs on what nobody has told."""
    checks = []
    for name, lines in table(value, place).items():
        asset = scope.names.asset_name(name, place.at(name))
        if not isinstance(lines, list):
            raise place.at(name).mistake(f"{name}: expected a list of payments, not {named(lines)}")
        wanted = [text(line, place.at(name, at)) for at, line in enumerate(lines)]
        checks.append(Check(place.at(name), f"the schedule of {name}", _pays(asset, wanted, place.at(name))))
    return checks


def _pays(asset: AssetName, wanted: list[str], place: Place) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.asset(asset.name, place)
        if not world.ask(lambda state: number in state.issues.bonds):
            return f"{asset.name} is no bond"
        found = world.ask(lambda state: schedule_lines(state, asset, number, place))
        if found == wanted:
            return None
        wrong = next((line for line, other in zip(found, wanted, strict=False) if line != other), None)
        return f'{asset.name} pays "{wrong}"' if wrong else f"{asset.name} pays {len(found)} times: {found}"

    return ask


def schedule_lines(state: State, asset: AssetName, number: AssetNumber, place: Place) -> list[str]:
    """The payments of a bond on all that is outstanding, a line for each day: as its corporate actions have them once
    it is issued (late closures included), by its terms and the calendars before. An amount that hangs on what nobody
    has told yet is not fixed."""
    bond, units = state.issues.bonds[number], outstanding(state, number)
    terms = bond.terms
    actions = [state.servicing.actions[each] for each in state.servicing.of.get(number, ())]
    flows: list[tuple[date, int, tuple[str, ...]]] = [
        (each.payment_date, (each.interest + each.principal) * units // terms.calculation_amount, _unsure(each))
        for each in actions
        if each.status is not ActionStatus.CANCELLED
    ]
    if not actions:
        periods = periods_of(terms, state.days.of(terms.calendars), place)
        known, calendars = state.observations.values, state.days.of(terms.floating.centres if terms.floating else ())
        for flow in cash_flows_so_far(terms, periods, units, known, calendars):
            paid = 0 if isinstance(flow, OpenFlow) else flow.amount
            said: tuple[str, ...] = NOT_FIXED if isinstance(flow, OpenFlow) else ()
            flows.append((flow.payment_date, paid, (*said, *(PROVISIONAL if flow.provisional else ()))))
    by_day: dict[date, tuple[int, tuple[str, ...]]] = {}
    for day, paid, unsure in flows:
        before, why = by_day.get(day, (0, ()))
        by_day[day] = (before + paid, (*why, *(each for each in unsure if each not in why)))
    lines = []
    for day, (paid, why) in sorted(by_day.items()):
        written = f" {asset.currency} {format_units(paid, asset.exponent)}"
        lines.append(" ".join((f"{day}{written if paid or NOT_FIXED[0] not in why else ''}", *why)))
    return lines


def _unsure(action: Action) -> tuple[str, ...]:
    """What is not certain of a payment."""
    return (() if action.fixed else NOT_FIXED) + (PROVISIONAL if action.provisional else ())


def _events(value: Any, place: Place, scope: Scope, wanted: bool = True) -> list[Check]:
    """Events by their kind, or by kind and fields: { is = "Waits", reason = "LACK" }."""
    checks = []
    for at, item in enumerate(value if isinstance(value, list) else [value]):
        here = place.at(at) if isinstance(value, list) else place
        event = meant(item, here, scope)
        checks.append(Check(here, f"{'the event' if wanted else 'no'} {event}", _happened(event, wanted)))
    return checks


def _happened(event: Meant, wanted: bool) -> Any:
    def ask(world: World) -> str | None:
        events = [each.event for each in world.happenings if type(each.event) is event.kind]
        fitting = [each for each in events if event.fits(each, world.scope)]
        if bool(fitting) is wanted:
            return None
        found = event.found(fitting or events, world.scope)
        return f"there was {found or 'no ' + event.kind.__name__}"

    return ask


def _sees(value: Any, place: Place, scope: Scope, wanted: bool = True) -> list[Check]:
    """Events of which a party sees one, or none, by kind or by kind and fields, as it is told of them."""
    checks = []
    for viewer, item, here in _items(value, place):
        scope.names.party_name(viewer, here)
        event = meant(item, here, scope)
        words = f"{viewer} {'to' if wanted else 'not to'} see {event}"
        checks.append(Check(here, words, _may_see(viewer, event, here, wanted)))
    return checks


def _may_see(viewer: str, event: Meant, place: Place, wanted: bool) -> Any:
    def ask(world: World) -> str | None:
        number = world.names.party(viewer, place)
        happened = [each for each in world.happenings if type(each.event) is event.kind]
        if not happened:
            return f"there was no {event.kind.__name__} to see"

        def look(state: State) -> list[Any]:
            facts, operator = Facts(state, world.record), is_operator(state, number)
            return [told for each in happened if (told := seen(each, number, facts, operator)) is not None]

        told = world.ask(look)
        fitting = [each for each in told if event.fits(each, world.scope)]
        if bool(fitting) is wanted:
            return None
        found = event.found(fitting or told, world.scope)
        return f"{viewer} sees {found or f'none of {len(happened)}'}"

    return ask


KINDS: dict[str, Reads] = {
    "holds": _holds,
    "earmarked": lambda value, place, scope: _holds(value, place, scope, True),
    "paid": _paid,
    "outstanding": _outstanding,
    "trades": _trades,
    "bonds": _bonds,
    "systems": _systems,
    "schedule": _schedule,
    "events": _events,
    "no_events": lambda value, place, scope: _events(value, place, scope, False),
    "sees": _sees,
    "cannot_see": lambda value, place, scope: _sees(value, place, scope, False),
}
