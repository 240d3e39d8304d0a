"""`bauhinia keys`: Ed25519 keys in files."""

from __future__ import annotations

import argparse
from getpass import getpass
from pathlib import Path

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import answer, note, say, table
from bauhinia.node import keys
from bauhinia.wire.asking import open_signed

LONGEST_FILE = 16_384  # bytes; no key file is larger


def run(asked: argparse.Namespace) -> int:
    match asked.action:
        case "new":
            return _new(asked)
        case "show":
            return _show(asked)
        case "list":
            return _list(asked)
        case _:
            return _sign(asked)


def opened(path: Path) -> keys.NamedKey:
    """The key of a file; where it is encrypted, its passphrase is asked for."""
    try:
        encrypted = '"sealed"' in path.read_text("utf-8")[:LONGEST_FILE]
    except UnicodeDecodeError:
        encrypted = False
    return keys.load(path, getpass(f"passphrase of {path}: ") if encrypted else "")


def _new(asked: argparse.Namespace) -> int:
    path, passphrase = Path(asked.file), ""
    if path.exists():
        raise Usage(f"{path} is there already, and no key is ever written over")
    if asked.passphrase:
        passphrase = getpass("passphrase: ")
        if not passphrase or passphrase != getpass("again: "):
            raise Usage("the passphrases differ, or are empty")
    named = keys.generate(asked.person)
    keys.save(named, path, passphrase)
    if asked.json:
        answer(_form(path, named))
    else:
        say(f"{path}: a new key of {named.person}, public {named.public.public.hex()}")
        if not passphrase:
            note("it is not encrypted: whoever reads the file can sign with it")
    return DONE


def _show(asked: argparse.Namespace) -> int:
    path = Path(asked.file)
    named = opened(path)
    if asked.json:
        answer(_form(path, named))
    else:
        say(f"person  {named.person}", f"public  {named.public.public.hex()}")
    return DONE


def _list(asked: argparse.Namespace) -> int:
    folder = Path(asked.folder)
    if not folder.is_dir():
        raise Usage(f"{folder} is not a folder")
    found = []
    for path in sorted(folder.rglob("*.key")):
        try:
            found.append(_form(path, keys.load(path)))
        except keys.KeyProblem as problem:
            found.append({"file": str(path), "person": "", "public": "", "problem": str(problem)})
    if asked.json:
        answer(found)
    else:
        rows = [[each["file"], each["person"], each["public"] or each.get("problem", "")] for each in found]
        table(("file", "person", "public key"), rows)
    return DONE


def _sign(asked: argparse.Namespace) -> int:
    """Sign `ledger.challenge`, both hexadecimal, as a door gives it."""
    ledger, _, challenge = asked.challenge.partition(".")
    try:
        identity = bytes.fromhex(ledger)
    except ValueError:
        identity = b""
    if len(identity) != 16 or not challenge or not 0 <= asked.party < 1 << 32:
        raise Usage("expected the text as it was shown: 32 hexadecimal digits, a point, and the challenge")
    named = opened(Path(asked.key))
    signature = named.key.sign(open_signed(identity, asked.party, challenge)).signature
    public = named.public.public.hex()
    if asked.json:
        answer({"party": asked.party, "key": public, "challenge": challenge, "signature": signature.hex()})
    else:
        say(f"{public} {signature.hex()}")
    return DONE


def _form(path: Path, named: keys.NamedKey) -> dict[str, str]:
    return {"file": str(path), "person": named.person, "public": named.public.public.hex()}
