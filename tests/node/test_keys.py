"""Keys in files, and envelopes that the market takes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from bauhinia.node import keys
from bauhinia.node.keys import KeyProblem, Signer
from bauhinia.rules.market import SetTime
from bauhinia.words.frame import unpack_body, unseal
from bauhinia.words.ids import PartyNumber


@pytest.mark.parametrize("passphrase", ["", "correct horse battery staple"])
def test_a_key_is_kept_in_a_file_that_its_owner_alone_reads(tmp_path: Path, passphrase: str) -> None:
    made, path = keys.generate("maker"), tmp_path / "maker.key"
    keys.save(made, path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load(path, passphrase).public == made.public
    assert (made.key.encode().hex() in path.read_text()) is (passphrase == "")
    with pytest.raises(FileExistsError):
        keys.save(keys.generate("maker"), path)
    assert keys.load(path, passphrase).public == made.public


def test_an_encrypted_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "maker.key"
    keys.save(keys.generate("maker"), path, "right")
    with pytest.raises(KeyProblem, match="does not open"):
        keys.load(path, "wrong")
    with pytest.raises(KeyProblem, match="no passphrase"):
        keys.load(path)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", "other/1", "not a key file of this version"),
        ("seed", "00" * 31, "not a key file"),
        ("seed", "00" * 32, "not that of its seed"),
        ("public", "zz", "not a key file"),
    ],
)
def test_an_altered_key_file_is_named(tmp_path: Path, field: str, value: str, said: str) -> None:
    path = tmp_path / "maker.key"
    keys.save(keys.generate("maker"), path)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(KeyProblem, match=said) as problem:
        keys.load(path)
    assert str(path) in str(problem.value)


def test_a_key_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="not a key file"):
        keys.load(tmp_path / "none.key")
    (tmp_path / "bytes.key").write_bytes(b"\xff\xfe")
    with pytest.raises(KeyProblem, match="not a key file"):
        keys.load(tmp_path / "bytes.key")


def test_a_story_has_the_same_keys_every_time() -> None:
    assert keys.play_key("HKMA", "maker").public == keys.play_key("HKMA", "maker").public
    names = [("HKMA", "maker"), ("HKMA", "checker"), ("HKMAm", "aker"), ("hkma", "maker")]
    assert len({keys.play_key(*each).public.public for each in names}) == len(names)


def test_every_key_of_a_signer_signs_the_same_frame() -> None:
    signer = Signer(PartyNumber(7), [keys.play_key("A", person).key for person in ("maker", "checker")])
    raw = signer.sign(bytes(16), 3, 99, [SetTime(5), SetTime(6)])
    envelope = unseal(raw)
    assert (envelope.party, envelope.nonce, envelope.good_until, len(envelope.signatures)) == (7, 3, 99, 2)
    assert [tag for tag, _ in unpack_body(envelope.body)] == [1, 1]
    for public, signature in envelope.signatures:
        VerifyKey(public).verify(envelope.signed, signature)
