"""The command line: every command, in a process of its own where it matters, else through its main function."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.edge.cli import BROKEN, DONE, REFUSED, USAGE, main
from bauhinia.edge.cli.parser import COMMANDS
from bauhinia.edge.cli.serving import listener

NAMES = (
    "up", "run", "demo", "issue", "instruct", "register", "particulars", "statement", "schedule", "cashflows", "price",
    "curve", "observe", "series", "pay", "sets", "mandates", "queue", "settle-together", "offset", "networks",
    "deposits", "send", "rtgs", "gateway", "penalties", "bill", "report", "verify", "backup", "prove", "check-proof",
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
        (("verify",), "bauhinia verify: which market? DIR, or --data DIR"),
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


STORY = "hong-kong-2025"
BOND = "HKPLAY25HKD5"
AS_BANK_A = ("--as", "Bank A", "--play")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Hong Kong 2025 played in it."""
    folder = tmp_path_factory.mktemp("kept") / "market"
    assert main(["run", STORY, "--data", str(folder), "--json"]) == DONE
    return folder


@pytest.fixture
def own(kept: Path, tmp_path: Path) -> Path:
    """A copy of the same, to be changed."""
    copy = tmp_path / "market"
    shutil.copytree(kept, copy)
    return copy


def test_stories_are_listed_by_name(capsys: Capture) -> None:
    names = [each["name"] for each in told(capsys, "run", "--list")]
    assert STORY in names
    assert len(names) == len(set(names))


def test_a_story_is_played_and_printed(capsys: Capture) -> None:
    found = told(capsys, "run", STORY)
    held = {(each["party"], each["asset"]): each["amount"] for each in found["holdings"]}
    assert held["Bank A", "HKD 2027"] == "900,000,000.00"
    assert [each["theirs"] == each["ours"] for each in found["figures"]] != []
    assert all(each["theirs"] == each["ours"] for each in found["figures"])
    code, out, _ = said(capsys, "run", STORY)
    assert code == DONE
    assert "Bank A" in out
    assert "Figures" in out


def test_a_demo_ends_after_the_printout_with_once(capsys: Capture) -> None:
    code, out, err = said(capsys, "demo", "--once")
    assert (code, err) == (DONE, "")
    assert out.startswith("Hong Kong 2025")
    assert "Paid on bonds" in out
    assert told(capsys, "demo", "--once")["title"].startswith("Hong Kong 2025")


def test_a_mistake_in_a_story_names_file_and_line(capsys: Capture, tmp_path: Path) -> None:
    story = tmp_path / "wrong.toml"
    story.write_text('[story]\ntitle = "Wrong"\nstarts = 2026-01-01\nstrats = 1\n')
    code, out, err = said(capsys, "run", str(story))
    assert (code, out) == (REFUSED, "")
    assert err.startswith(f"{story}:4: ")
    found = told(capsys, "run", str(story), code=REFUSED)
    assert found["problem"]["places"][0]["line"] == 4


def test_an_unknown_story_names_the_nearest(capsys: Capture) -> None:
    code, _, err = said(capsys, "run", "hong-kong-2035")
    assert code == USAGE
    assert "did you mean hong-kong-2" in err


def test_a_story_is_not_played_over_a_market(capsys: Capture, kept: Path) -> None:
    code, _, err = said(capsys, "run", STORY, "--data", str(kept))
    assert code == USAGE
    assert "has begun" in err


def test_a_register_shown_and_copied(capsys: Capture, kept: Path, tmp_path: Path) -> None:
    data = ("--data", str(kept))
    assert [row["name"] for row in told(capsys, "register", BOND, *data)["rows"]] == ["Bank A", "Asset manager", "CMU"]
    _, out, _ = said(capsys, "register", BOND, *data, "--csv", "-")
    assert out.splitlines()[:2] == ["name,amount", 'Bank A,"HKD 900,000,000.00"']
    pdf = tmp_path / "register.pdf"
    code, out, _ = said(capsys, "register", BOND, *data, "--pdf", str(pdf))
    assert code == DONE
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "3 entries, HKD 2,500,000,000.00 in all" in out


def test_a_register_is_not_shown_to_who_may_not_see_it(capsys: Capture, kept: Path) -> None:
    code, out, err = said(capsys, "register", BOND, "--data", str(kept), "--as", "Newspaper")
    assert (code, out) == (REFUSED, "")
    assert err.startswith("bauhinia register: refused: NOT_FOUND")
    problem = told(capsys, "register", BOND, "--data", str(kept), "--as", "Newspaper", code=REFUSED)["problem"]
    assert problem["reason"] == "NOT_FOUND"


def test_a_register_open_to_anyone_is_shown_to_who_says_why(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "market"
    assert main(["run", "hsbc-2024", "--data", str(folder), "--json"]) == DONE
    capsys.readouterr()
    asked = ("register", "HKPLAYHSBC03", "--data", str(folder), "--as", "Newspaper")
    problem = told(capsys, *asked, code=REFUSED)["problem"]
    assert (problem["reason"], problem["parts"]) == ("NOT_SIGNED_FOR", ["request_copy", "HKPLAYHSBC03"])
    assert said(capsys, *asked, "--why", "an article")[0] == USAGE  # without keys
    assert len(told(capsys, *asked, "--why", "an article", "--play")["rows"]) == 2
    assert len(told(capsys, *asked)["rows"]) == 2


def test_a_statement(capsys: Capture, kept: Path) -> None:
    asked = ("statement", "1", "--data", str(kept), "--from", "2025-12-01", "--to", "2025-12-31")
    found = told(capsys, *asked)
    assert [entry["reference"] for entry in found["entries"]] == ["T-1201", "T-1201", "", "T-1202", "T-1202"]
    _, out, _ = said(capsys, *asked)
    assert "HKD -100,000,000.00" in out
    held = told(capsys, "statement", "1", "--data", str(kept), "--holdings")
    assert "HKD 311,444,466.30" in [each["balance"]["text"] for each in held["positions"]]
    code, _, err = said(capsys, "statement", "1", "--data", str(kept), "--from", "2025-13-01")
    assert (code, "DATE" in err) == (REFUSED, True)
    assert said(capsys, "statement", "1", "--data", str(kept), "--as", "Bank B")[0] == REFUSED


def test_an_instruction_is_signed_and_entered(capsys: Capture, own: Path, tmp_path: Path) -> None:
    asked = ("instruct", "deliver", "1,000,000.00", BOND, "--account", "1", "--counterparty", "Bank B")
    data = ("--reference", "X-1", "--data", str(own))
    found = told(capsys, *asked, *data, *AS_BANK_A)
    assert found["outcomes"][0]["events"][0]["event"] == "instructed"
    code, _, err = said(capsys, *asked, "--reference", "X-1", "--data", str(own), *AS_BANK_A)
    assert (code, "DUPLICATE" in err) == (REFUSED, True)
    code, _, err = said(capsys, *asked, *data, "--as", "Bank A")
    assert (code, "must be signed" in err) == (USAGE, True)
    code, _, err = said(capsys, *asked, *data, "--as", "Bank a", "--play")
    assert (code, "did you mean Bank A?" in err) == (USAGE, True)
    code, _, err = said(capsys, *asked, *data, *AS_BANK_A, "--amount", "5")
    assert (code, "go together" in err) == (USAGE, True)
    stranger = tmp_path / "stranger.key"
    main(["keys", "new", str(stranger), "--person", "Mallory"])
    capsys.readouterr()
    code, _, err = said(capsys, *asked, *data, "--as", "Bank A", "--key", str(stranger))
    assert (code, "UNKNOWN_SIGNER" in err) == (REFUSED, True)


SHEET = """\
name = "HKD 2028"
isin = "HKPLAY26HKD3"
currency = "HKD"
issuer = "HKSAR Government"
issuer_account = {account}
registrar = "CMU"
paying_agent = "CMU"
lead_manager = "HSBC"
profile = "contractual"
rulebook = "contractual"
documents = ["Offering circular of 2026"]
[terms]
issue_date = 2026-06-01
tenor = "2Y"
rate = "{rate}"
frequency = "semi-annual"
calendars = ["HK"]
denomination = "50,000.00"
"""


@pytest.mark.parametrize(
    ("sheet_text", "line"), [(SHEET, 15), (SHEET.replace("[terms]\n", ""), 14)], ids=["table", "flat"]
)
def test_a_term_sheet_is_lodged(capsys: Capture, own: Path, tmp_path: Path, sheet_text: str, line: int) -> None:
    """Its terms may stand in a table of their own, or among the rest."""
    opening = tmp_path / "opening.json"
    form = {"do": "open_account", "holder": 2, "purpose": "ISSUER", "name": "2028", "tier": 0, "cash_account": 0}
    opening.write_text(json.dumps(form))
    operator = ("--data", str(own), "--as", "operator", "--play")
    opened = told(capsys, "issue", str(opening), *operator)
    account = opened["outcomes"][0]["events"][0]["account"]
    sheet = tmp_path / "sheet.toml"
    sheet.write_text(sheet_text.format(account=account, rate="2.9%"))
    lodged = told(capsys, "issue", str(sheet), "--data", str(own), "--as", "HSBC", "--play")
    assert lodged["outcomes"][0]["events"][0]["event"] == "terms_lodged"
    sheet.write_text(sheet_text.format(account=account, rate="2.9"))
    code, _, err = said(capsys, "issue", str(sheet), "--data", str(own), "--as", "HSBC", "--play")
    assert (code, err) == (REFUSED, f"{sheet}:{line}: rate: 2.9 is above one; is 2.9% meant?\n")
    opening.write_text(json.dumps({**form, "purpos": 1}))
    code, _, err = said(capsys, "issue", str(opening), *operator)
    assert (code, "purpos" in err) == (REFUSED, True)


def test_a_market_is_verified(capsys: Capture, kept: Path) -> None:
    whole = told(capsys, "verify", str(kept))
    events = told(capsys, "verify", "--data", str(kept), "--events")
    assert whole["good"] is events["good"] is True
    assert whole["header"] == events["header"]
    _, out, _ = said(capsys, "verify", str(kept))
    assert out.startswith(f"{kept}: good through block {whole['height']:,}")


def test_a_broken_journal_is_named_with_its_first_bad_block(capsys: Capture, own: Path) -> None:
    with closing(sqlite3.connect(own / "journal.sqlite")) as database:
        body = bytearray(database.execute("SELECT body FROM blocks WHERE height = 100").fetchone()[0])
        body[-1] ^= 1
        database.execute("UPDATE blocks SET body = ? WHERE height = 100", (bytes(body),))
        database.commit()
    code, out, _ = said(capsys, "verify", str(own))
    assert code == BROKEN
    assert "100" in out
    assert "good through block 99" in out
    found = told(capsys, "verify", str(own), code=BROKEN)
    assert (found["good"], found["bad"], found["height"]) == (False, 100, 99)


def test_a_market_is_backed_up(capsys: Capture, kept: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    made = told(capsys, "backup", str(copy), "--data", str(kept))
    assert told(capsys, "verify", str(copy))["height"] == made["height"]
    code, _, err = said(capsys, "backup", str(copy), "--data", str(kept))
    assert (code, "is there already" in err) == (USAGE, True)


def test_a_holder_proves_its_row_of_a_register_in_plain_words(capsys: Capture, kept: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "row.json", ("--data", str(kept))
    asked = ("prove", "--register", BOND, "--account", "1", *data, "--out", str(file))
    made = told(capsys, *asked)
    code, out, _ = said(capsys, "check-proof", str(file))
    assert code == DONE
    assert "that account 1 of party " in out
    assert "held 90,000,000,000 smallest units of asset " in out
    assert f"in block {made['height']:,}" in out
    earlier = told(capsys, *asked, "--height", str(made["height"] - 1))["height"]
    assert earlier < made["height"]
    for wrong, why in (
        (("--register", BOND, "--account", "999"), "account 999 does not stand in the register"),
        (("--register", "XS0", "--account", "1"), "there is no bond XS0"),
        (("--register", BOND, "--account", "1", "--height", "1"), "was sealed up to then"),
        (("--register", BOND), "what is to be proved?"),
    ):
        code, _, err = said(capsys, "prove", *wrong, *data)
        assert (code, why in err) == (USAGE, True), err


def test_particulars_are_put_in_bound_and_shown(capsys: Capture, kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "market"
    shutil.copytree(kept, folder)
    data = ("--data", str(folder))
    code, _, err = said(capsys, "particulars", "Bank A", *data, "--address", "1 Queen's Road")
    assert (code, "must be signed" in err) == (USAGE, True)
    put = told(capsys, "particulars", "Bank A", *data, "--as", "CMU", "--play", "--address", "1 Queen's Road")
    assert (put["data"], put["bound"]) == ({"address": "1 Queen's Road"}, True)
    code, out, _ = said(capsys, "particulars", "Bank A", *data)
    assert code == DONE
    assert "1 Queen's Road" in out
    assert "bound by the ledger" in out
    assert said(capsys, "particulars", "Bank A", *data, "--as", "Newspaper")[0] == REFUSED


def test_what_happened_is_proved_and_checked(capsys: Capture, kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    told(capsys, "prove", "154", "0", "--data", str(kept), "--out", str(file))
    found = told(capsys, "check-proof", str(file))
    assert (found["good"], found["height"]) == (True, 154)
    assert told(capsys, "check-proof", str(file), "--node", found["signer"])["good"] is True
    assert told(capsys, "check-proof", str(file), "--node", "00" * 32, code=REFUSED)["good"] is False
    _, out, _ = said(capsys, "prove", "154", "0", "--data", str(kept))
    assert out == file.read_text()
    file.write_text(out.replace('"steps"', '"stops"'))
    code, out, _ = said(capsys, "check-proof", str(file))
    assert (code, "proves nothing" in out) == (REFUSED, True)
    code, out, _ = said(capsys, "prove", "154", "--data", str(kept))
    assert (code, out) == (USAGE, "")
    code, _, err = said(capsys, "prove", "999999", "0", "--data", str(kept))
    assert (code, err) == (USAGE, "bauhinia prove: there is no block 999999\n")


@contextmanager
def serving(*arguments: str, stop: signal.Signals = signal.SIGINT) -> Iterator[dict[str, Any]]:
    """A command that serves, in a process of its own; where it says that it does. It is stopped as Ctrl-C would, or
    by another signal."""
    command = [sys.executable, "-c", "import sys; from bauhinia.edge.cli import main; sys.exit(main())", *arguments]
    process = subprocess.Popen([*command, "--json", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        yield next(found for found in map(json.loads, lines) if "console" in found)
    finally:
        process.send_signal(stop)
        assert process.wait(30) == DONE


def test_a_new_market_is_begun_and_served(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "market"
    with serving("up", "--data", str(folder), "--name", "Mine") as where:
        assert httpx.get(f"{where['api']}/market").json()["name"] == "Mine"
        assert "Bauhinia" in httpx.get(where["console"]).text
        code, _, err = said(capsys, "statement", "1", "--data", str(folder))
        assert (code, "is in use" in err) == (USAGE, True)
        assert told(capsys, "backup", str(tmp_path / "copy"), "--data", str(folder))["height"] == 0
        key = folder / "keys" / "maker.key"
        party = ("--url", where["console"], "--as", "Operator", "--key", str(key))
        code, _, err = said(capsys, "register", "nothing", *party)
        assert (code, "NOT_FOUND" in err) == (REFUSED, True)
    assert told(capsys, "verify", str(folder))["good"] is True
    with serving("up", "--data", str(folder), stop=signal.SIGTERM) as where:
        assert httpx.get(f"{where['api']}/market").json()["name"] == "Mine"


def test_who_listens_is_told_the_end_when_a_market_is_stopped(tmp_path: Path) -> None:
    with httpx.Client() as client:
        with serving("up", "--data", str(tmp_path / "market"), stop=signal.SIGTERM) as where:
            asked = client.build_request("GET", f"{where['api']}/events/stream")
            stream = client.send(asked, stream=True)
            lines = stream.iter_lines()
            assert next(lines).startswith("retry: ")
        assert [line for line in lines if line.startswith("event: error")] == [], "a whole answer, not one cut off"


def test_the_package_runs_as_the_command_line_does() -> None:
    done = subprocess.run([sys.executable, "-m", "bauhinia", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("bauhinia ")


def test_answers_are_not_held_back_for_more() -> None:
    with listener("127.0.0.1", 0) as door:
        assert door.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_demo_is_served_with_play_keys(capsys: Capture) -> None:
    with serving("demo") as where:
        assert "look as someone" in httpx.get(where["console"]).text
        url = ("--url", where["console"].rstrip("/"))
        shown = told(capsys, "register", BOND, *url, "--as", "CMU", "--play")
        assert [row["name"] for row in shown["rows"]] == ["Bank A", "Asset manager", "CMU"]
        asked = ("instruct", "deliver", "1,000,000.00", BOND, "--account", "1", "--counterparty", "Bank B")
        assert told(capsys, *asked, "--reference", "X-1", *url, *AS_BANK_A)["outcomes"][0]["code"] == 0
        assert said(capsys, "register", BOND, *url)[0] == REFUSED


def test_a_port_in_use_is_known_before_anything_is_played(capsys: Capture) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = said(capsys, "demo", "--port", port)
        assert (code, out) == (USAGE, "")
        assert err == f"bauhinia demo: cannot serve on 127.0.0.1:{port}: address already in use\n"


def test_nobody_answers_at_an_address(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bauhinia.wire.client.PAUSE", 0.0)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    code, _, err = said(capsys, "register", "x", "--url", f"http://127.0.0.1:{port}")
    assert (code, err.startswith("bauhinia register: no answer")) == (USAGE, True)


def test_a_benchmark_runs_in_a_process_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "nothing"]) == USAGE
    assert "no such work: nothing" in capfd.readouterr().err


def test_a_fault_of_ours_is_one_line_too(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise ZeroDivisionError("an accident")

    monkeypatch.setattr("bauhinia.edge.cli.playing.read_file", wrong)
    code, out, err = said(capsys, "run", STORY)
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert "a fault of ours: ZeroDivisionError: an accident" in err


def test_the_reader_of_the_output_may_leave_early() -> None:
    script = "import sys; from bauhinia.edge.cli import main; sys.exit(main(['run', 'hong-kong-2025']))"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == DONE
    assert process.stderr is not None
    assert process.stderr.read() == b""
