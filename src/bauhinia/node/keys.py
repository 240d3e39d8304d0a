"""Ed25519 keys kept in files, and the signer that puts commands into envelopes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.signing import SigningKey
from nacl.utils import random

from bauhinia.ledger.parties import Key
from bauhinia.machine import commands
from bauhinia.words.codec import encode
from bauhinia.words.frame import pack_body, seal, signed_part
from bauhinia.words.ids import Micros, PartyNumber

FORMAT = "bauhinia/key/1"
PLAY = b"bauhinia/play-key/1\0"


class KeyProblem(ValueError):
    """A key file that cannot be read or opened; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A signing key and the person who holds it."""

    person: str
    key: SigningKey

    @property
    def public(self) -> Key:
        """What the ledger knows of it."""
        return Key(self.key.verify_key.encode(), self.person)


def generate(person: str) -> NamedKey:
    """A new key from the machine's randomness."""
    return NamedKey(person, SigningKey.generate())


@cache
def play_key(party: str, person: str) -> NamedKey:
    """The play key of a person of a party: it follows from the two names, so that everyone has it, and guards nothing.

    Its seed is SHA-256 of `bauhinia/play-key/1`, a zero byte, the party's name, a zero byte and the person's name, in
    UTF-8. The keys of a real market never come from here.
    """
    seed = sha256(PLAY + party.encode() + b"\0" + person.encode()).digest()
    return NamedKey(person, SigningKey(seed))


def play_keys(party: str, persons: Sequence[str]) -> list[SigningKey]:
    """The play keys of a party's persons."""
    return [play_key(party, person).key for person in persons]


def save(named: NamedKey, path: Path, passphrase: str = "") -> None:
    """Write a key to a new file that its owner alone may read; encrypted where a passphrase is given (Argon2id,
    XSalsa20-Poly1305). FileExistsError where the file is there: no key is ever written over."""
    held: dict[str, Any] = {"format": FORMAT, "person": named.person, "public": named.key.verify_key.encode().hex()}
    seed = named.key.encode()
    if passphrase:
        salt = random(pwhash.argon2id.SALTBYTES)
        held["argon2id"] = {
            "salt": salt.hex(),
            "operations": pwhash.argon2id.OPSLIMIT_INTERACTIVE,
            "memory": pwhash.argon2id.MEMLIMIT_INTERACTIVE,
        }
        held["sealed"] = bytes(SecretBox(_stretched(passphrase, held["argon2id"])).encrypt(seed)).hex()
    else:
        held["seed"] = seed.hex()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(held, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())


def load(path: Path, passphrase: str = "") -> NamedKey:
    """The key of a file. KeyProblem where it is none, or the passphrase does not open it."""
    try:
        held = json.loads(path.read_text("utf-8"))
        if held["format"] != FORMAT:
            raise KeyProblem(f"{path}: not a key file of this version")
        seed = _opened(held, path, passphrase) if "sealed" in held else bytes.fromhex(held["seed"])
        named = NamedKey(str(held["person"]), SigningKey(seed))
        public = bytes.fromhex(held["public"])
    except KeyProblem:
        raise
    except (OSError, UnicodeError, ValueError, KeyError, TypeError, CryptoError) as wrong:
        raise KeyProblem(f"{path}: not a key file ({wrong})") from None
    if named.key.verify_key.encode() != public:
        raise KeyProblem(f"{path}: its public key is not that of its seed")
    return named


def _opened(held: dict[str, Any], path: Path, passphrase: str) -> bytes:
    if not passphrase:
        raise KeyProblem(f"{path}: the key is encrypted, and no passphrase was given")
    box = SecretBox(_stretched(passphrase, held["argon2id"]))
    try:
        return bytes(box.decrypt(bytes.fromhex(held["sealed"])))
    except CryptoError:
        raise KeyProblem(f"{path}: the passphrase does not open it") from None


def _stretched(passphrase: str, costs: dict[str, Any]) -> bytes:
    """The key that a passphrase makes (Argon2id, RFC 9106)."""
    return bytes(
        pwhash.argon2id.kdf(
            SecretBox.KEY_SIZE,
            passphrase.encode(),
            bytes.fromhex(costs["salt"]),
            opslimit=costs["operations"],
            memlimit=costs["memory"],
        )
    )


@dataclass(frozen=True, slots=True)
class Signer:
    """A party with the keys that sign for it, each by another person."""

    party: PartyNumber
    keys: Sequence[SigningKey]

    def sign(self, ledger: bytes, nonce: int, good_until: Micros, values: Sequence[Any]) -> bytes:
        """The envelope of these commands, signed by every key. `good_until` is 24 hours ahead at most."""
        body = pack_body((commands.BY_KIND[type(value)].tag, encode(value)) for value in values)
        signed = signed_part(ledger, self.party, nonce, good_until, body)
        signatures = [(key.verify_key.encode(), key.sign(signed).signature) for key in self.keys]
        return seal(ledger, self.party, nonce, good_until, body, signatures)
