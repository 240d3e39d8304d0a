"""A deposit network as a story declares it: founded, joined by its banks, with the customers that each admits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bauhinia.edge.stories.names import AssetName
from bauhinia.edge.stories.plan import Act, Step
from bauhinia.edge.stories.values import Scope, amount
from bauhinia.rules.networks import AdmitCustomer, AdmitMember, CreateNetwork, FundPosition, JoinNetwork
from bauhinia.wire.mistakes import Place, named
from bauhinia.wire.written import text
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import NO_ASSET, NetworkNumber

KEYS = ("name", "currency", "operator", "system", "rulebook", "settlement", "rtgs", "members")
MEMBER_KEYS = ("bank", "token", "account", "customers", "position", "collateral")


def network(given: dict[str, Any], place: Place, scope: Scope) -> list[Step]:
    """A network and its members; the money of its name stands for a deposit with any of them."""
    names = scope.names
    name = text(need(given, "name", place, "a name"), place.at("name"))
    if name in names.assets:
        raise place.at("name").mistake(f"name: there is a money or a bond {named(name)} already")
    operator = names.party_name(need(given, "operator", place, "the name of a party"), place.at("operator")).name
    currency = text(need(given, "currency", place, "a currency"), place.at("currency"))
    if currency not in MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    rulebook = text(need(given, "rulebook", place, "the name of a rulebook"), place.at("rulebook"))
    where = given.get("system", names.systems[0] if names.systems else "")
    names.system(where, place.at("system"))
    names.assets[name] = AssetName(name, name, currency, MINOR_UNITS[currency], operator)
    names.networks.append(name)
    for key in ("settlement", "rtgs"):
        if key in given:
            names.asset_name(given[key], place.at(key))

    def create(now: Scope) -> CreateNetwork:
        moneys = (
            now.names.asset(given[key], place.at(key)) if key in given else NO_ASSET for key in ("settlement", "rtgs")
        )
        return CreateNetwork(name, currency, now.names.system(where, place.at("system")), rulebook, *moneys)

    steps = [_step(place, "create_network", scope, operator, create)]
    for at, member in enumerate(need(given, "members", place, "a list of banks")):
        steps += _member(name, operator, member, place.at("members").at(at), scope, currency)
    return steps


def _member(
    network_name: str, operator: str, given: dict[str, Any], place: Place, scope: Scope, currency: str
) -> list[Step]:
    for key in given:
        if key not in MEMBER_KEYS:
            raise place.mistake(f'members: there is no "{key}" here; there are {", ".join(MEMBER_KEYS)}')
    names = scope.names
    bank = names.party_name(need(given, "bank", place, "the name of a party"), place).name
    token = names.asset_name(need(given, "token", place, "the code of a money"), place).name
    account = names.account_name(given.get("account", bank), place).name
    customers = [names.account_name(each, place).name for each in given.get("customers", [])]
    money = Scope(names, scope.by, scope.time, currency=currency)
    funds = [(amount(given[key], place, money), key == "collateral") for key in MEMBER_KEYS[4:] if key in given]

    def number(now: Scope) -> NetworkNumber:
        return now.names.network(network_name, place)

    def join(now: Scope) -> JoinNetwork:
        return JoinNetwork(number(now), now.names.asset(token, place), now.names.account(account, place))

    steps = [
        _step(place, "join_network", scope, bank, join),
        _step(
            place, "admit_member", scope, operator, lambda now: AdmitMember(number(now), now.names.party(bank, place))
        ),
    ]
    for customer in customers:
        steps.append(_step(place, "admit_customer", scope, bank, _admits(number, customer, place)))
    for units, collateral in funds:
        steps.append(_step(place, "fund_position", scope, bank, _funds(number, units, collateral=collateral)))
    return steps


def _admits(number: Callable[[Scope], NetworkNumber], customer: str, place: Place) -> Callable[[Scope], AdmitCustomer]:
    return lambda now: AdmitCustomer(number(now), now.names.account(customer, place))


def _funds(
    number: Callable[[Scope], NetworkNumber], units: int, *, collateral: bool
) -> Callable[[Scope], FundPosition]:
    return lambda now: FundPosition(number(now), units, collateral)


def _step(place: Place, what: str, scope: Scope, by: str, make: Callable[[Scope], Any]) -> Step:
    def prepare(now: Scope) -> list[Act]:
        return [Act(by, make(now), now.names.persons_of(by))]

    return Step(place, what, scope.time, prepare, by)


def need(given: dict[str, Any], key: str, place: Place, what: str) -> Any:
    """What a declaration cannot do without."""
    if key not in given:
        raise place.mistake(f'this needs "{key}": expected {what}')
    return given[key]
