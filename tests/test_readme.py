"""What README.md shows of Python runs as it stands, and prints what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n(?:[^`\n][^\n]*\n)*\n?^```(?:text)?\n(.*?)^```$)?", re.S | re.M)
SHOWN = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))


def ran(code: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("code", "printed"), SHOWN)
def test_what_the_readme_shows_runs_and_prints_what_it_says(code: str, printed: str, tmp_path: Path) -> None:
    out = ran(code, tmp_path)
    assert out
    if printed:
        assert out.splitlines() == printed.splitlines()


def test_a_market_of_one_s_own_is_begun_and_gone_on_with(tmp_path: Path) -> None:
    code = """
import bauhinia
from bauhinia.rules.onboarding import RegisterParty
from bauhinia.ledger.parties import Role

with bauhinia.open_market("market", operator="Exchange") as market:
    desk = market.desk("Exchange")
    key = bauhinia.Signer(1, [])
    known = [party.name for party in desk.parties()]
    if "Bank" not in known:
        from bauhinia.node import keys

        named = keys.generate("anna")
        keys.save(named, market.market.journal.path.parent / "keys" / "anna.key")
        desk.do(RegisterParty("Bank", "", "HK", (Role.BANK,), (named.public,), 1, b""))
    print(known, market.desk("Bank").asker().name, len(market.signer("Bank").keys))
"""
    assert ran(code, tmp_path) == "['Exchange'] Bank 1\n"
    assert ran(code, tmp_path) == "['Exchange', 'Bank'] Bank 1\n"


def test_an_import_costs_nothing() -> None:
    """What is at the top is loaded when it is first asked for: not even the standard library's own."""
    code = "import sys; before = set(sys.modules); import bauhinia; print(sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert "nacl" not in loaded
    assert "sqlite3" not in loaded
    assert loaded.count("bauhinia") == 1
