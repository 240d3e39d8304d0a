"""A holder's stream: every event it may know of, each once and in order, over reconnects and restarts."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.edge.http.limits import Limits
from bauhinia.ledger.instructions import Side
from bauhinia.wire.asking import Claim, read_signed
from bauhinia.wire.client import Client
from tests.edge.http.stage import Stage, keys_of, opened, sale

TARGET = "/v1/events/stream"


def header(stage: Stage, who: str, target: str = TARGET) -> dict[str, str]:
    key, party, time = keys_of(who)[0], stage.parties[who], stage.clock()
    signature = key.sign(read_signed(stage.market.ledger, party, time, "GET", target)).signature
    return {"Authorization": Claim(party, key.verify_key.encode(), time, signature).header()}


def told(response: httpx.Response) -> Generator[tuple[str, dict[str, Any]], None, None]:
    """The cursor and the data of each event of a stream."""
    cursor = ""
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            cursor = value
        elif name == "data":
            yield cursor, json.loads(value)


def take(stage: Stage, url: str, who: str, after: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """So many events of a new connection that comes with the last cursor it saw, as a browser does."""
    headers = {**header(stage, who), "Last-Event-ID": after}
    with httpx.Client(base_url=url, timeout=20) as http, http.stream("GET", TARGET, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        events = told(response)
        return [next(events) for _ in range(count)]


def all_events(stage: Stage, who: str) -> list[tuple[str, str]]:
    desk, after, found = stage.desk(who), "", list[tuple[str, str]]()
    while (page := desk.events(after, 7)).events:
        found += [(each.cursor, each.kind) for each in page.events]
        after = page.after
    return found


def test_a_stream_resumes_over_reconnects_and_a_restart_without_loss_or_repeat(tmp_path: Path) -> None:
    stage, after, seen = opened(tmp_path), "", list[tuple[str, dict[str, Any]]]()
    try:
        for life in range(2):
            with stage.served() as url:
                for part in range(3):
                    for trade in range(2):
                        reference = f"{life}{part}{trade}"
                        stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference=reference))
                        stage.desk("B").do(sale(stage, "B", Side.RECEIVE, "A", 2_000, 1_980, reference=reference))
                    got = take(stage, url, "A", after, 3 + part)
                    seen += got
                    after = got[-1][0]
            stage.restart()
        with stage.served() as url:
            rest = len(all_events(stage, "A")) - len(seen)
            assert rest > 0
            seen += take(stage, url, "A", after, rest)
        cursors = [cursor for cursor, _ in seen]
        assert len(set(cursors)) == len(cursors)
        assert [(cursor, event["kind"]) for cursor, event in seen] == all_events(stage, "A")
        own = [e["fields"]["order"]["reference"] for _, e in seen if e["kind"] == "Instructed"]
        assert own == [f"{life}{part}{trade}" for life in range(2) for part in range(3) for trade in range(2)]
    finally:
        stage.close()


def test_what_happens_while_one_listens_comes_at_once_and_only_to_whom_it_may(stage: Stage, url: str) -> None:
    with Client(url, stage.signer("A")) as a, Client(url, stage.signer("B")) as b:
        mine, others = a.follow(a.events(limit=1_000).after), b.follow(b.events(limit=1_000).after)
        stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference="only A"))
        assert next(mine).fields["order"]["reference"] == "only A"
        stage.desk("B").do(sale(stage, "B", Side.DELIVER, "A", reference="only B"))
        assert next(others).fields["order"]["reference"] == "only B", "A's came before, and was not told"


def test_a_desk_in_the_process_follows_as_a_client_does(stage: Stage, url: str) -> None:
    with Client(url, stage.signer("A")) as client:
        local, remote = stage.desk("A").follow(), client.follow()
        for _ in range(12):
            assert next(local) == next(remote)


def test_a_stream_ends_when_the_key_is_the_partys_no_more(stage: Stage, url: str) -> None:
    from bauhinia.node.keys import play_key
    from bauhinia.rules.onboarding import RotateKeys

    with (
        httpx.Client(base_url=url, timeout=20) as http,
        http.stream("GET", TARGET, headers=header(stage, "Lead")) as response,
    ):
        events = told(response)
        next(events)
        fresh = tuple(play_key("Lead, again", person).public for person in ("maker", "checker"))
        stage.desk("Lead").do(RotateKeys(fresh, 1))
        assert sum(1 for _ in events) < 1_000, "it ends"


def test_a_cursor_of_someone_else_is_refused(stage: Stage, url: str, http: httpx.Client) -> None:
    for cursor in ("x", "1.2.3", "-1", "1.5e3"):
        answer = http.get("/v1/events", params={"after": cursor})
        assert (answer.status_code, answer.json()["reason"]) == (422, "TEXT")
        streamed = http.get(TARGET, headers={"Last-Event-ID": cursor})
        assert (streamed.status_code, streamed.json()["reason"]) == (422, "TEXT")


def test_an_asker_may_have_so_many_streams_open_and_a_closed_one_makes_room(tmp_path: Path) -> None:
    stage = opened(tmp_path, limits=Limits(streams=1))
    try:
        with (
            stage.served() as url,
            httpx.Client(base_url=url, timeout=20) as http,
            http.stream("GET", TARGET, headers=header(stage, "A")) as first,
        ):
            events = told(first)  # kept: a stream that nobody reads on is closed
            next(events)
            second = http.get(TARGET, headers=header(stage, "A"))
            assert (second.status_code, second.json()["reason"]) == (429, "TOO_MANY")
            with http.stream("GET", TARGET, headers=header(stage, "B")) as other:
                assert other.status_code == 200
            events.close()
            again = take(stage, url, "A", "", 1)
            assert again[0][1]["kind"] == "PartyRegistered"
        assert len(stage.app.state.house.streams) == 0
    finally:
        stage.close()


@pytest.mark.parametrize("after", ["", "from the query"])
def test_a_stream_begins_where_it_is_asked_to(stage: Stage, url: str, after: str) -> None:
    start = stage.desk("A").events(limit=3).after if after else ""
    target = f"{TARGET}?after={start}"
    with (
        httpx.Client(base_url=url, timeout=20) as http,
        http.stream("GET", target, headers=header(stage, "A", target)) as response,
    ):
        cursor, _ = next(told(response))
    assert cursor == stage.desk("A").events(start, 1).events[0].cursor
