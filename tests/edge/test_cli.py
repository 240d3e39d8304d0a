"""The command line: every command, in a process of its own where it matters, else through its main function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bauhinia.edge.cli import BROKEN, DONE, REFUSED, USAGE, main
from bauhinia.edge.cli.parser import COMMANDS

NAMES = (
    "up", "run", "demo", "issue", "instruct", "register", "statement", "verify", "backup", "prove", "check-proof",
    "keys", "bench",
)  # fmt: skip
SLOW = ("rich", "starlette", "uvicorn", "httpx", "msgspec", "nacl", "jinja2", "bauhinia.machine", "bauhinia.views")
Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it said on each of its outputs."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def told(capsys: Capture, *arguments: str, code: int = DONE) -> Any:
    """The JSON document that a command answers with, and nothing beside it."""
    found, out, err = said(capsys, *arguments, "--json")
    assert found == code, err
    return json.loads(out)


def test_help_names_every_command_and_exit_code(capsys: Capture) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == DONE
    assert tuple(command.name for command in COMMANDS) == NAMES
    assert all(f"\n    {name}" in out for name in NAMES)
    assert "exit codes: 0 done; 1 refused" in out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(capsys: Capture, name: str) -> None:
    code, out, _ = said(capsys, name, "--help")
    assert code == DONE
    assert f"bauhinia {name}" in out


def test_help_imports_nothing_slow() -> None:
    """What makes `--help` quick is what it leaves alone; that can be tested without a clock."""
    script = "import sys; from bauhinia.edge.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = ran.stderr.split()
    assert "argparse" in imported
    assert [name for name in SLOW if name in imported] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rnu",), "bauhinia: there is no rnu; did you mean run? (see bauhinia --help)"),
        (
            ("up", "--port", "x"),
            "bauhinia up: argument --port: x is not a port from 0 to 65535 (see bauhinia up --help)",
        ),
        (("verify",), "bauhinia verify: the following arguments are required: DIR (see bauhinia verify --help)"),
        (("verify", "nowhere"), "bauhinia verify: no market has begun in nowhere"),
        (("keys", "show", "nowhere.key"), None),
        (("run",), None),
    ],
)
def test_wrong_usage_is_one_line(capsys: Capture, arguments: tuple[str, ...], complaint: str | None) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out, err.count("\n")) == (USAGE, "", 1)
    assert "Traceback" not in err
    if complaint is not None:
        assert err == f"{complaint}\n"


def test_no_command_shows_the_help(capsys: Capture) -> None:
    code, out, _ = said(capsys)
    assert code == USAGE
    assert out.startswith("usage: bauhinia")


def test_keys_are_made_shown_and_listed(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "ann.key"
    made = told(capsys, "keys", "new", str(file), "--person", "Ann")
    assert made["person"] == "Ann"
    assert oct(os.stat(file).st_mode & 0o777) == "0o600"
    assert told(capsys, "keys", "show", str(file)) == made
    assert told(capsys, "keys", "list", str(tmp_path)) == [made]
    code, _, err = said(capsys, "keys", "new", str(file), "--person", "Bob")
    assert code == USAGE
    assert err == f"bauhinia keys: {file} is there already, and no key is ever written over\n"


def test_a_key_signs_the_text_of_a_door(capsys: Capture, tmp_path: Path) -> None:
    from nacl.signing import VerifyKey

    from bauhinia.wire.asking import open_signed

    file = tmp_path / "ann.key"
    main(["keys", "new", str(file), "--person", "Ann"])
    capsys.readouterr()
    ledger, challenge = bytes(range(16)), "ab" * 32
    asked = ("keys", "sign", f"{ledger.hex()}.{challenge}", "--key", str(file), "--party", "7")
    found = told(capsys, *asked)
    signature = bytes.fromhex(found["signature"])
    VerifyKey(bytes.fromhex(found["key"])).verify(open_signed(ledger, 7, challenge), signature)
    _, out, _ = said(capsys, *asked)
    assert out == f"{found['key']} {found['signature']}\n"
    code, _, err = said(capsys, "keys", "sign", "not so", "--key", str(file), "--party", "7")
    assert code == USAGE
    assert "as it was shown" in err
