"""How large, how long and how often; and what is answered when the market cannot."""

from __future__ import annotations

import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.edge.http.limits import Limits, Rates
from bauhinia.ledger.instructions import Side
from bauhinia.node.market import Busy, Halted
from bauhinia.wire.client import Client
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.dates import SECOND
from tests.edge.http.stage import Stage, opened, sale


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
