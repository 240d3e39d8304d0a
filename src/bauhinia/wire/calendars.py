"""The calendars that come with the package: TOML files, one a version, read into the calendars of `bond`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from typing import Any

from bauhinia.bond import Calendar, Impossible, check_calendar


def published() -> dict[str, tuple[int, ...]]:
    """The centres that come with the package, in alphabetical order, and the versions of each, rising."""
    found: dict[str, list[int]] = {}
    for entry in files("bauhinia.bond").joinpath("data", "calendars").iterdir():
        name, _, ending = entry.name.rpartition(".")
        centre, _, version = name.rpartition("-")
        if ending == "toml" and centre and version.isdigit():
            found.setdefault(centre, []).append(int(version))
    return {centre: tuple(sorted(found[centre])) for centre in sorted(found)}


def load_calendar(centre: str, version: int | None = None) -> Calendar:
    """The calendar of a centre, the newest version unless one is named. Impossible where there is no such calendar."""
    versions = published().get(centre)
    if versions is None:
        raise Impossible(
            "centre", f"no calendar of {centre!r} comes with the package; there are {', '.join(published())}"
        )
    if version is None:
        version = versions[-1]
    if version not in versions:
        raise Impossible("version", f"no version {version} of {centre}; there are {', '.join(map(str, versions))}")
    file = files("bauhinia.bond").joinpath("data", "calendars", f"{centre}-{version}.toml")
    return parse_calendar(file.read_text(encoding="utf-8"))


def load_calendars(centres: Iterable[str]) -> dict[str, Calendar]:
    """The newest calendars of some centres, by centre."""
    return {centre: load_calendar(centre) for centre in centres}


def parse_calendar(text: str) -> Calendar:
    """A calendar from its TOML. Impossible, naming the field, where one is missing, unknown or wrong."""
    try:
        given: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Impossible("calendar", f"is no TOML: {error}") from None
    kinds = {"centre": str, "version": int, "known_from": date, "known_through": date}
    lists = {"holidays": date, "weekend": int, "worked": date}
    for field in given:
        if field not in kinds and field not in lists:
            raise Impossible(field, "is no field of a calendar")
    for field, kind in kinds.items():
        if type(given.get(field)) is not kind:
            raise Impossible(field, f"{given.get(field)!r} is not a {kind.__name__}")
    for field, kind in lists.items():
        if not isinstance(given.get(field), list) or any(type(item) is not kind for item in given[field]):
            raise Impossible(field, f"is not a list, each a {kind.__name__}")
    calendar = Calendar(
        centre=given["centre"],
        version=given["version"],
        known_from=given["known_from"],
        known_through=given["known_through"],
        holidays=tuple(given["holidays"]),
        weekend=tuple(given["weekend"]),
        worked=tuple(given["worked"]),
    )
    for field, problem in check_calendar(calendar):
        raise Impossible(field, problem)
    return calendar
