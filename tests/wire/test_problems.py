"""Refusals as problem documents, and back: every reason has a sentence, a status and a place in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from bauhinia.ledger.parties import Role
from bauhinia.wire.forms import BadForm, from_json, to_json
from bauhinia.wire.problems import (
    TITLES,
    Door,
    DoorRefused,
    Problem,
    problem_of,
    reference,
    refusal_of,
    status_of,
)
from bauhinia.words.reasons import Reason, Refused


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_every_reason_is_told_as_a_problem_and_understood_again(reason: Reason) -> None:
    assert reason in TITLES, "say in one sentence what it means"
    problem = from_json(Problem, to_json(problem_of(Refused(reason, 7, Role.CSD, b"\x01", "as told"))))
    assert problem.type == f"/docs/reference/reasons.md#{reason.name}"
    assert problem.title == TITLES[reason]
    assert problem.detail == "7 CSD 01 as told"
    assert problem.status == status_of(reason)
    assert 400 <= problem.status < 600
    assert (problem.status == 500) == (reason is Reason.FAULT_IN_RULE), "only our own mistakes are 5xx"
    refused = refusal_of(problem)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.parts) == (reason, ("7", "CSD", "01", "as told"))
    assert problem_of(Refused(reason)).detail == TITLES[reason]


@pytest.mark.parametrize("door", Door, ids=lambda door: door.name)
def test_so_is_what_the_door_refuses(door: Door) -> None:
    assert door.name not in Reason.__members__, "one name, one meaning"
    problem = problem_of(DoorRefused(door, "told"))
    assert (problem.reason, problem.status, problem.detail) == (door.name, door.status, "told")
    refused = refusal_of(problem)
    assert isinstance(refused, DoorRefused)
    assert refused.door is door


def test_a_wrong_form_tells_its_field() -> None:
    problem = problem_of(BadForm("commands[0].amount", "0.5 is not a whole number"))
    assert (problem.status, problem.field) == (400, "commands[0].amount")
    assert problem.detail == "commands[0].amount: 0.5 is not a whole number"
    again = refusal_of(problem)
    assert isinstance(again, BadForm)
    assert (again.field, again.problem) == ("commands[0].amount", "0.5 is not a whole number")


def test_what_a_newer_door_refuses_is_a_fault_to_an_older_client() -> None:
    refused = refusal_of(Problem("#", "New.", 400, "told", "NEWER_THAN_THIS"))
    assert isinstance(refused, DoorRefused)
    assert refused.parts == ("NEWER_THAN_THIS", "told")


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.UNKNOWN_ACCOUNT, 404),
        (Reason.NOT_AUTHORISED, 403),
        (Reason.BAD_SIGNATURE, 401),
        (Reason.REPLAYED, 409),
        (Reason.AMOUNT, 422),
        (Reason.LACK, 409),
        (Reason.MALFORMED, 400),
    ],
)
def test_statuses(reason: Reason, status: int) -> None:
    assert status_of(reason) == status


def test_the_reference_on_paper_is_that_of_the_door(repository: Path) -> None:
    written = (repository / "docs" / "reference" / "reasons.md").read_text("utf-8")
    for line in reference().splitlines():
        assert line in written.splitlines(), "docs/reference/reasons.md lacks a line of wire/problems.py"
