"""How large, how long and how often; and what is answered when the market cannot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.edge.http.limits import Limits, Rates
from bauhinia.ledger.instructions import Side
from bauhinia.node.market import Busy, Halted
from bauhinia.node.pieces import verify
from bauhinia.wire.client import Client
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.dates import DAY, SECOND
from tests.edge.http.stage import ISIN, Stage, opened, sale

BYTES = {"Content-Type": "application/octet-stream"}


def test_a_bucket_fills_again_with_time() -> None:
    now = [0]
    rates = Rates(Limits(a_second=2, burst=3), lambda: now[0])
    for _ in range(3):
        rates.take("A")
    with pytest.raises(DoorRefused, match="again in 1 seconds"):
        rates.take("A")
    rates.take("B")
    now[0] += SECOND // 2
    rates.take("A")
    with pytest.raises(DoorRefused):
        rates.take("A")
    now[0] += 100 * SECOND
    for _ in range(3):
        rates.take("A")
    with pytest.raises(DoorRefused):
        rates.take("A")


def test_one_asker_s_rate_is_not_another_s(tmp_path: Path) -> None:
    stage = opened(tmp_path, limits=Limits(a_second=1, burst=3))
    try:
        with stage.served() as url, httpx.Client(base_url=url) as http:
            statuses = [http.get("/v1/bonds").status_code for _ in range(5)]
            assert statuses == [200, 200, 200, 429, 429]
            wrong = {"Authorization": "Bearer x"}
            assert http.get("/v1/bonds", headers=wrong).status_code == 429, "guessing counts for the address"
            signer = stage.signer("A")
            client = Client(url, signer, ledger=stage.market.ledger, clock=stage.clock, sleep=lambda _: None)
            assert [client.bonds() is not None for _ in range(3)] == [True] * 3
            with pytest.raises(DoorRefused) as refused:
                client.bonds()
            assert refused.value.door is Door.TOO_MANY
            client.close()
            assert http.get("/v1/bonds").headers["retry-after"] == "1"
    finally:
        stage.close()


@pytest.mark.parametrize(
    ("failure", "reason"),
    [(Halted("the disk is full"), "STOPPED"), (Busy("9 envelopes are waiting"), "BUSY"), (KeyError("x"), "FAULT")],
)
def test_a_market_that_takes_nothing_in_says_so_and_is_still_read(
    stage: Stage, http: httpx.Client, monkeypatch: pytest.MonkeyPatch, failure: Exception, reason: str
) -> None:
    def submit(_raw: bytes) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(failure)
        return future

    signer = stage.signer("A")
    assert signer is not None
    raw = signer.sign(stage.market.ledger, 500, 1, [sale(stage, "A", Side.DELIVER, "B")])
    monkeypatch.setattr(stage.market, "submit", submit)
    answer = http.post("/v1/envelopes", content=raw, headers={"Content-Type": "application/octet-stream"})
    assert answer.json()["reason"] == reason
    assert answer.status_code == (500 if reason == "FAULT" else 503)
    assert "disk" not in answer.text, "why is the operators' business"
    assert "KeyError" not in answer.text
    assert http.get("/v1/bonds").status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bauhinia.views import queries

    stage = opened(tmp_path, limits=Limits(seconds=1))
    try:
        with stage.served() as url, httpx.Client(base_url=url) as http:
            monkeypatch.setattr(queries, "payments", lambda *_given, **_more: time.sleep(1.5))
            answer = http.get("/v1/payments")
            assert (answer.status_code, answer.json()["reason"]) == (503, "TOO_SLOW")
    finally:
        stage.close()


def test_health_is_told_by_the_status_too(stage: Stage, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert http.get("/v1/health").json() == {"healthy": True, "writable": True, "following": True, "problem": ""}
    monkeypatch.setattr(stage.following._subscription, "failure", RuntimeError("views"))
    answer = http.get("/v1/health")
    assert answer.status_code == 503
    assert answer.json()["following"] is False


def test_what_is_counted_is_told_in_prometheus_s_form(stage: Stage, http: httpx.Client) -> None:
    http.get("/v1/accounts/1")
    text = http.get("/metrics").text
    assert 'bauhinia_http_requests_total{method="GET",path="/v1/accounts/{number}",status="404"}' in text
    assert f"bauhinia_height {float(stage.market.status().height)}" in text
    assert "bauhinia_halted 0.0" in text


@contextmanager
def full(connection: sqlite3.Connection) -> Iterator[None]:
    """SQLite may not take another page: what it says is what a full disk says."""
    connection.execute("PRAGMA max_page_count = 1")  # at least what there is
    yield
    connection.execute("PRAGMA max_page_count = 1073741823")


def stuffed(stage: Stage, count: int = 200) -> list[Any]:
    """More than the pages that a database has hold."""
    return [sale(stage, "A", Side.DELIVER, "B", reference=f"stuffing {number}") for number in range(count)]


def test_a_full_disk_is_503_while_reads_go_on_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    stage = opened(tmp_path)
    acknowledged, raw = 0, b""
    try:
        with stage.served() as url, httpx.Client(base_url=url) as http:
            signer = stage.signer("A")
            assert signer is not None
            with full(stage.market.journal._write):
                answer = None
                for nonce in range(stage.live.top("A") + 1, stage.live.top("A") + 60):
                    good_until = stage.live.state.time + DAY
                    raw = signer.sign(stage.market.ledger, nonce, good_until, stuffed(stage))
                    answer = http.post("/v1/envelopes", content=raw, headers=BYTES)
                    if answer.status_code != 200:
                        break
                    acknowledged += 1
                assert answer is not None
                assert (answer.status_code, answer.json()["reason"]) == (503, "STOPPED")
                assert "retry-after" in answer.headers
                health = http.get("/v1/health")
                assert (health.status_code, health.json()["writable"]) == (503, False)
                assert http.get(f"/v1/bonds/{ISIN}").status_code == 200
                assert len(stage.desk("A").instructions(limit=1_000)) == min(1_000, 200 * acknowledged)
            assert http.post("/v1/envelopes", content=raw, headers=BYTES).status_code == 200, "the same bytes again"
            assert http.get("/v1/health").status_code == 200
        stage.close()
        assert verify(tmp_path).good
        stage.open()
        assert stage.desk("A").instruction(200 * (acknowledged + 1)).reference == "stuffing 199"
    finally:
        stage.close()


def test_views_that_found_the_disk_full_go_on_with_the_next_block(tmp_path: Path) -> None:
    stage = opened(tmp_path)
    try:
        stage.views._writer.execute("PRAGMA wal_autocheckpoint = 1")
        with full(stage.views._writer):
            height = stage.market.journal.height()
            while stage.following.failure is None:
                stage.live.send("A", *stuffed(stage))
            assert "full" in str(stage.following.failure)
            assert height <= stage.views.height < stage.market.journal.height()
        stage.live.send("A", sale(stage, "A", Side.DELIVER, "B", reference="at last"))
        assert stage.following.reach(stage.market.journal.height())
        assert stage.following.failure is None
        assert stage.desk("A").instructions(limit=1)[0].reference == "at last"
    finally:
        stage.close()
