"""The rules of the house that no linter holds: what the core does without, and what fits on a screen."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = ("words", "bond", "ledger", "rules", "machine")
FUNCTION_LINES = 60
FILE_LINES = 600

# Builtins whose answer differs between two machines or two runs, or that reach outside.
IMPURE_CALLS = {"breakpoint", "float", "hash", "id", "input", "open", "print"}
# Methods that read a clock, whatever they are called on.
CLOCK_METHODS = {"now", "today", "utcnow"}
SETS = {"set", "frozenset"}
# What makes an order out of what it is given.
ORDERED = {"list", "tuple", "enumerate", "iter"}

Finding = tuple[int, str]


def long_things(tree: ast.Module, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield 1, f"a file of {lines} lines, over {FILE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines, over {FUNCTION_LINES}"


def unfinished_things(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        match node:
            case ast.Assert():
                yield node.lineno, "assert: use require (the asker is wrong) or must (we are)"
            case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
                yield node.lineno, "not implemented"


def is_set(node: ast.expr) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in SETS
        case _:
            return False


def impure_things(tree: ast.Module) -> Iterator[Finding]:
    """What makes two machines, or two runs of one, disagree."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno, f"the float {node.value!r}"
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield node.lineno, f"{name}() in the core"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_METHODS:
                yield node.lineno, f".{name}() reads a clock"
            case ast.For(iter=source) if is_set(source):
                yield node.lineno, "a loop over a set"
            case ast.comprehension() if is_set(node.iter):
                yield node.iter.lineno, "a comprehension over a set"
            case ast.Call(func=ast.Name(id=name), args=[source, *_]) if name in ORDERED and is_set(source):
                yield node.lineno, f"{name}() of a set has no order of its own: sort it"


def foreign_imports(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names = [alias.name for alias in aliases]
            case ast.ImportFrom(module=module):
                names = [module or ""]
            case _:
                continue
        for name in names:
            package = name.split(".")[0]
            if package != "bauhinia" and package not in sys.stdlib_module_names:
                yield node.lineno, f"{name or 'a relative import'} is not of the standard library"


def findings(text: str, *, core: bool) -> list[Finding]:
    tree = ast.parse(text)
    found = [*long_things(tree, text), *unfinished_things(tree)]
    if core:
        found += [*impure_things(tree), *foreign_imports(tree)]
    return sorted(found)


def test_source_keeps_the_rules_of_the_house(repository: Path) -> None:
    source = repository / "src" / "bauhinia"
    files = sorted(source.rglob("*.py"))
    assert {path.relative_to(source).parts[0] for path in files} >= set(CORE)
    told = [
        f"{path.relative_to(repository)}:{line}: {what}"
        for path in files
        for line, what in findings(path.read_text("utf-8"), core=path.relative_to(source).parts[0] in CORE)
    ]
    assert told == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("assert x", "assert: use"),
        ("raise NotImplementedError('later')", "not implemented"),
        ("rate = 0.5", "the float 0.5"),
        ("rate = float(x)", "float()"),
        ("key = hash(name)", "hash()"),
        ("day = date.today()", "reads a clock"),
        ("for x in {1, 2}: f(x)", "a loop over a set"),
        ("y = [f(x) for x in set(z)]", "a comprehension over a set"),
        ("y = tuple({x for x in z})", "has no order"),
        ("import msgspec", "msgspec is not"),
        ("from nacl.signing import SigningKey", "nacl.signing is not"),
        ("def f():\n" + "    x = 1\n" * 60, "f has 61 lines"),
        ("x = 1\n" * 601, "a file of 601 lines"),
    ],
)
def test_each_rule_sees_its_breach(text: str, what: str) -> None:
    assert [told for _, told in findings(text, core=True) if what in told] != []


@pytest.mark.parametrize(
    "text",
    [
        "from fractions import Fraction\nhalf = Fraction(1, 2)",
        "from bauhinia.words.ids import Party",
        "for x in sorted({1, 2}): f(x)",
        "found = x in {1, 2}",
        "y = sorted(set(z))",
        "def f():\n" + "    x = 1\n" * 59,
    ],
)
def test_what_the_core_may_do_is_left_alone(text: str) -> None:
    assert findings(text, core=True) == []
