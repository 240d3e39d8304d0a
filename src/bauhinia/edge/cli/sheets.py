"""Files that `bauhinia issue` takes: term sheets as stories write them, and commands in their JSON form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from bauhinia.edge.stories.names import AccountName, AssetName, Names, PartyName
from bauhinia.edge.stories.terms import read_terms
from bauhinia.edge.stories.values import Scope, build
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.state import State
from bauhinia.rules.issue import LodgeTerms
from bauhinia.views.model import BondLine, MoneyLine
from bauhinia.wire.desk import Desk
from bauhinia.wire.forms import parse, read_commands
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source
from bauhinia.wire.sheets import sheet_tables, split_sheet
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import table
from bauhinia.words.ids import AssetNumber

ISSUER_ACCOUNT = "issuer_account"


def commands_of(path: Path, at: Desk) -> list[Any]:
    """The commands of a file. Mistake where a term sheet is wrong, with its line; BadForm where JSON is."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as wrong:
        raise Mistake(Problem(str(path), 1, f"is not UTF-8: {wrong.reason} at byte {wrong.start}")) from None
    if path.suffix == ".json":
        given = parse(text)
        return read_commands(given if isinstance(given, list) else [given])
    return _term_sheets(text, str(path), at)


def _term_sheets(text: str, file: str, at: Desk) -> list[Any]:
    try:
        given = read_toml(text)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    names, systems = names_at(at), at.systems()
    usual = {"title": "native", **({"system": systems[0].name} if systems else {})}
    scope = Scope(names, "", at.market(1).time)
    found: list[LodgeTerms] = []
    problems: list[Problem] = []
    for sheet, place in sheet_tables(given, Place(Source(file, Lines(text)))):
        try:
            found.append(_lodging(table(sheet, place), place, scope, usual))
        except Mistake as mistake:
            problems += mistake.problems
    if problems:
        raise Mistake(*problems)
    return found


def _lodging(sheet: dict[str, Any], place: Place, scope: Scope, usual: dict[str, str]) -> LodgeTerms:
    """The command that lodges a sheet."""
    rest, terms, inside = split_sheet(sheet, place)
    currency = written if isinstance(written := rest.get("currency", ""), str) else ""
    read = read_terms(terms, inside, replace(scope, currency=currency))
    given = {**usual, **_accounts_by_number(rest, scope.names)}
    lodging: LodgeTerms = build(LodgeTerms, given, place, scope, {"needs": 0, "terms": read})
    return lodging


def _accounts_by_number(sheet: dict[str, Any], names: Names) -> dict[str, Any]:
    """The sheet with an account that it names by number named by a text: the asker may not know what it is called."""
    number = sheet.get(ISSUER_ACCOUNT)
    if type(number) is not int:
        return sheet
    names.accounts[str(number)] = AccountName(str(number), "")
    names.numbers["account", str(number)] = number
    return {**sheet, ISSUER_ACCOUNT: str(number)}


@dataclass(frozen=True, slots=True)
class _Codes:
    """Of a state what a term sheet's names are looked up in."""

    codes: dict[str, AssetNumber]


def names_at(at: Desk) -> Names:
    """What a market's parties, accounts, assets and systems are called, as far as the asker may know."""
    parties, accounts, systems = at.parties(), at.accounts(), at.systems()
    assets: list[MoneyLine | BondLine] = [*at.moneys(), *at.bonds()]
    codes = {each.code: AssetNumber(each.asset) for each in assets}

    def read(ask: Callable[[State], Any]) -> Any:
        return ask(cast(State, _Codes(codes)))

    names = Names(
        offset=systems[0].offset if systems else 0,
        parties={each.name: PartyName(each.name) for each in parties if each.name},
        systems=[each.name for each in systems],
        read=read,
    )
    numbers = names.numbers
    numbers.update({("party", each.name): each.number for each in parties})
    numbers.update({("system", each.name): each.number for each in systems})
    for account in accounts:
        if account.holder_name in names.parties:
            names.add_account(AccountName(account.name, account.holder_name, Purpose[account.purpose]))
            numbers["account", account.name] = account.number
    for asset in assets:
        names.assets[asset.code] = AssetName(asset.name, asset.code, asset.currency, asset.exponent)
    return names
