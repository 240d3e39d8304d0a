"""Every command with every field wrong in turn: a refusal with its reason, the state as it was, the nonce used up.

A value that is wrong only at first sight is accepted; `accepted.csv` lists each of these, reviewed one by one, so that
whatever is accepted beside them shows up. After an acceptance the market must hold together, and live on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bauhinia.ledger.invariants import broken
from bauhinia.machine import commands
from bauhinia.machine.block import Entry
from bauhinia.rules.four_eyes import Proposed
from bauhinia.words.codec import encode
from bauhinia.words.frame import pack_body
from bauhinia.words.ids import PartyNumber
from bauhinia.words.reasons import Reason
from tests.machine.hostile import TODAY, Example, examples, populated, spoiled
from tests.support import Told, keys_of

LATER = date(2026, 3, 9)  # the next business day
EXAMPLES = examples()
OURS = (Reason.FAULT_IN_RULE, Reason.UNKNOWN_COMMAND, Reason.MALFORMED)  # never the answer to a wrong field


@cache
def reviewed() -> dict[str, dict[str, str]]:
    """By example and field, the values that are right after all."""
    found: dict[str, dict[str, str]] = {label: {} for label in EXAMPLES}
    with Path(__file__).with_name("accepted.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["command"]][row["field"]] = row["accepted"]
    return found


@cache
def untouched() -> bytes:
    return populated().told().fingerprint()


def lives_on(told: Told) -> None:
    """The market holds together, and passes the end of its day and the start of the next."""
    assert broken(told.state) == []
    if told.state.parties[PartyNumber(1)].keys == keys_of("operator"):  # who tells the time may have other keys now
        told.until(LATER)
        assert broken(told.state) == []


def answer(told: Told, example: Example, value: Any) -> bool:
    """Whether a command is accepted; a refusal is looked at."""
    outcome = told.send(example.who, value, persons=example.persons)[0]
    party = told.parties[example.who]
    assert told.state.nonces[party].top == told.nonces[party], "its nonce is not used up"
    if outcome.code == 0:
        return True
    assert outcome.code not in OURS, (Reason(outcome.code).name, outcome.parts)
    assert outcome.events == []
    assert told.fingerprint() == untouched(), "a refusal changed something"
    return False


def test_every_command_has_an_example() -> None:
    assert {type(each.command) for each in EXAMPLES.values()} == {entry.kind for entry in commands.COMMANDS}


@pytest.mark.parametrize("label", EXAMPLES)
def test_the_example_is_right(label: str) -> None:
    told, example = populated().told(), EXAMPLES[label]
    outcome = told.send(example.who, example.command, persons=example.persons)[0]
    assert outcome.code == 0, (Reason(outcome.code).name, outcome.parts)
    assert outcome.events
    assert Proposed not in [type(event) for event in outcome.events]
    lives_on(told)


@pytest.mark.parametrize("label", EXAMPLES)
def test_every_field_wrong_in_turn(label: str) -> None:
    example, told = EXAMPLES[label], populated().told()
    accepted: dict[str, list[str]] = {}
    for where, how, value in spoiled(example.command):
        if value == example.command:
            continue
        if answer(told, example, value):
            accepted.setdefault(where, []).append(how)
            lives_on(told)
            told = populated().told()
    assert {where: "; ".join(hows) for where, hows in accepted.items()} == reviewed()[label]


def cut(data: bytes) -> Iterator[bytes]:
    """Bytes that are no command: cut off at each place, and with something after them."""
    yield from (data[:length] for length in range(len(data)) if length < 40 or length % 23 == 0)
    yield data + b"\0"


@pytest.mark.parametrize("name", [entry.kind.__name__ for entry in commands.COMMANDS])
def test_bytes_that_are_cut_off_are_malformed_and_use_their_nonce_up(name: str) -> None:
    told, example = populated().told(), EXAMPLES[name]
    tag, data = commands.BY_NAME[name].tag, encode(example.command)
    for wrong in cut(data):
        entry = told.entry(example.who, example.command, persons=example.persons)
        assert entry.envelope is not None
        body = pack_body([(tag, wrong)])
        (outcome,) = told.block(Entry(entry.raw, replace(entry.envelope, body=body)))
        assert (outcome.code, outcome.events) == (Reason.MALFORMED, [])
    assert told.state.nonces[told.parties[example.who]].top == told.nonces[told.parties[example.who]]
    assert told.fingerprint() == untouched()


def test_the_market_is_well_populated() -> None:
    """What the examples rest on is there, or the table above would say little."""
    state = populated().told().state
    assert state.proposals
    assert state.settlement.unmatched
    assert any(each.deadline for each in state.settlement.payments.values())
    assert {each.status for each in state.issues.bonds.values()} >= {1, 2, 3, 7}
    assert len(state.breaks.open) == 2
    assert state.servicing.suspense
    assert state.powers.uses
    assert TODAY < LATER
