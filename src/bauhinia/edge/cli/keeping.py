"""Keeping a market's data: verify, back up, prove, check a proof; and measure."""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bauhinia.edge.cli import BROKEN, DONE, REFUSED
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import answer, progress, say
from bauhinia.node.checking import Report
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal, back_up
from bauhinia.node.proofs import Proved


def begun(folder: str) -> Path:
    """The folder of a market that has begun, or Usage."""
    path = Path(folder)
    if not Home.at(path).begun:
        raise Usage(f"no market has begun in {path}")
    return path


def verify(asked: argparse.Namespace) -> int:
    """Execute everything again; 3 and the first bad block where the data are broken."""
    from bauhinia.node import pieces

    if bool(asked.folder) == bool(asked.data):
        raise Usage("which market? DIR, or --data DIR")
    path = begun(asked.folder or asked.data)
    with progress("verifying blocks", quiet=asked.json) as told:
        report = pieces.verify(path, told, events=asked.events, signatures=not asked.noted)
    if asked.json:
        answer(_form(report))
    elif report.good:
        say(
            f"{path}: good through block {report.height:,} ({report.header.hex()[:16]}…)",
            f"{report.envelopes:,} envelopes and {report.outcomes:,} outcomes "
            + ("come to the same positions by their events alone" if asked.events else "come to the same again"),
        )
    else:
        say(f"{path}: {report.why}", f"good through block {report.height:,}")
    return DONE if report.good else BROKEN


def _form(report: Report) -> dict[str, object]:
    return {
        "good": report.good,
        "height": report.height,
        "header": report.header.hex(),
        "envelopes": report.envelopes,
        "outcomes": report.outcomes,
        "bad": report.bad,
        "why": report.why,
    }


def backup(asked: argparse.Namespace) -> int:
    """Copy the journal of a market that may be running, and check the copy against it."""
    source, into = begun(asked.data), Path(asked.to)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Usage(f"{into} is there already, and not an empty folder")
    with closing(Journal(Home.at(source).journal, writable=False)) as journal:
        height = back_up(journal, into)
    if asked.json:
        answer({"from": str(source), "into": str(into), "height": height})
    else:
        say(f"{into}: a copy through block {height:,}, checked", "the node's own key and personal data are left out")
    return DONE


def bench(asked: argparse.Namespace) -> int:
    """Run the benchmark in a process of its own, so that nothing of this one is measured with it."""
    options = [f"--{name}" for name in ("json", "quick") if getattr(asked, name)]
    command = [sys.executable, "-m", "bauhinia.sim.bench", *options, "--", *asked.work]
    return subprocess.run(command, check=False).returncode


def prove(asked: argparse.Namespace) -> int:
    """A proof that an outcome stands in a block, or a holder in a sealed register; the market may be running."""
    from bauhinia.node.proofs import make_outcome_proof

    outcome = asked.block is not None and asked.step is not None
    if outcome == (asked.register is not None and asked.account is not None):
        raise Usage("what is to be proved? HEIGHT and STEP of an outcome, or --register BOND --account NUMBER")
    with closing(Journal(Home.at(begun(asked.data)).journal, writable=False)) as journal:
        try:
            if outcome:
                proof, about = make_outcome_proof(journal, asked.block, asked.step), {"step": asked.step}
                height = asked.block
            else:
                proof, height = _row_proof(journal, asked)
                about = {"register": asked.register, "account": asked.account}
        except LookupError as unknown:
            raise Usage(str(unknown.args[0])) from None
    if asked.out:
        Path(asked.out).write_bytes(proof)
    if asked.json:
        answer({"height": height, **about, "bytes": len(proof), "file": asked.out or None})
    elif asked.out:
        say(f"{asked.out}: a proof of {len(proof):,} bytes; it says nothing about what stands beside it")
    else:
        sys.stdout.buffer.write(proof)
    return DONE


def _row_proof(journal: Journal, asked: argparse.Namespace) -> tuple[bytes, int]:
    """The proof of a row, and the block in which its register was sealed."""
    from bauhinia.node.proofs import make_register_proof, sealed_in
    from bauhinia.node.recovery import recover
    from bauhinia.words.ids import AccountNumber

    with progress("executing blocks", quiet=asked.json) as told:
        asset = recover(journal, progress=told).codes.get(asked.register)
    if asset is None:
        raise Usage(f"there is no bond {asked.register}")
    height = sealed_in(journal, asset, asked.height)
    return make_register_proof(journal, asset, AccountNumber(asked.account), height), height


def check_proof(asked: argparse.Namespace) -> int:
    """Check a proof by its bytes alone; 1 where it proves nothing."""
    from bauhinia.node import proofs

    data = sys.stdin.buffer.read() if asked.file == "-" else Path(asked.file).read_bytes()
    try:
        nodes = [bytes.fromhex(key) for key in asked.node] or None
    except ValueError:
        raise Usage("--node takes a public key: 64 hexadecimal digits") from None
    proved = proofs.check_proof(data, nodes)
    if asked.json:
        answer(_proved_form(proved))
    elif proved.good:
        say(
            f"{asked.file}: good",
            *_words(proved),
            f"ledger   {proved.ledger.hex()}",
            f"header   {proved.header.hex()} of block {proved.signed_height:,}",
            f"signer   {proved.signer.hex()}",
        )
        if nodes is None:
            say("whether the signer is a node of that ledger you must know from elsewhere (--node KEY checks it)")
    else:
        say(f"{asked.file}: proves nothing: {proved.why}")
    return DONE if proved.good else REFUSED


def _words(proved: Proved) -> list[str]:
    """What a proof proves. It holds the ledger's numbers: what they are called must be known from elsewhere."""
    from bauhinia.ledger.registers import Row
    from bauhinia.rules.registers import RegisterSealed
    from bauhinia.views.narrow import plainly
    from bauhinia.words.codec import decode
    from bauhinia.words.dates import format_instant

    block = f"in block {proved.height:,}, at {format_instant(proved.time, 0)}"
    sealed = proved.sealed
    if isinstance(sealed, RegisterSealed):
        row = decode(Row, proved.row)
        since = f", there since {format_instant(row.entered, 0)}" if row.entered else ""
        return [
            f"proves   that account {row.account} of party {row.holder} held {row.balance:,} smallest units of "
            f"asset {sealed.asset}{since},",
            f"         by its register as sealed for {sealed.day} (seal {sealed.number}) {block}",
        ]
    lines = [f"proves   what happened {block}:"]
    for event in proved.events:
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in plainly(event).items() if value)
        lines.append(f"         {type(event).__name__}: {said}")
    if not proved.events:
        lines.append("         a command was refused" if len(proved.row) else "         nothing")
    return lines


def _proved_form(proved: Proved) -> dict[str, object]:
    from bauhinia.wire.forms import event_form

    return {
        "good": proved.good,
        "why": proved.why,
        "row": proved.row.hex(),
        "kind": proved.kind,
        "ledger": proved.ledger.hex(),
        "height": proved.height,
        "time": proved.time,
        "signed_height": proved.signed_height,
        "header": proved.header.hex(),
        "signer": proved.signer.hex(),
        "events": [event_form(event) for event in proved.events],
    }
