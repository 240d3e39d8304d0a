"""The OpenAPI document holds every route, every answer is as it says, and the page needs nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from starlette.routing import Route

from bauhinia.edge.http.app import ADDRESSES
from bauhinia.edge.http.openapi import document, operation_id
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.fees import Fee, FeeItem
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.commands import COMMANDS
from bauhinia.rules.fees import PublishFees
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.networks import CreateNetwork
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.wire.client import Client
from bauhinia.wire.problems import Door
from bauhinia.words.ids import NO_ASSET, PartyNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.edge.http.stage import ISIN, Stage, sale
from tests.rules.deal import NEXT

JSON = "application/json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(ADDRESSES)


def test_every_route_is_described_and_every_description_is_a_route(stage: Stage, described: dict[str, Any]) -> None:
    routes = {
        (route.path, method)
        for route in stage.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    told = {(path, method.upper()) for path, operations in described["paths"].items() for method in operations}
    assert routes == told
    names = [operation_id(address) for address in ADDRESSES]
    assert len(set(names)) == len(names)


def test_the_document_is_served_as_it_is(http: httpx.Client, described: dict[str, Any]) -> None:
    answer = http.get("/openapi.json")
    assert answer.headers["content-type"] == JSON
    assert answer.json() == described
    assert described["openapi"] == "3.1.0"


def test_every_schema_is_one_and_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
    for reference in re.findall(r'#/components/schemas/([^"\']+)', str(described)):
        assert reference in schemas
    for row in COMMANDS:
        assert row.kind.__name__ in schemas
    for path, operations in described["paths"].items():
        for operation in operations.values():
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert operation["summary"]


def _bill(stage: Stage) -> None:
    """Fees are published, and A has the bill of a month."""
    account = stage.live.account("operator")
    prices = (Fee(FeeItem.CUSTODY, 0, Fraction(1, 1_000)), Fee(FeeItem.ACCOUNT, 500))
    proceeds = ((stage.token, account),)
    stage.live.does("operator", PublishFees(SystemNumber(1), "HKD", proceeds, 5, date(2026, 2, 4), prices))
    stage.live.until(date(2026, 3, 2), 23 * 60)
    assert stage.following.reach(stage.market.journal.height())
    assert stage.desk("A").bills()


def test_every_answer_is_as_its_schema_says(stage: Stage, url: str, described: dict[str, Any]) -> None:
    """Each address that answers JSON, asked by the operator and by a holder, filled with what is there."""
    receipt = stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference="described"))
    stage.live.until(NEXT, 23 * 60)  # the register is sealed at the day's end
    assert stage.following.reach(stage.market.journal.height())
    stage.desk("operator").do(DefineSeries("HIBOR 6M", (PartyNumber(stage.parties["A"]),), 1, 9))
    stage.desk("A").do(Observe("HIBOR 6M", date(2026, 2, 2), Fraction("0.031")))
    rules = (Provision("network.claims", "PREFUNDED", "house rule"),)
    money = next(each for each in stage.live.state.assets.values() if each.kind is AssetKind.MONEY and each.on_ledger)
    stage.desk("operator").do(PublishRulebook("network", 1, date(2026, 2, 1), "Rules of a network", (), rules))
    stage.desk("operator").do(CreateNetwork("HKN", money.currency, SystemNumber(1), "network", money.number, NO_ASSET))
    assert stage.following.reach(stage.market.journal.height())
    stage.desk("operator").put_particulars(stage.parties["A"], {"address": "1 Harbour Road"})
    _bill(stage)
    fill = {
        "/v1/parties/{number}": stage.parties["A"],
        "/v1/parties/{number}/particulars": stage.parties["A"],
        "/v1/bonds/{isin}/register/{number}/proof": stage.at["A"],
        "/v1/accounts/{number}": stage.at["A"],
        "/v1/accounts/{number}/entries": stage.at["A"],
        "/v1/accounts/{number}/statement": stage.at["A"],
        "/v1/accounts/{number}/holdings": stage.at["A"],
        "/v1/networks/{number}/report": 1,
        "/v1/bills/{number}": 1,
        "/v1/instructions/{number}": receipt.events[0].instruction,
    }
    needed = {"day": "2026-02-03", "first": "2026-02-02", "last": "2026-02-03"}
    checked = set()
    for address in ADDRESSES:
        if address.method != "GET" or address.media[0] != JSON:
            continue
        parts = {"isin": ISIN, "height": receipt.height, "index": 0, "digest": receipt.digest, "name": 1}
        path = address.path.format(**{**parts, "number": fill.get(address.path, 0)})
        query = "&".join(f"{each.name}={needed[each.name]}" for each in address.query if each.needed)
        target = f"{path}?{query}" if query else path
        content = described["paths"][address.path]["get"]["responses"]["200"]["content"]
        validator: Any = jsonschema_rs.Draft202012Validator(
            {**content[JSON]["schema"], "components": described["components"]}
        )
        for who in ("operator", "A"):
            with Client(url, stage.signer(who)) as client:
                answer = client._http.get(target, headers=client._headers("GET", target))
            if who == "operator" or answer.status_code == 200:
                assert answer.status_code == 200, (target, who, answer.text)
                validator.validate(answer.json())
                checked.add(address.path)
    assert len(checked) >= 25


def test_every_answer_says_that_it_is_not_to_be_kept(http: httpx.Client) -> None:
    for path in ("/v1/market", "/v1/nothing", "/v1/health", "/docs"):
        headers = http.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_page_loads_nothing_from_anywhere(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.findall(r"<(?:script|img|iframe|link)\b|src=|@import|url\(", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    links = set(re.findall(r'href="#([^"]+)"', page.text))
    assert links <= set(re.findall(r'id="([^"]+)"', page.text))
    assert "Instruct" in links


def test_every_reason_has_its_place_where_its_type_points(http: httpx.Client) -> None:
    problem = http.get("/v1/accounts/1").json()
    place, _, anchor = problem["type"].partition("#")
    reference = http.get(place)
    assert reference.status_code == 200
    for name in (anchor, *Reason.__members__, *Door.__members__):
        assert f'<a id="{name}"></a>' in reference.text


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/v1", 404, "NOT_FOUND"),
        ("GET", "/v1/accounts/-1", 404, "NOT_FOUND"),
        ("GET", "/v1/accounts/1e3", 404, "NOT_FOUND"),
        ("GET", "/v1/accounts/99999999999999999999999", 404, "NOT_FOUND"),
        ("PUT", "/v1/accounts", 405, "METHOD"),
        ("GET", "/v1/envelopes", 405, "METHOD"),
        ("GET", "/v1/market?x=1", 400, "QUERY"),
        ("GET", "/v1/market?events=1&events=2", 400, "QUERY"),
        ("GET", "/v1/market?events=-1", 400, "QUERY"),
        ("GET", "/v1/market?events=201", 400, "QUERY"),
        ("GET", "/v1/instructions?pending=yes", 400, "QUERY"),
        ("GET", "/v1/accounts/1/holdings", 400, "QUERY"),
        ("GET", "/v1/accounts/1/holdings?day=2026-02-30", 400, "QUERY"),
        ("GET", "/v1/accounts/1/statement?first=2026-02-03&last=2026-02-02", 400, "QUERY"),
        ("GET", "/v1/blocks/0", 404, "NOT_FOUND"),
    ],
)
def test_what_is_asked_wrongly_is_a_problem(
    http: httpx.Client, method: str, path: str, status: int, reason: str
) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_block_header_is_what_its_hash_is_of(stage: Stage, http: httpx.Client) -> None:
    from hashlib import sha256

    from bauhinia.node.sealing import header_signed

    second, third = http.get("/v1/blocks/2").json(), http.get("/v1/blocks/3").json()
    assert third["previous"] == second["hash"] == sha256(bytes.fromhex(second["header"])).hexdigest()
    assert header_signed(bytes.fromhex(second["signature"]), bytes.fromhex(second["hash"]))


def test_every_address_and_what_may_be_asked_of_it_is_in_the_reference(repository: Path) -> None:
    lines = (repository / "docs" / "reference" / "http.md").read_text("utf-8").splitlines()
    for address in ADDRESSES:
        line = next((each for each in lines if each.startswith(f"| `{address.method} {address.path}` |")), "")
        assert address.says in line, f"docs/reference/http.md lacks {address.method} {address.path}"
        assert all(f"`{query.name}`" in line for query in address.query)
