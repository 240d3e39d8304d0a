"""Is a signature right? A pure function of bytes, and a process that answers it by the chunk.

One library decides what a valid signature is (libsodium: S below L, no public key of small order, no R or key outside
their canonical form), and never in batches: a verifier that differed in one edge case would split the ledger.

The process reads a frame (count u32, that many lengths u32, then the envelopes) and answers with a byte for each. It
ends when its input does, so none outlives the node. It is started by name, not by `multiprocessing`: a user's script
needs no guard around its main part.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from typing import BinaryIO

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from bauhinia.words.codec import Malformed
from bauhinia.words.frame import Envelope, unseal
from bauhinia.words.reasons import Reason

COUNT = struct.Struct("<I")
RIGHT = 0


def signed_rightly(envelope: Envelope) -> bool:
    """Whether every signature of an envelope is right. Whose the keys are is the ledger's question."""
    signed = envelope.signed
    try:
        for public, signature in envelope.signatures:
            crypto_sign_open(signature + signed, public)
    except BadSignatureError:
        return False
    return True


def verdict(raw: bytes) -> int:
    """RIGHT, or the reason: MALFORMED, BAD_SIGNATURE."""
    try:
        envelope = unseal(raw)
    except Malformed:
        return Reason.MALFORMED
    return RIGHT if signed_rightly(envelope) else Reason.BAD_SIGNATURE


def write_chunk(raws: Sequence[bytes], into: BinaryIO) -> None:
    """Send envelopes to the process."""
    into.write(struct.pack(f"<{len(raws) + 1}I", len(raws), *map(len, raws)))
    into.write(b"".join(raws))
    into.flush()


def read_chunk(source: BinaryIO) -> list[bytes] | None:
    """The envelopes of a frame; None at the end of the input."""
    head = source.read(COUNT.size)
    if len(head) < COUNT.size:
        return None
    (count,) = COUNT.unpack(head)
    sizes = source.read(COUNT.size * count)
    if len(sizes) < COUNT.size * count:
        return None
    return [source.read(size) for size in struct.unpack(f"<{count}I", sizes)]


def serve(source: BinaryIO, into: BinaryIO) -> None:
    """Answer chunks until the input ends."""
    while (raws := read_chunk(source)) is not None:
        into.write(bytes(map(verdict, raws)))
        into.flush()


def main() -> None:
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except (KeyboardInterrupt, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
