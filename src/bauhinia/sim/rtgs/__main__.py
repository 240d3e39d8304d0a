"""`python -m bauhinia.sim.rtgs`: what `bauhinia rtgs` becomes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bauhinia.sim.rtgs.book import Book
from bauhinia.sim.rtgs.door import Rtgs
from bauhinia.sim.rtgs.faults import Faults, read_fault
from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.rtgs import read_system
from bauhinia.words.dates import format_instant, parse_instant
from bauhinia.words.reasons import Refused

EVERY = 1.0  # seconds after which the clock is looked at where nobody asks


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the RTGS of a folder until stopped; the exit codes of `bauhinia`."""
    given = _parser().parse_args(arguments)
    try:
        return _serve(given)
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return 1
    except (Refused, ValueError) as wrong:
        print(f"bauhinia rtgs: {wrong}", file=sys.stderr)
        return 1
    except OSError as wrong:
        print(f"bauhinia rtgs: {wrong.filename or given.data}: {wrong.strerror}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bauhinia rtgs")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--data", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--at", metavar="TIME")
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    return parser


def _serve(given: argparse.Namespace) -> int:
    system = read_system(Path(given.file).read_text("utf-8"), given.file) if given.file else None
    faults = Faults([read_fault(each) for each in given.fault])
    book = Book(Path(given.data), system)
    try:
        if given.at:
            book.tell_time(max(parse_instant(given.at), book.told_time() or 0))
        server = Rtgs((given.host, given.port), book, faults)
    except BaseException:
        book.close()
        raise
    where = f"http://{server.server_name if given.host != '127.0.0.1' else given.host}:{server.server_port}"
    if given.json:
        told = {"rtgs": where, "name": book.system.name, "pid": os.getpid(), "time": format_instant(server.now())}
        print(json.dumps(told), flush=True)
    else:
        keeper = book.system.settlement_institution
        print(f"{book.system.name}, settlement institution {keeper}: {where}/v1", "stop it with Ctrl-C", sep="\n")
        sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    ticking = threading.Thread(target=_tick, args=(server,), daemon=True)
    ticking.start()
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        ticking.join()
        book.close()
    return 0


def _tick(server: Rtgs) -> None:
    """The day opens and closes though nobody asks."""
    while not server.over.wait(EVERY):
        server.book.advance(server.now())


if __name__ == "__main__":
    sys.exit(main())
