"""What went wrong, in one line and one exit code."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, cast

from bauhinia.bond.impossible import Impossible
from bauhinia.edge.cli import BROKEN, FAULT, REFUSED, TRACE, USAGE
from bauhinia.node.home import InUse
from bauhinia.node.keys import KeyProblem
from bauhinia.node.stored import Damaged
from bauhinia.wire.problems import DoorRefused, problem_of
from bauhinia.words.reasons import Refused

if TYPE_CHECKING:
    from bauhinia.wire.mistakes import Mistake


class Usage(Exception):
    """What was asked cannot be done as it was asked; the sentence says why."""


def complain(asked: argparse.Namespace, wrong: Exception) -> int:
    """Say what went wrong on standard error, and in JSON on standard output where that was asked for."""
    code, line, form = judged(wrong)
    if getattr(asked, "json", False):
        print(json.dumps({"problem": form}, default=str))
    if _is(wrong, "Mistake"):
        print(line, file=sys.stderr)  # as file:line: what was expected, one a line
    else:
        print(f"bauhinia {asked.command}: {line}", file=sys.stderr)
    return code


def judged(wrong: Exception) -> tuple[int, str, dict[str, Any]]:
    """The exit code, the line, and the JSON form."""
    match wrong:
        case Refused() | DoorRefused():
            problem = problem_of(wrong)
            form = {"reason": problem.reason, "title": problem.title, "detail": problem.detail, "parts": problem.parts}
            return REFUSED, f"refused: {problem.reason}: {problem.detail}", form
        case _ if _is(wrong, "Mistake"):
            return REFUSED, str(wrong), {"reason": "MISTAKE", "places": _places(cast("Mistake", wrong))}
        case Impossible():
            return REFUSED, str(wrong), {"reason": "TERMS", "detail": str(wrong)}
        case Damaged():
            return BROKEN, f"the data are broken: {wrong}", {"reason": "DAMAGED", "detail": str(wrong)}
        case Usage() | KeyProblem() | InUse():
            return USAGE, str(wrong), {"reason": "USAGE", "detail": str(wrong)}
        case _ if _is(wrong, "Unanswered"):
            return USAGE, f"no answer: {wrong}", {"reason": "UNANSWERED", "detail": str(wrong)}
        case OSError():
            text = f"{wrong.filename}: {wrong.strerror}" if wrong.filename else str(wrong)
            return USAGE, text, {"reason": "USAGE", "detail": text}
        case _:
            text = f"a fault of ours: {type(wrong).__name__}: {wrong} (set {TRACE}=1 to see where)"
            return FAULT, text.replace("\n", " "), {"reason": "FAULT", "detail": str(wrong)}


def _is(wrong: Exception, name: str) -> bool:
    """Whether it is of this class: of the client or of stories, which are not imported for every complaint."""
    return type(wrong).__name__ == name


def _places(mistake: Mistake) -> list[dict[str, Any]]:
    return [{"file": each.file, "line": each.line, "expected": each.what} for each in mistake.problems]
