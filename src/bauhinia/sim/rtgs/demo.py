"""Two systems settle one trade: the market of Hong Kong 2025 and its USD CHATS, in processes of their own.

Run as ``script/demo-rtgs [--fault PLACE:KIND …]``. It plays the story, serves it, starts the RTGS and HSBC's gateway,
has an asset manager sell bonds to a bank for dollars in the RTGS, and at the close holds the day's statement against
the ledger. Then it asks both systems what became of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from bauhinia.ledger.instructions import CumEx, Partial, Payment, Side
from bauhinia.node.keys import Signer, play_keys
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.market import SetTime
from bauhinia.wire.client import Client
from bauhinia.words.dates import format_instant, micros_at
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.reasons import Reason, Refused, must

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "usd-chats.toml"
STORY, ISIN, MONEY = "hong-kong-2025", "HKPLAY25USD1", "USD CHATS"
DAY, HKT = date(2026, 5, 20), 480
MORNING, EVENING = 10 * 60, 18 * 60 + 30
NOMINAL, AMOUNT = 100_000_000, 100_100_000  # cents
SECONDS = 120.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/demo-rtgs", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fault", action="append", default=[], help="make the RTGS fail, as pay:lose")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bauhinia-demo-") as folder, ExitStack() as stack:
        return _play(Path(folder), given.fault, stack)


def _play(folder: Path, faults: Sequence[str], stack: ExitStack) -> int:
    bauhinia = [sys.executable, "-m", "bauhinia"]
    market = str(folder / "market")
    subprocess.run([*bauhinia, "run", STORY, "--data", market], check=True, stdout=subprocess.DEVNULL)
    node = _started(stack, [*bauhinia, "up", "--data", market, "--port", "0", "--json"])
    url = str(node["api"]).removesuffix("/v1")
    failing = [part for each in faults for part in ("--fault", each)]
    begins = [
        "--data",
        str(folder / "rtgs"),
        "--port",
        "0",
        "--at",
        format_instant(micros_at(DAY, MORNING, HKT)),
        "--json",
    ]
    rtgs = str(_started(stack, [*bauhinia, "rtgs", str(EXAMPLE), *begins, *failing])["rtgs"])
    gateway = ["gateway", str(EXAMPLE), "--rtgs", rtgs, "--url", url, "--as", "HSBC", "--play", "--every", "0.2"]
    _running(stack, subprocess.Popen([*bauhinia, *gateway]))  # its lines go where ours go
    desks = {name: _desk(url, name) for name in ("Asset manager", "Bank A", "HSBC", "operator")}
    _trade(desks)
    _wait(lambda: _payment(desks)["status"] == "CONFIRMED")
    _show("paid and delivered", desks, rtgs)
    _until(desks["operator"], micros_at(DAY, EVENING, HKT))
    httpx.post(f"{rtgs}/admin/clock", json={"at": format_instant(micros_at(DAY, EVENING, HKT))}).raise_for_status()
    _wait(lambda: any(each.kind == "PaymentsStated" for each in _events(desks["HSBC"])))
    _show("the day is stated", desks, rtgs)
    return 0


def _started(stack: ExitStack, command: Sequence[str]) -> dict[str, Any]:
    """Start a process; what it says of itself in its first line."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    _running(stack, process)
    must(process.stdout is not None, "a process has no output")
    line = process.stdout.readline() if process.stdout else b""
    told: dict[str, Any] = json.loads(line)
    return told


def _running(stack: ExitStack, process: subprocess.Popen[bytes]) -> None:
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _desk(url: str, name: str) -> Client:
    with Client(url) as stranger:
        number = next(each.number for each in stranger.parties() if each.name == name)
    return Client(url, Signer(PartyNumber(number), play_keys(name, ("maker", "checker"))))


def _trade(desks: dict[str, Client]) -> None:
    """The asset manager sells, the bank buys: each side signs its own instruction."""
    parties = {each.name: PartyNumber(each.number) for each in desks["HSBC"].parties()}
    money = next(each.asset for each in desks["HSBC"].moneys() if each.code == MONEY)
    bond = desks["HSBC"].bond(ISIN).bond.asset
    for who, side, other in (("Asset manager", Side.DELIVER, "Bank A"), ("Bank A", Side.RECEIVE, "Asset manager")):
        account = next(each.number for each in desks[who].accounts() if each.holder_name == who)
        desks[who].do(
            Instruct(
                "DEMO", side, Payment.AGAINST, AssetNumber(bond), NOMINAL, AccountNumber(account), parties[other],
                DAY, DAY, AssetNumber(money), AMOUNT, AccountNumber(0), "DEMO", CumEx.UNSAID, False, 4, Partial.NPAR,
            )
        )  # fmt: skip


def _payment(desks: dict[str, Client]) -> dict[str, Any]:
    """The newest payment, as the institution sees it."""
    last = desks["HSBC"].payments()[-1]
    return {"status": last.status, "reference": last.reference, "number": last.number, "by": last.institution_name}


def _events(desk: Client) -> list[Any]:
    return list(desk.market(50).events)


def _until(desk: Client, time_then: int) -> None:
    """Tell the ledger a time, with all that is due before."""
    due = time_then
    while True:
        try:
            desk.do(SetTime(due))
        except Refused as refused:
            if refused.reason is not Reason.LATER_ONLY:
                raise
            due = int(str(refused.parts[0]))
            continue
        if due == time_then:
            return
        due = time_then


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        must(time.monotonic() < until, "nothing came of it in", SECONDS, "seconds")
        time.sleep(0.1)


def _show(what: str, desks: dict[str, Client], rtgs: str) -> None:
    paid = _payment(desks)
    members = {each["name"]: each["balance"] for each in httpx.get(f"{rtgs}/admin/members").json()}
    print(f"-- {what}", flush=True)
    print(f"   ledger: payment {paid['number']} {paid['status']}, {paid['reference']}, by {paid['by']}", flush=True)
    print(
        f"   RTGS:   {', '.join(f'{name} USD {units // 100:,}.{units % 100:02}' for name, units in members.items())}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
