"""Personal data stand beside the ledger, bound by a salted hash, and can be erased."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from bauhinia.machine.block import Header
from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.node.personal import PersonalData, canonical, commitment
from bauhinia.node.publishing import Committed
from bauhinia.rules.registers import HolderDataRecorded, PersonalDataErased
from bauhinia.words.ids import PartyNumber

ANNA = PartyNumber(7)
DATA = {"name": "Anna 陳", "address": ["1 Queen's Road"]}


def block(height: int, *events: object) -> Committed:
    header = Header(1, bytes(16), height, 0, bytes(32), bytes(32), bytes(32), bytes(32))
    return Committed(height, header, [Outcome(StepKind.DUTY, 1, 1, 0, 0, list(events))], [])


def test_the_commitment_binds_the_data_and_tells_nothing_of_them() -> None:
    store = PersonalData(None)
    salt, bound = store.put(ANNA, DATA)
    assert bound == sha256(salt + b'{"address":["1 Queen\'s Road"],"name":"Anna \xe9\x99\xb3"}').digest()
    found = store.get(ANNA, bound)
    assert found is not None
    assert (found.data, found.salt) == (DATA, salt)
    again_salt, again = store.put(ANNA, DATA)
    assert again_salt != salt
    assert again != bound
    assert store.get(ANNA, bound) is None


def test_equal_data_have_equal_bytes_whatever_their_order() -> None:
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
    assert commitment(b"salt", {"a": 1}) != commitment(b"salt", {"a": "1"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_what_is_erased_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "personal.sqlite"
    store = PersonalData(path)
    store.put(ANNA, DATA)
    salt, _ = store.put(PartyNumber(8), {"name": "Berta"})
    anna = store.get(ANNA)
    assert anna is not None
    assert b"Queen's Road" in path.read_bytes()
    assert store.erase(ANNA)
    assert not store.erase(ANNA)
    assert store.get(ANNA) is None
    left = path.read_bytes()
    assert b"Queen's Road" not in left
    assert anna.salt not in left
    assert salt in left
    assert path.stat().st_mode & 0o077 == 0


def test_the_ledger_says_what_is_erased(tmp_path: Path) -> None:
    store = PersonalData(tmp_path / "personal.sqlite")
    store.put(ANNA, DATA)
    store.put(PartyNumber(8), DATA)
    store.listen(block(41, object()))
    assert store.get(ANNA) is not None
    store.listen(block(42, PersonalDataErased(ANNA, 0)))
    assert (store.get(ANNA), store.seen) == (None, 42)
    assert store.get(PartyNumber(8)) is not None
    store.close()
    again = PersonalData(tmp_path / "personal.sqlite")
    assert (again.get(ANNA), again.seen) == (None, 42)


def test_what_the_ledger_binds_stays_beside_what_waits_until_that_is_bound(tmp_path: Path) -> None:
    path = tmp_path / "personal.sqlite"
    store = PersonalData(path)
    _, old = store.put(ANNA, {"name": "Anna", "address": "Old Street"})
    _, mistaken = store.put(ANNA, {"name": "Ana"}, bound=old)
    _, new = store.put(ANNA, {"name": "Anna", "address": "New Street"}, bound=old)
    assert [store.get(ANNA, bound) is not None for bound in (old, mistaken, new)] == [True, False, True]
    store.listen(block(7, HolderDataRecorded(ANNA, new, PartyNumber(2))))
    assert [store.get(ANNA, bound) is not None for bound in (old, new)] == [False, True]
    store.listen(block(7, HolderDataRecorded(ANNA, new, PartyNumber(2))))
    assert store.get(ANNA, new) is not None
    assert b"Old Street" not in path.read_bytes()


def test_data_that_are_bound_already_are_kept_under_their_salt() -> None:
    store = PersonalData(None)
    salt, bound = bytes(range(32)), commitment(bytes(range(32)), DATA)
    assert store.put(ANNA, DATA, salt=salt) == (salt, bound)
    assert store.put(ANNA, DATA, salt=salt, bound=bound) == (salt, bound), "twice is once"


def test_a_new_store_listens_from_where_the_market_is() -> None:
    store = PersonalData(None)
    assert store.since(5_000) == 5_000
    assert store.since(6_000) == 5_000
