"""What a story declares before its first step, each the commands that bring it to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from bauhinia.bond import Calendar, is_business_day
from bauhinia.edge.stories.keys import play_salt, public_keys
from bauhinia.edge.stories.names import PERSONS, AccountName, AssetName, Names, PartyName
from bauhinia.edge.stories.networks import KEYS as NETWORK_KEYS
from bauhinia.edge.stories.networks import network
from bauhinia.edge.stories.plan import Act, Step
from bauhinia.edge.stories.terms import read_terms
from bauhinia.edge.stories.values import Scope, amount, build, convert, timetable
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.bonds import TermSheet
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.node.personal import commitment
from bauhinia.rules.issue import LodgeTerms
from bauhinia.rules.market import OpenSystem, PublishCalendar, PublishRulebook
from bauhinia.rules.money import CreateMoney
from bauhinia.rules.onboarding import OpenAccount, RegisterParty
from bauhinia.wire.mistakes import Place, named, nearest
from bauhinia.wire.rulebooks import published
from bauhinia.wire.written import day, member, text
from bauhinia.words.dates import day_of, micros_at
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET

Declare = Callable[[dict[str, Any], Place, Scope], list[Step]]
MOST = 9_000_000_000_000  # of its currency: what a money may be issued up to, where the story does not say
LAW = {"needs": int, "rulebook": str, "customers_only": bool}  # of a money: who may hold it, what its issuer owes
TIMES = ("offset", "opens", "dvp_cut_off", "fop_cut_off", "end_of_day", "windows", "cycles")
KEYS_OF: dict[str, tuple[str, ...]] = {
    "calendar": tuple(each.name for each in fields(Calendar)),
    "system": ("name", "centres", *TIMES, "first"),
    "rulebook": tuple(each.name for each in fields(PublishRulebook)),
    "party": ("name", "roles", "lei", "residence", "persons", "threshold", "account", "particulars"),
    "account": ("name", "holder", "purpose", "in", "cash", "by"),
    "network": NETWORK_KEYS,
    "money": ("code", "name", "currency", "kind", "issuer", "system", "authorised", "reserve", *LAW),
    "bond": tuple(each.name for each in fields(TermSheet)),
}


def _step(place: Place, what: str, scope: Scope, by: str, make: Callable[[Scope], Any]) -> Step:
    """A declaration as a step: one command of `by`, signed by all its persons."""

    def prepare(now: Scope) -> list[Act]:
        return [Act(by, make(now), now.names.persons_of(by))]

    return Step(place, what, scope.time, prepare, by)


def _need(given: dict[str, Any], key: str, place: Place, what: str) -> Any:
    if key not in given:
        raise place.mistake(f'this needs "{key}": expected {what}')
    return given[key]


def _new(name: Any, known: Any, place: Place) -> str:
    """A name that nothing of its kind has yet."""
    written = text(name, place)
    if not written:
        raise place.mistake(f"{place.key}: expected a name, not an empty text")
    if written in known:
        raise place.mistake(f'{place.key}: "{written}" is declared twice')
    return written


def calendar(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    _need(given, "centre", place, "a centre such as HK")
    return [
        _step(
            place, "publish_calendar", scope, scope.by,
            lambda now: PublishCalendar(convert(Calendar, given, place, now)),
        )
    ]  # fmt: skip


def system(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    name = _new(_need(given, "name", place, "a name such as CMU"), scope.names.systems, place.at("name"))
    _need(given, "centres", place, "a list of centres")
    scope.names.systems.append(name)
    said = day(given["first"], place.at("first")) if "first" in given else None
    times = {key: given[key] for key in TIMES if key in given}

    def make(now: Scope) -> OpenSystem:
        centres = convert(tuple[str, ...], given["centres"], place.at("centres"), now)
        table = timetable(times, place, now)
        return OpenSystem(name, centres, table, said or _first_day(now, centres, table))

    return [_step(place, "open_system", scope, scope.by, make)]


def _first_day(now: Scope, centres: tuple[str, ...], table: Timetable) -> date:
    """The first business day that the system can still open on."""
    first = day_of(now.time, table.offset)
    if micros_at(first, table.opens, table.offset) < now.time:
        first += timedelta(days=1)
    if now.names.read is None:
        return first
    known = now.names.read(lambda state: state.days.calendars)
    calendars = [known[centre] for centre in centres if centre in known]
    while not is_business_day(first, calendars) and all(first < each.known_through for each in calendars):
        first += timedelta(days=1)
    return first


def rulebook(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    """A rulebook that comes with Bauhinia, by name (and version), or one that the story gives whole."""
    name = text(_need(given, "name", place, "a name such as contractual"), place.at("name"))
    if set(given) <= {"name", "version"}:
        value = _published(name, given.get("version"), place)
    else:
        value = build(PublishRulebook, given, place, scope, {"version": 1, "effective": scope.today})
    scope.names.rulebooks.append(name)
    scope.names.classes.update({each.name: each.bit for each in value.classes})
    return [_step(place, "publish_rulebook", scope, scope.by, lambda now: value)]


def _published(name: str, version: Any, place: Place) -> PublishRulebook:
    books = [each for each in published() if each.name == name and version in (None, each.version)]
    if not books:
        names = list(dict.fromkeys(each.name for each in published()))
        raise place.at("name").mistake(f'name: no rulebook "{name}" comes with Bauhinia{nearest(name, names)}')
    return books[-1]


def party(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    """A party with its play keys. To `particulars` the ledger gets a commitment, under a salt that is as public as play
    keys are; where they name it, it is a natural person, of which the ledger has no name."""
    names = scope.names
    name = _new(_need(given, "name", place, "a name"), names.parties, place.at("name"))
    names.parties[name] = PartyName(name)  # known from here on, so that a mistake below is told once
    persons = convert(tuple[str, ...], given.get("persons", list(PERSONS)), place.at("persons"), scope)
    roles = convert(tuple[Role, ...], given.get("roles", ["investor"]), place.at("roles"), scope)
    threshold = convert(int, given.get("threshold", 1), place.at("threshold"), scope)
    names.parties[name] = PartyName(name, persons)
    private, public = b"", name
    if "particulars" in given:
        particulars = convert(dict[str, str], given["particulars"], place.at("particulars"), scope)
        names.parties[name].particulars = particulars
        private = commitment(play_salt(name), particulars)
        public = "" if "name" in particulars else name
    value = RegisterParty(
        public,
        text(given.get("lei", ""), place.at("lei")),
        text(given.get("residence", "HK"), place.at("residence")),
        roles,
        public_keys(name, persons),
        threshold,
        private,
    )
    step = _step(place, "register_party", scope, scope.by, lambda now: value)
    step.declares = name
    if "account" not in given:
        return [step]
    return [step, *account({"name": given["account"], "holder": name}, place, scope, key="account")]


def account(given: dict[str, Any], place: Place, scope: Scope, key: str = "name") -> list[Step]:
    """An account: in the official book, opened by the operator, or in the book of the omnibus account it is `in`."""
    names = scope.names
    name = _new(_need(given, "name", place, "a name"), names.accounts, place.at(key))
    holder = names.party_name(_need(given, "holder", place, "the name of a party"), place.at("holder")).name
    purpose = member(Purpose, given.get("purpose", "own"), place.at("purpose"))
    above = names.account_name(given["in"], place.at("in")) if "in" in given else None
    cash = names.account_name(given["cash"], place.at("cash")).name if "cash" in given else ""
    by = names.party_name(given["by"], place.at("by")).name if "by" in given else above.holder if above else scope.by
    names.add_account(AccountName(name, holder, purpose, cash))

    def make(now: Scope) -> OpenAccount:
        return OpenAccount(
            now.names.party(holder, place.at("holder")),
            purpose,
            name,
            now.names.account(above.name, place.at("in")) if above else NO_ACCOUNT,
            now.names.account(cash, place.at("cash")) if cash else NO_ACCOUNT,
        )

    return [_step(place, "open_account", scope, by, make)]


def money(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    """A money, with the accounts of its issuer that it needs: one to issue from, and one for what backs it."""
    names = scope.names
    code = _new(_need(given, "code", place, "a code such as HKD.T"), names.assets, place.at("code"))
    issuer = names.party_name(_need(given, "issuer", place, "the name of a party"), place.at("issuer")).name
    kind = member(MoneyKind, _need(given, "kind", place, "a kind such as central_bank_token"), place.at("kind"))
    currency = text(_need(given, "currency", place, "a currency"), place.at("currency"))
    if currency not in MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    outside = kind is MoneyKind.RTGS
    law = {key: given[key] for key in LAW if key in given}
    _law(law, place, scope)
    names.assets[code] = AssetName(code, code, currency, MINOR_UNITS[currency], issuer, outside)
    where = _system(given, place, names)
    most = MOST * 10 ** MINOR_UNITS[currency]
    if "authorised" in given:
        most = amount(given["authorised"], place.at("authorised"), _of(scope, currency))
    steps = _own_account(f"{code} issue", issuer, Purpose.ISSUER, place, scope)
    reserve = ""
    if "reserve" in given:
        reserve = names.asset_name(given["reserve"], place.at("reserve")).name
        steps += _own_account(f"{code} reserve", issuer, Purpose.RESERVE, place, scope)

    def make(now: Scope) -> CreateMoney:
        return CreateMoney(
            code,
            text(given.get("name", code), place.at("name")),
            currency,
            kind,
            now.names.system(where, place.at("system")),
            now.names.account(f"{code} issue", place),
            most,
            now.names.account(f"{code} reserve", place) if reserve else NO_ACCOUNT,
            now.names.asset(reserve, place.at("reserve")) if reserve else NO_ASSET,
            **_law(law, place, now),
        )

    return [*steps, _step(place, "create_money", scope, issuer, make)]


def _law(given: dict[str, Any], place: Place, scope: Scope) -> dict[str, Any]:
    """Who may hold a money, and the rulebook that says what its issuer owes: those fields that the story gives."""
    return {key: convert(LAW[key], value, place.at(key), scope) for key, value in given.items()}


def bond(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    """A bond's term sheet, which a step lodges (`do = "lodge"`), and the account from which it is to be issued."""
    names = scope.names
    name = _new(_need(given, "name", place, "a name"), names.assets, place.at("name"))
    code = text(_need(given, "isin", place, "an ISIN"), place.at("isin"))
    currency = text(_need(given, "currency", place, "a currency"), place.at("currency"))
    if currency not in MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    for key in ("registrar", "paying_agent", "lead_manager"):
        names.party_name(_need(given, key, place, "the name of a party"), place.at(key))
    issuer = names.party_name(_need(given, "issuer", place, "the name of a party"), place.at("issuer")).name
    terms = read_terms(_need(given, "terms", place, "a table of terms"), place.at("terms"), _of(scope, currency))
    where = _system(given, place, names)
    asset = AssetName(name, code, currency, MINOR_UNITS[currency], issuer, terms=terms)
    names.assets[name] = asset
    steps = []
    from_account = given.get("issuer_account", f"{name} issue")
    if "issuer_account" not in given:
        steps = _own_account(from_account, issuer, Purpose.ISSUER, place, scope)
    sheet = {"title": "native", **given, "system": where, "issuer_account": from_account}

    def lodge(now: Scope) -> LodgeTerms:
        value: LodgeTerms = build(LodgeTerms, sheet, place, _of(now, currency), {"needs": 0})
        return value

    lodge(scope)
    asset.lodge = lodge
    asset.sheet, asset.place = given, place
    return steps


def _of(scope: Scope, currency: str) -> Scope:
    return Scope(scope.names, scope.by, scope.time, currency=currency)


def _system(given: dict[str, Any], place: Place, names: Names) -> str:
    """The system that a money or bond moves in: the first one where the story does not say."""
    if "system" not in given and names.systems:
        return names.systems[0]
    name = _need(given, "system", place, "the name of a system")
    names.system(name, place.at("system"))
    return str(name)


def _own_account(name: str, holder: str, purpose: Purpose, place: Place, scope: Scope) -> list[Step]:
    return account({"name": name, "holder": holder, "purpose": purpose.name}, place, scope)


DECLARATIONS: dict[str, Declare] = {
    "calendar": calendar,
    "system": system,
    "rulebook": rulebook,
    "party": party,
    "account": account,
    "money": money,
    "network": network,
    "bond": bond,
}


def declared_by(what: str, given: dict[str, Any], place: Place, scope: Scope) -> None:
    """Note what a plain command of a step registers, opens, creates or lodges: it has a name from then on."""
    try:
        _declare(what, given, place, scope)
    except KeyError as missing:
        raise place.mistake(f'this step needs "{missing.args[0]}"') from None


def _declare(what: str, given: dict[str, Any], place: Place, scope: Scope) -> None:
    names = scope.names
    match what:
        case "register_party":
            persons = tuple(given["keys"]) if isinstance(given["keys"], list) else (given["keys"],)
            names.parties.setdefault(given["name"], PartyName(given["name"], persons))
        case "rotate_keys" | "recover_keys":
            persons = tuple(given["keys"]) if isinstance(given["keys"], list) else (given["keys"],)
            names.rotated[given.get("party", scope.by)] = persons
        case "publish_rulebook":
            names.rulebooks.append(given["name"])
            names.classes.update({each["name"]: each["bit"] for each in given.get("classes", [])})
        case "open_account":
            holder = names.party_name(given["holder"], place.at("holder")).name
            purpose = member(Purpose, given["purpose"], place.at("purpose"))
            names.add_account(AccountName(given["name"], holder, purpose, given.get("cash_account", "")))
        case "open_system":
            names.systems.append(given["name"])
        case "create_money":
            outside = member(MoneyKind, given["kind"], place.at("kind")) is MoneyKind.RTGS
            currency = given["currency"]
            decimals = MINOR_UNITS.get(currency, 2)
            names.assets[given["code"]] = AssetName(given["code"], given["code"], currency, decimals, scope.by, outside)
        case "lodge_terms":
            terms = read_terms(given["terms"], place.at("terms"), _of(scope, given["currency"]))
            decimals = MINOR_UNITS.get(given["currency"], 2)
            bond = AssetName(given["name"], given["isin"], given["currency"], decimals, given["issuer"], terms=terms)
            bond.sheet = given
            names.assets[given["name"]] = bond
        case "lodge_note":
            of = names.asset_name(given["asset"], place.at("asset"))
            names.assets[given["code"]] = replace(of, name=given["code"], code=given["code"], terms=None, sheet={})
        case "lodge_tap" if given.get("isin"):
            of = names.asset_name(given["asset"], place.at("asset"))
            names.assets[given["isin"]] = replace(of, name=given["isin"], code=given["isin"], terms=None)
        case _:
            pass
