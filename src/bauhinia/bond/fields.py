"""What the fields of the nouns are made of, exactly: a float is no fraction, True no number, a datetime no date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from bauhinia.bond.impossible import Impossible, Problem

FINEST = 10**12  # the largest denominator of a rate or price
NAME = 64  # characters of a series' or a target's name

Kind = tuple[tuple[type, ...], str]
Kinds = tuple[tuple[str, tuple[type, ...], str], ...]  # by field: the types, and what they are called

exact: Kind = ((Fraction,), "an exact fraction")
whole_number: Kind = ((int,), "a whole number")
a_day: Kind = ((date,), "a date")


def exactly(field: str, value: object) -> None:
    """Impossible where a number is given that is not exact: a float, or a Decimal."""
    if not isinstance(value, Fraction | int):
        raise Impossible(field, f"{value} is a {type(value).__name__}: give an exact fraction")


def optional(kind: Kind) -> Kind:
    """That, or nothing."""
    return (*kind[0], type(None)), f"{kind[1]} or none"


def wrong_kinds(noun: object, kinds: Kinds) -> Iterator[Problem]:
    """The fields that are not of their kind; a tuple among the kinds is one of text."""
    for field, types, what in kinds:
        value = getattr(noun, field)
        if type(value) not in types or (types == (tuple,) and not all(type(item) is str for item in value)):
            yield Problem(field, f"{value!r} is not {what}")


def too_fine(noun: object, names: Iterable[str]) -> Iterator[Problem]:
    """The fractions that are finer than any rate or price."""
    for field in names:
        value = getattr(noun, field)
        if value is not None and value.denominator > FINEST:
            yield Problem(field, f"{value} is finer than one part in {FINEST}")


def unnamed(field: str, name: str) -> Iterator[Problem]:
    """A name that is none."""
    if not name.strip():
        yield Problem(field, "has no name")
    elif len(name) > NAME:
        yield Problem(field, f"is longer than {NAME} characters")
    elif not name.isprintable():
        yield Problem(field, "has characters that cannot be printed")


def wrong_centres(field: str, centres: tuple[str, ...]) -> Iterator[Problem]:
    """Centres that are empty or named twice."""
    if any(not centre for centre in centres) or len(set(centres)) != len(centres):
        yield Problem(field, f"{', '.join(map(repr, centres))}: a centre is empty or named twice")


def under(path: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of a part, each by its path from the whole: `floating.margin`."""
    for problem in problems:
        yield Problem(f"{path}.{problem.field}", problem.problem)
