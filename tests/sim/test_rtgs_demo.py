"""The demo: a market, an RTGS and a gateway, started from the command line, settle a trade over HTTP."""

from __future__ import annotations

import subprocess
import sys


def test_the_demo_pays_and_delivers_though_an_answer_is_lost() -> None:
    command = [sys.executable, "-m", "bauhinia.sim.rtgs.demo", "--fault", "pay:lose"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    kinds = [line.split(":")[0] for line in told.splitlines() if not line.startswith(" ")]
    assert kinds == [
        "follows",
        "sent",
        "silence",
        "confirmed",
        "-- paid and delivered",
        "stated",
        "-- the day is stated",
    ]
    assert told.count("ledger: payment 20 CONFIRMED, USDCHATS-00000001, by HSBC") == 2
    assert told.count("RTGS:   Asset manager USD 1,001,000.00, Bank A USD 3,999,000.00") == 2
