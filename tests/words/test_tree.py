"""Merkle trees: the reference roots and paths of Certificate Transparency, and what a sealed tree proves and hides."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.words.reasons import Fault
from bauhinia.words.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    OnLeft,
    OnRight,
    Salted,
    Step,
    check_inclusion,
    check_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    salts,
    seal,
    sealed_root,
)

# The reference tree of the Certificate Transparency project: eight leaves, and the root over the first n.
LEAVES = [
    bytes.fromhex(data)
    for data in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Leaf, tree size, audit path: of the same reference tests.
PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
SECRET, CONTEXT = bytes(range(32)), b"register HK0000267077 2025-11-11"


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_reference_roots(size: int) -> None:
    assert root(leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_reference_paths(index: int, size: int, path: list[str]) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:size]]
    proof = inclusion_proof(hashes, index)
    assert [step.sibling.hex() for step in proof] == path
    assert check_inclusion(hashes[index], proof, bytes.fromhex(ROOTS[size]))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_one_defined(leaves: list[bytes]) -> None:
    assert root(map(leaf_hash, leaves)) == by_definition(leaves)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 11, 16, 33])
def test_every_leaf_of_every_shape_is_proved_where_it_stands(size: int) -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(size)]
    top = root(hashes)
    for index, leaf in enumerate(hashes):
        proof = inclusion_proof(hashes, index)
        assert check_inclusion(leaf, proof, top)
        assert not any(check_inclusion(other, proof, top) for other in hashes if other != leaf)


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right) == root([left, right])


@pytest.mark.parametrize("index", [-1, 2])
def test_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(Fault):
        inclusion_proof([leaf_hash(b"a"), leaf_hash(b"b")], index)


def test_a_hash_of_another_length_is_no_leaf() -> None:
    with pytest.raises(Fault):
        root([b"\0" * 31, b"\0" * 33])
    assert not check_inclusion(b"short", (), b"short")


def test_salts_are_a_keyed_sponge_over_the_context() -> None:
    for secret in (SECRET, b"s" * 64, b"s" * 134, b"s" * 135, b"s" * 200):
        key = len(secret).to_bytes(2, "big") + secret
        key += b"\0" * ((136 - len(key) % 136) % 136)
        runs = [hashlib.shake_256(key + CONTEXT + run.to_bytes(8, "big")).digest(64 * 32) for run in (0, 1, 1 << 34)]
        assert salts(secret, CONTEXT, 0, 128) == [each[at : at + 32] for each in runs[:2] for at in range(0, 2048, 32)]
        assert salts(secret, CONTEXT, 63, 65) == [runs[0][-32:], runs[1][:32]]
        assert salts(secret, CONTEXT, 1 << 40, (1 << 40) + 1) == [runs[2][:32]]


def test_no_salt_comes_twice() -> None:
    made = [
        salt
        for secret in (b"s" * 32, b"s" * 33, b"s" * 32 + b"\0")
        for context in (b"a", b"b", b"")
        for salt in salts(secret, context, 0, 100)
    ]
    assert len(set(made)) == len(made) == 900


rows_of_register = st.lists(st.binary(min_size=1, max_size=40), max_size=20)


@given(rows_of_register)
def test_every_row_is_proved_and_shows_only_a_power_of_two(rows: list[bytes]) -> None:
    sealed = seal(rows, SECRET, CONTEXT)
    assert sealed.root == sealed_root(rows, SECRET, CONTEXT)
    length = max(len(rows) - 1, 0).bit_length()
    for number, row in enumerate(rows):
        proof = sealed.prove(number)
        assert check_proof(row, proof, sealed.root)
        assert len(proof) == 1 + length  # the salt, and a step for each level: as many for 17 rows as for 32
    assert sealed.root not in {seal([*rows, b"one more"], SECRET, CONTEXT).root, EMPTY_ROOT}


def broken(proof: tuple[Step, ...]) -> list[tuple[Step, ...]]:
    """Every proof with one byte changed, one step left out, doubled, or turned to the other side."""
    made: list[tuple[Step, ...]] = []
    for at, step in enumerate(proof):
        before, after = proof[:at], proof[at + 1 :]
        made += [before + after, (*before, step, step, *after)]
        if isinstance(step, Salted):
            made += [(*before, OnLeft(step.salt), *after), (*before, Salted(step.salt + b"\0"), *after)]
            made += [(*before, Salted(salt), *after) for salt in flips(step.salt)]
            continue
        same, other = (OnLeft, OnRight) if isinstance(step, OnLeft) else (OnRight, OnLeft)
        made += [(*before, other(step.sibling), *after), (*before, Salted(step.sibling), *after)]
        made += [(*before, same(sibling), *after) for sibling in (*flips(step.sibling), step.sibling[:-1])]
    return made


def flips(data: bytes) -> list[bytes]:
    return [data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for at in range(len(data)) for bit in (1, 128)]


@settings(max_examples=20)
@given(st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=9), st.data())
def test_a_proof_with_anything_changed_fails(rows: list[bytes], data: st.DataObject) -> None:
    sealed = seal(rows, SECRET, CONTEXT)
    number = data.draw(st.integers(0, len(rows) - 1))
    proof = sealed.prove(number)
    assert not any(check_proof(rows[number], changed, sealed.root) for changed in broken(proof))
    assert not any(check_proof(row, proof, sealed.root) for row in (*flips(rows[number]), rows[number] + b"\0"))
    assert not any(check_proof(rows[number], proof, top) for top in flips(sealed.root))


def test_the_border_between_salt_and_row_cannot_be_moved() -> None:
    sealed = seal([b"a row"], SECRET, CONTEXT)
    (salted,) = sealed.prove(0)
    assert isinstance(salted, Salted)
    assert check_proof(b"a row", (salted,), sealed.root)
    assert not check_proof(b" row", (Salted(salted.salt + b"a"),), sealed.root)
    assert not check_proof(salted.salt[-1:] + b"a row", (Salted(salted.salt[:-1]),), sealed.root)


def test_what_fills_up_proves_nothing() -> None:
    sealed = seal([b"a", b"b", b"c"], SECRET, CONTEXT)
    filler = salts(SECRET, CONTEXT, 3, 4)[0]
    leaves = [sealed.levels[0][at : at + HASH_BYTES] for at in range(0, 4 * HASH_BYTES, HASH_BYTES)]
    proof = (Salted(filler), *inclusion_proof(leaves, leaves.index(leaf_hash(filler))))
    assert check_inclusion(leaf_hash(filler), proof[1:], sealed.root)
    assert not check_proof(b"", proof, sealed.root)


def test_leaves_are_ordered_and_nothing_shows_who_did_not_trade() -> None:
    rows = [b"holder %d" % number for number in range(13)]
    today, tomorrow = seal(rows, SECRET, b"day 1"), seal(rows, SECRET, b"day 2")
    leaves = [
        {tree.levels[0][at : at + HASH_BYTES] for at in range(0, 16 * HASH_BYTES, HASH_BYTES)}
        for tree in (today, tomorrow)
    ]
    assert [len(found) for found in leaves] == [16, 16]
    assert not leaves[0] & leaves[1]
    for tree, found in zip((today, tomorrow), leaves, strict=True):
        assert tree.levels[0] == b"".join(sorted(found))
    assert not leaves[0] & {leaf_hash(row) for row in rows}  # unsalted, a row could be found by trying


def test_equal_rows_are_proved_apart() -> None:
    sealed = seal([b"same", b"same", b"same"], SECRET, CONTEXT)
    proofs = {sealed.prove(number) for number in range(3)}
    assert len(proofs) == 3
    assert all(check_proof(b"same", proof, sealed.root) for proof in proofs)


@pytest.mark.parametrize(
    ("rows", "secret"),
    [([b"a", b""], SECRET), ([b"a"], b"too short")],
)
def test_what_cannot_be_sealed(rows: list[bytes], secret: bytes) -> None:
    with pytest.raises(Fault):
        seal(rows, secret, CONTEXT)


@pytest.mark.parametrize("number", [-1, 3])
def test_no_proof_of_a_row_that_is_not_there(number: int) -> None:
    sealed = seal([b"a", b"b", b"c"], SECRET, CONTEXT)
    with pytest.raises(Fault):
        sealed.prove(number)


def test_the_secret_is_not_shown() -> None:
    assert "secret" not in repr(seal([b"a"], SECRET, CONTEXT))
