"""The node's own signatures: of headers, which proofs end in, and of snapshots, which recovery starts from."""

from __future__ import annotations

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

HEADER_DOMAIN = b"bauhinia/header-signature/1\0"
SNAPSHOT_DOMAIN = b"bauhinia/snapshot-signature/1\0"
KEY_BYTES, SIGNATURE_BYTES = 32, 64
SEAL_BYTES = KEY_BYTES + SIGNATURE_BYTES


def sign_header(key: SigningKey, header_hash: bytes) -> bytes:
    """The public key and its signature of a header's hash."""
    return key.verify_key.encode() + key.sign(HEADER_DOMAIN + header_hash).signature


def header_signed(seal: bytes, header_hash: bytes) -> bool:
    """Whether a seal is a right signature of the header's hash; by which key, its first 32 bytes tell."""
    return _right(seal, HEADER_DOMAIN + header_hash)


def sign_snapshot(key: SigningKey, height: int, root: bytes) -> bytes:
    return key.verify_key.encode() + key.sign(_snapshot(height, root)).signature


def snapshot_signed(seal: bytes, height: int, root: bytes) -> bool:
    return _right(seal, _snapshot(height, root))


def _snapshot(height: int, root: bytes) -> bytes:
    return SNAPSHOT_DOMAIN + height.to_bytes(8, "big") + root


def _right(seal: bytes, message: bytes) -> bool:
    if len(seal) != SEAL_BYTES:
        return False
    try:
        crypto_sign_open(seal[KEY_BYTES:] + message, seal[:KEY_BYTES])
    except BadSignatureError:
        return False
    return True
