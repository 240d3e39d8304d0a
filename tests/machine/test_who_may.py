"""Who may, cell by cell: every command with every role, against a table that was written by hand (`who_may.csv`).

The party of a cell has that one role and no business with anything in the market. Where the table lists roles, any
other role is refused as such; where it lists none, whose right decides is the rule's own question. `strangers` are
the roles with which the command is accepted from a party that has nothing but the role.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bauhinia.ledger.parties import Role
from bauhinia.machine import commands
from bauhinia.machine.steps import Outcome
from bauhinia.rules.four_eyes import Proposed
from bauhinia.words.reasons import Reason
from tests.machine.hostile import Example, examples, populated
from tests.support import PERSONS, Told

MAKER = PERSONS[:1]


@dataclass(frozen=True)
class Line:
    """One line of the table: the roles of which one is needed (none: any party), how many persons, and who it is
    accepted from with nothing but a role."""

    roles: tuple[str, ...]
    persons: str
    strangers: tuple[str, ...]


def table() -> Iterator[tuple[str, Line]]:
    with Path(__file__).with_name("who_may.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            strangers = [role.name for role in Role] if row["strangers"] == "*" else row["strangers"].split()
            yield row["command"], Line(tuple(row["roles"].split()), row["persons"], tuple(strangers))


TABLE = dict(table())
EXAMPLES = examples()
NAMES = [entry.kind.__name__ for entry in commands.COMMANDS]


def outcome_of(told: Told, who: str, example: Example, persons: tuple[str, ...]) -> Outcome:
    return told.send(who, example.command, persons=persons)[0]


def test_the_table_has_every_command_in_its_order() -> None:
    assert list(TABLE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_role_that_the_table_does_not_list_is_refused_as_such_and_no_other_is(name: str) -> None:
    line, market = TABLE[name], populated()
    refused, accepted = [], []
    for role in Role:
        told = market.told()
        before = told.fingerprint()
        outcome = outcome_of(told, f"only {role.name}", EXAMPLES[name], PERSONS)
        assert outcome.code != Reason.FAULT_IN_RULE
        assert (outcome.code == 0) == bool(outcome.events)
        if outcome.code:
            assert told.fingerprint() == before
        else:
            accepted.append(role.name)
        if outcome.code == Reason.NOT_AUTHORISED and outcome.parts == (name,):
            refused.append(role.name)
    assert refused == [role.name for role in Role if line.roles and role.name not in line.roles]
    assert accepted == [role.name for role in Role if role.name in line.strangers]


@pytest.mark.parametrize("name", NAMES)
def test_one_person_alone_proposes_what_needs_two(name: str) -> None:
    example, line = EXAMPLES[name], TABLE[name]
    persons = example.persons if len(example.persons) == 1 else MAKER
    told = populated().told()
    outcome = outcome_of(told, example.who, example, persons)
    proposed = [type(event) for event in outcome.events] == [Proposed]
    assert proposed == (line.persons in ("two", "own"))
    alone = populated().told()
    party = alone.state.party(alone.parties[example.who])
    party.keys, party.threshold = tuple(key for key in party.keys if key.person in persons), 1
    outcome = outcome_of(alone, example.who, example, persons)
    assert outcome.code == 0
    proposed = [type(event) for event in outcome.events] == [Proposed]
    assert proposed == (line.persons == "two")
