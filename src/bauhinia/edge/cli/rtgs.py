"""`bauhinia rtgs` and `bauhinia gateway`: a simulated RTGS in a process of its own, and the settlement institution's
agent between it and the ledger."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from bauhinia.agents.rtgs import Gateway
from bauhinia.agents.rtgs_line import RtgsLine
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import say
from bauhinia.wire.client import Unanswered
from bauhinia.wire.problems import DoorRefused
from bauhinia.wire.rtgs import read_system


def rtgs(asked: argparse.Namespace) -> NoReturn:
    """Become the simulator: another system, of which this programme otherwise knows nothing but its address."""
    given = [asked.file] if asked.file else []
    for name in ("data", "host", "port", "at"):
        value = getattr(asked, name)
        given += [f"--{name}", str(value)] if value is not None else []
    for fault in asked.fault:
        given += ["--fault", fault]
    given += ["--json"] if asked.json else []
    os.execv(sys.executable, [sys.executable, "-m", "bauhinia.sim.rtgs", *given])


def gateway(asked: argparse.Namespace) -> int:
    """Follow the ledger and the RTGS until stopped, or look once. Silence of either is told, and it goes on."""
    system = read_system(Path(asked.file).read_text("utf-8"), asked.file)
    signal.signal(signal.SIGTERM, _stop)
    with desk(asked, signing=True) as at, closing(RtgsLine(asked.rtgs, system, seconds=asked.wait)) as line:
        resume = Path(asked.resume) if asked.resume else None
        found = Gateway(at, line, tell=_told if asked.json else _said, resume=resume)
        (_told if asked.json else _said)({"what": "follows", "money": system.name, "ledger": found.ledger})
        while True:
            try:
                found.turn()
            except (Unanswered, DoorRefused) as wrong:
                if asked.once:
                    raise
                (_told if asked.json else _said)({"what": "the ledger does not answer", "why": str(wrong)})
            if asked.once:
                return DONE
            time.sleep(asked.every)


def _told(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def _said(what: dict[str, Any]) -> None:
    more = ", ".join(f"{name} {value}" for name, value in what.items() if name != "what")
    say(f"{what['what']}: {more}" if more else str(what["what"]))


def _stop(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
