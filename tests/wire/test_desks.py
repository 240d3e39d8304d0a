"""A desk is a desk: in the process or over HTTP, the same answers; and a command is done once, whatever is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

import bauhinia
from bauhinia.ledger.instructions import Side
from bauhinia.rules.instructing import CancelInstruction, Instructed
from bauhinia.wire.client import ATTEMPTS, Client, Unanswered
from bauhinia.wire.desk import Desk
from bauhinia.wire.forms import BadForm
from bauhinia.wire.local import LocalDesk
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.ids import InstructionNumber, PartyNumber
from bauhinia.words.reasons import Reason, Refused
from tests.edge.http.stage import ISIN, Stage, genesis, keys_of, opened, sale

DAY = date(2026, 2, 3)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = opened(tmp_path_factory.mktemp("market"))
    made.desk("A").do(sale(made, "A", Side.DELIVER, "B", reference="settles"))
    made.desk("B").do(sale(made, "B", Side.RECEIVE, "A", reference="settles"))
    made.desk("A").send(CancelInstruction(InstructionNumber(999)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    with stage.served() as address:
        yield address


VERBS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("asker", ()),
    ("market", ()),
    ("market", (3,)),
    ("systems", ()),
    ("parties", ()),
    ("moneys", ()),
    ("bonds", ()),
    ("bond", (ISIN,)),
    ("register", (ISIN,)),
    ("cash_flows", (ISIN,)),
    ("accounts", ()),
    ("positions", ()),
    ("instructions", ()),
    ("queue", ()),
    ("whole_queue", ()),
    ("sets", ()),
    ("mandates", ()),
    ("fees", ()),
    ("usage", ()),
    ("usage", (DAY,)),
    ("bills", ()),
    ("bill", (1,)),
    ("settlement", ()),
    ("settlement", ("party", DAY, DAY)),
    ("liquidity", ()),
    ("payments", ()),
    ("proposals", ()),
    ("refusals", ()),
    ("powers", ()),
    ("events", ()),
    ("events", ("", 1_000)),
)


def answer(desk: Desk, verb: str, *given: Any) -> Any:
    try:
        return getattr(desk, verb)(*given)
    except DoorRefused as refused:
        return refused.door


@pytest.mark.parametrize("who", [None, "operator", "A", "B", "CMU", "Custodian", "Client", "Watch"])
def test_a_client_and_a_desk_of_the_process_get_the_same_answers(stage: Stage, url: str, who: str | None) -> None:
    local = stage.desk(who)
    with Client(url, stage.signer(who)) as remote:
        for verb, given in VERBS:
            assert answer(remote, verb, *given) == answer(local, verb, *given), verb
        for account in stage.at.values():
            for verb, given in (
                ("account", (account,)),
                ("holdings", (account, DAY)),
                ("statement", (account, DAY, DAY)),
            ):
                assert answer(remote, verb, *given) == answer(local, verb, *given), (verb, account)
        for number in (1, 2, 99):
            assert answer(remote, "instruction", number) == answer(local, "instruction", number)


def test_the_same_is_done_and_refused_at_either(stage: Stage, url: str) -> None:
    with Client(url, stage.signer("A")) as remote:
        for number, desk in enumerate((remote, stage.desk("A"))):
            receipt = desk.do(sale(stage, "A", Side.DELIVER, "B", reference=f"either {number}"))
            assert [type(event) for event in receipt.events] == [Instructed]
            assert desk.find(receipt.digest) == receipt
            with pytest.raises(Refused) as refused:
                desk.do(CancelInstruction(InstructionNumber(999)))
            assert refused.value.reason is Reason.UNKNOWN_INSTRUCTION
            assert tuple(map(str, refused.value.parts)) == ("999",)
            with pytest.raises(BadForm):
                desk.send()
            with pytest.raises(BadForm):
                desk.send(object())


def test_a_desk_without_keys_only_reads(stage: Stage, url: str) -> None:
    with Client(url) as remote:
        for desk in (remote, stage.desk(None)):
            with pytest.raises(DoorRefused) as refused:
                desk.do(CancelInstruction(InstructionNumber(1)))
            assert refused.value.door is Door.UNAUTHENTICATED


def test_a_trade_settles_in_the_receipt_of_who_completes_it(stage: Stage, url: str) -> None:
    with Client(url, stage.signer("A")) as a, Client(url, stage.signer("B")) as b:
        a.do(sale(stage, "A", Side.DELIVER, "B", 2_000, 1_980, reference="quick"))
        receipt = b.do(sale(stage, "B", Side.RECEIVE, "A", 2_000, 1_980, reference="quick"))
        assert {type(event).__name__ for event in receipt.events} >= {"Instructed", "Matched", "Settled"}
        assert b.instruction(receipt.events[0].instruction).settlement == "SETTLED"


class Lossy(httpx.BaseTransport):
    """A network that loses what `loses` says: the question before it is heard, or the answer after."""

    def __init__(self, loses: list[str]) -> None:
        self._inner, self.loses, self.asked = httpx.HTTPTransport(), loses, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        what = self.loses.pop(0) if self.loses else ""
        if what == "question":
            raise httpx.ConnectError("lost on the way there")
        response = self._inner.handle_request(request)
        response.read()
        if what == "answer":
            raise httpx.ReadError("lost on the way back")
        return response

    def close(self) -> None:
        self._inner.close()


def lossy(stage: Stage, url: str, who: str, loses: list[str]) -> tuple[Client, Lossy]:
    network = Lossy([])
    http = httpx.Client(base_url=url, transport=network)
    client = Client(url, stage.signer(who), http=http, sleep=lambda _: None)
    client.asker()
    network.loses, network.asked = loses, 0
    return client, network


@pytest.mark.parametrize(
    "loses",
    [
        ["", "question"],
        ["", "answer"],
        ["", "answer", "answer"],
        ["", "question", "answer", "question"],
        ["", "answer", "", "answer"],
        ["answer", "answer"],
    ],
)
def test_a_lost_answer_is_found_again_and_nothing_is_done_twice(stage: Stage, url: str, loses: list[str]) -> None:
    client, network = lossy(stage, url, "A", list(loses))
    reference = "lost " + "-".join(loses)
    receipt = client.do(sale(stage, "A", Side.DELIVER, "B", reference=reference))
    assert receipt.accepted
    assert network.asked > len(loses)
    assert [each.reference for each in client.instructions(limit=1_000)].count(reference) == 1
    assert stage.desk("A").find(receipt.digest) == receipt


def test_when_no_answer_comes_the_digest_is_told_and_finds_it_later(stage: Stage, url: str) -> None:
    client, network = lossy(stage, url, "A", ["", *["answer"] * ATTEMPTS])
    with pytest.raises(Unanswered) as unanswered:
        client.do(sale(stage, "A", Side.DELIVER, "B", reference="silence"))
    found = client.find(unanswered.value.digest)
    assert found is not None
    assert found.events[0].order.reference == "silence"
    assert network.loses == []


def test_desks_of_one_party_that_know_nothing_of_each_other_all_get_through(stage: Stage, url: str) -> None:
    """Each thinks the next number is its own: the market takes one, and the others sign again."""
    desks = [Client(url, stage.signer("B")) for _ in range(3)] + [stage.desk("B") for _ in range(3)]
    failures: list[Exception] = []

    def work(number: int, desk: Desk) -> None:
        try:
            for turn in range(4):
                desk.do(sale(stage, "B", Side.DELIVER, "A", reference=f"desk {number}.{turn}"))
        except Exception as failure:
            failures.append(failure)

    threads = [Thread(target=work, args=(number, desk)) for number, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    done = [each.reference for each in stage.desk("B").instructions(limit=1_000)]
    assert sorted(each for each in done if each.startswith("desk ")) == sorted(
        f"desk {number}.{turn}" for number in range(6) for turn in range(4)
    )


def test_a_desk_catches_up_when_its_numbers_are_behind_the_window(stage: Stage) -> None:
    desk, other = stage.desk("Custodian"), stage.desk("Custodian")
    nothing = CancelInstruction(InstructionNumber(999))
    assert desk.send(nothing).outcomes[0].reason == "UNKNOWN_INSTRUCTION"
    other._nonces.last, other._nonces.known = desk._nonces.last + 2_000, True
    other.send(nothing)
    assert desk.send(nothing).outcomes[0].reason == "UNKNOWN_INSTRUCTION"


def test_a_market_in_memory_has_a_desk_whose_views_go_with_it() -> None:
    with bauhinia.Market.open(":memory:", genesis()) as market:
        signer = bauhinia.Signer(PartyNumber(1), keys_of("operator"))
        with bauhinia.Floor(market) as floor:
            folder = Path(floor.views.path).parent
            assert folder.is_dir()
            assert floor.desk(signer).asker().name == "operator"
        assert not folder.exists()
        assert not market.status().halted, "the market is its opener's to close"


def test_what_stands_at_the_top_is_what_it_says() -> None:
    assert bauhinia.Client is Client
    assert bauhinia.LocalDesk is LocalDesk
    assert bauhinia.Reason is Reason
    for name in bauhinia.__all__:
        assert getattr(bauhinia, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        bauhinia.Nothing  # noqa: B018


def test_an_import_loads_nothing_else() -> None:
    code = "import sys, bauhinia; print([n for n in sys.modules if n.startswith(('bauhinia.', 'httpx', 'nacl'))])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


def test_a_listener_that_fails_does_not_stop_the_views(stage: Stage) -> None:
    told: list[int] = []

    def fails(_height: int) -> None:
        raise RuntimeError("a listener")

    stage.following.listen(fails)
    stage.following.listen(told.append)
    for _ in range(2):
        stage.desk("B").send(CancelInstruction(InstructionNumber(999)))
    assert stage.market.quiet(30)
    assert stage.following.failure is None
    assert told == [stage.views.height - 1, stage.views.height]
    stage.following.ignore(told.append)


def test_views_that_fail_say_so_and_nobody_waits_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path)

    def fails(_committed: Any) -> bool:
        raise RuntimeError("no room for the views")

    monkeypatch.setattr(made.views, "apply", fails)
    with pytest.raises(DoorRefused) as refused:
        made.desk("A").do(sale(made, "A", Side.DELIVER, "B"))
    assert refused.value.door is Door.TOO_SLOW
    assert str(made.following.failure) == "no room for the views"
    monkeypatch.undo()
    made.restart()
    assert made.following.failure is None
    assert made.desk("A").instructions()[0].reference == "R1", "opened anew, they catch up"
    made.close()
