"""A proof shows one outcome, or one row of a register, to whom it is given; and nothing once a byte is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.ledger.registers import Row
from bauhinia.ledger.state import State
from bauhinia.machine.steps import OUTCOME
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.market import Market, Options
from bauhinia.node.proofs import check_proof, make_outcome_proof, make_register_proof, make_row_proof
from bauhinia.node.publishing import Committed
from bauhinia.node.recovery import recover
from bauhinia.node.stored import unpack_outcomes
from bauhinia.rules.market import SetTime
from bauhinia.rules.registers import RegisterSealed
from bauhinia.rules.sealing import StateSealed
from bauhinia.rules.settlement import Settled
from bauhinia.sim.town import FIRST, found_town
from bauhinia.words.codec import decode
from bauhinia.words.ids import SystemNumber
from bauhinia.words.tree import SealedTree, seal
from tests.node.retell import tell

ROWS = [b"row %d" % number for number in range(5)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    folder: Path = tmp_path_factory.mktemp("proofs") / "data"
    tell(folder)
    journal = Journal(Home.at(folder).journal, writable=False)
    yield journal
    journal.close()


def settled(journal: Journal) -> tuple[int, int]:
    """Where the first settlement is told."""
    for stored in journal.blocks():
        for index, outcome in enumerate(unpack_outcomes(stored.outcomes)):
            if any(isinstance(event, Settled) for event in outcome.outcome().events):
                return stored.height, index
    raise LookupError("nothing has settled")


def test_an_outcome_is_proved_to_stand_in_its_block(told: Journal) -> None:
    height, index = settled(told)
    stored = told.block(height)
    assert stored is not None
    proved = check_proof(make_outcome_proof(told, height, index))
    assert (proved.good, proved.height, proved.signed_height, proved.header) == (True, height, height, stored.hash)
    assert proved.row == unpack_outcomes(stored.outcomes)[index].data
    assert any(isinstance(event, Settled) for event in proved.events)
    assert proved.ledger == told.genesis().ledger


def test_a_proof_reaches_a_later_header(told: Journal) -> None:
    height, index = settled(told)
    last = told.block(told.height())
    assert last is not None
    proved = check_proof(make_outcome_proof(told, height, index, last.height))
    assert (proved.good, proved.height, proved.signed_height, proved.header) == (True, height, last.height, last.hash)


def test_every_outcome_of_the_journal_can_be_proved(told: Journal) -> None:
    for stored in told.blocks():
        for index in range(len(unpack_outcomes(stored.outcomes))):
            assert check_proof(make_outcome_proof(told, stored.height, index)).good


def test_a_proof_is_checked_against_the_nodes_one_knows(told: Journal) -> None:
    height, index = settled(told)
    data = make_outcome_proof(told, height, index)
    signer = check_proof(data).signer
    assert check_proof(data, [bytes(32), signer]).good
    stranger = check_proof(data, [bytes(32)])
    assert (stranger.good, stranger.why) == (False, "its last header is signed by a key that is not a node's")


def test_what_is_not_there_is_not_proved(told: Journal) -> None:
    height, index = settled(told)
    for wrong in (
        (height, 999, None),
        (999, 0, None),
        (height, -1, None),
        (height, index, height - 1),
        (height, 0, 999),
    ):
        with pytest.raises(LookupError):
            make_outcome_proof(told, *wrong)


class Registers:
    """A register's root in an event: here in `StateSealed`, which is put where a register's seal would stand."""

    def __init__(self, told: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.register: SealedTree = seal(ROWS, bytes(range(32)), b"register of bond 1")
        monkeypatch.setattr("bauhinia.machine.block.state_root", self.root)
        self.told = told

    def root(self, state: State) -> bytes:
        return self.register.root


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Journal) -> Iterator[tuple[Journal, SealedTree, int]]:
    registers = Registers(told, monkeypatch)
    tell(tmp_path / "data")
    journal = Journal(Home.at(tmp_path / "data").journal, writable=False)
    yield journal, registers.register, 5  # every fourth block is sealed at the start of the next
    journal.close()


def test_a_holders_row_is_proved_by_the_root_that_an_event_carries(sealed: tuple[Journal, SealedTree, int]) -> None:
    journal, register, height = sealed
    for number, row in enumerate(ROWS):
        data = make_row_proof(journal, register, row, number, height, height + 3)
        proved = check_proof(data)
        assert (proved.good, proved.row, proved.kind) == (True, row, "StateSealed")
        assert [type(event) for event in proved.events] == [StateSealed]
        for other in ROWS[:number] + ROWS[number + 1 :]:
            assert other.hex() not in data.decode()
    with pytest.raises(LookupError, match="carries the root"):
        make_row_proof(journal, register, ROWS[0], 0, height + 1)


def test_a_holder_is_proved_to_stand_in_the_register_of_a_bond() -> None:
    """A town's bond, a trade, an evening: the register is sealed, and each holder may take his line home."""
    town = found_town(2, 3, nominal=500, cash=500)
    town.block(town.trade(0, 1, 200, 100, "T"))
    while town.state.days.systems[SystemNumber(1)].date == FIRST:
        town.send(1, [SetTime(town.state.days.agenda[0][0])])
    market = Market.open(":memory:", town.genesis, Options(processes=0))
    for raws in town.blocks:
        for future in market.submit_many(raws):
            future.result(30)
    heights = [block.height for block in market.history() if sealed_in(block, town.bond)]
    for account, balance in zip(town.accounts, (300, 700, 500), strict=True):
        data = make_register_proof(market.journal, town.bond, account, heights[-1])
        proved, row = check_proof(data), decode(Row, check_proof(data).row)
        assert (proved.good, proved.kind, proved.height) == (True, "RegisterSealed", heights[-1])
        assert (row.account, row.balance) == (account, balance)
    with pytest.raises(LookupError, match="does not stand"):
        make_register_proof(market.journal, town.bond, town.proceeds, heights[-1])
    with pytest.raises(LookupError, match="no register"):
        make_register_proof(market.journal, town.bond, town.accounts[0], heights[-1] - 1)
    market.close()


def sealed_in(block: Committed, asset: int) -> bool:
    events = [event for outcome in block.outcomes for event in outcome.events]
    return any(isinstance(event, RegisterSealed) and event.asset == asset for event in events)


def test_a_row_proof_does_not_survive_a_changed_byte(sealed: tuple[Journal, SealedTree, int]) -> None:
    journal, register, height = sealed
    data = make_row_proof(journal, register, ROWS[1], 1, height, height + 1)
    for at in range(0, len(data), 3):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not check_proof(changed).good, at


@given(st.data())
def test_a_changed_byte_proves_nothing(told: Journal, data: st.DataObject) -> None:
    height, index = settled(told)
    proof = make_outcome_proof(told, height, index, height + 2)
    at, by = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(1, 255))
    changed = proof[:at] + bytes([proof[at] ^ by]) + proof[at + 1 :]
    proved = check_proof(changed)
    assert not proved.good
    assert proved.why


@given(st.data())
def test_a_proof_with_more_or_less_in_it_proves_nothing(told: Journal, data: st.DataObject) -> None:
    height, index = settled(told)
    proof = make_outcome_proof(told, height, index, height + 2)
    at, more = data.draw(st.integers(0, len(proof))), data.draw(st.binary(min_size=1, max_size=3))
    assert not check_proof(proof[:at] + more + proof[at:]).good
    assert not check_proof(proof[:at]).good or at == len(proof)


def rewritten(proof: bytes, change: Any) -> bytes:
    """A proof changed as JSON and written as we write it."""
    held = json.loads(proof)
    change(held)
    return json.dumps(held, indent=1, sort_keys=True).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held.update(format="bauhinia/proof/2"), "not a proof file"),
        (lambda held: held.update(note="trust me"), "not a proof file"),
        (lambda held: held.update(row=""), "not a proof file"),
        (lambda held: held.update(steps=[]), "not a proof file"),
        (lambda held: held.update(ledger="00" * 16), "another ledger"),
        (lambda held: held.update(ledger=" " + held["ledger"]), "as we write it"),
        (lambda held: held["steps"][0].update(salt=held["steps"][0]["salt"].upper()), "as we write it"),
        (lambda held: held["steps"].pop(0), "salted before"),
        (lambda held: held["steps"].pop(1), "does not hold"),
        (lambda held: held["steps"].pop(-2), "signature of its last header"),
        (lambda held: held["steps"].pop(), "signature of its last header"),
        (lambda held: held["steps"].append(held["steps"][-1]), "follows the signature"),
        (lambda held: held["steps"].insert(0, held["steps"][0]), "out of order"),
        (lambda held: held["steps"].insert(0, {"hash": "00"}), "unknown kind"),
        (lambda held: held["steps"].insert(0, {"salt": 7}), "not bytes"),
        (lambda held: held["steps"].insert(0, {"salt": "00"}), "32 bytes"),
        (lambda held: held["steps"].insert(0, {"sealed": []}), "step 0"),
        (lambda held: held["steps"].insert(0, {"next": "00"}), "step 0"),
        (lambda held: held["steps"][0].update(left="00" * 32), "not a proof file"),
    ],
)
def test_a_proof_that_was_made_up_is_told_why(told: Journal, change: Any, said: str) -> None:
    height, index = settled(told)
    proved = check_proof(rewritten(make_outcome_proof(told, height, index, height + 1), change))
    assert not proved.good
    assert said in proved.why


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b'{"row": 1}', b"[" * 100_000])
def test_what_is_no_proof_file_is_told_so(data: bytes) -> None:
    assert check_proof(data).why.startswith("not a proof file")


def test_a_proof_shows_the_state_that_a_height_had(told: Journal) -> None:
    """What `StateSealed` carries is the root of the state as it is recovered for that height."""
    from bauhinia.machine.snapshot import state_root

    for stored in told.blocks():
        for outcome in unpack_outcomes(stored.outcomes):
            for event in outcome.outcome().events:
                if isinstance(event, StateSealed):
                    assert event.root == state_root(recover(told, event.height))
                    assert len(outcome.data) > OUTCOME.size
