"""What the door says of itself: who one is to it, sessions, headers of blocks, health, and its own description."""

from __future__ import annotations

from functools import cache
from html import escape
from ipaddress import ip_address
from typing import Any

from starlette.responses import Response

from bauhinia.edge.http import metrics
from bauhinia.edge.http.addresses import JSON, Address, Ask
from bauhinia.edge.http.gate import SESSION
from bauhinia.node.stored import read_header
from bauhinia.wire.answers import Asked, BlockHeader, Health, asked_of, block_header
from bauhinia.wire.asking import COOKIE, Answer, Challenge, Session
from bauhinia.wire.forms import from_json, to_json
from bauhinia.wire.problems import REFERENCE, reference
from bauhinia.words.dates import SECOND

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def asker(ask: Ask) -> Asked:
    """Who the door takes the asker for, and the ledger that it signs for."""
    return asked_of(ask.house.market, ask.house.views, ask.viewer)


def challenge(ask: Ask) -> Challenge:
    return ask.house.gate.challenge()


def open_session(ask: Ask) -> Response:
    """A session; the token goes out as a cookie too, which no script can read, for the browser's streams."""
    session = ask.house.gate.open(from_json(Answer, ask.body))
    response = Response(to_json(session), 201, media_type=JSON)
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=SESSION // SECOND,
        httponly=True,
        samesite="strict",
        secure=ask.request.url.scheme == "https",
    )
    return response


def close_session(ask: Ask) -> Response:
    ask.house.gate.close(ask.request)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def block(ask: Ask) -> BlockHeader | None:
    stored = ask.house.market.journal.block(ask.path["height"])
    return None if stored is None else block_header(read_header(stored.header), stored.signature)


def health(ask: Ask) -> Response:
    """Well where envelopes are taken in and the views follow; 503 otherwise, so that a balancer sees it."""
    status, failure = ask.house.market.status(), ask.house.following.failure
    well = Health(
        not status.halted and failure is None,
        not status.halted,
        failure is None,
        status.halted if ask.viewer.operator else ("" if not status.halted else "the market takes nothing in"),
    )
    return Response(to_json(well), 200 if well.healthy else 503, media_type=JSON)


def count(ask: Ask) -> Response | None:
    """What the door counts, for operators and for this machine."""
    if not ask.viewer.operator and not _from_here(ask):
        return None
    return Response(ask.house.metrics.text(), media_type=metrics.CONTENT_TYPE)


def _from_here(ask: Ask) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it."""
    client, headers = ask.request.client, ask.request.headers
    try:
        here = client is not None and ip_address(client.host).is_loopback
    except ValueError:
        return False
    return here and not any(name in headers for name in FORWARDED)


def openapi(ask: Ask) -> Response:
    return Response(ask.request.app.state.document, media_type=JSON)


def docs(ask: Ask) -> Response:
    return Response(ask.request.app.state.page, media_type="text/html; charset=utf-8")


def reasons(_ask: Ask) -> Response:
    return Response(_reasons(), media_type="text/markdown; charset=utf-8")


@cache
def _reasons() -> str:
    return reference()


SERVICE = (
    Address("GET", "/v1/asker", "Who the door takes the asker for, and its highest nonce.", asker, Asked),
    Address(
        "POST", "/v1/challenges", "Something to sign, to open a session with.", challenge, Challenge, status=201,
        anonymous=True,
    ),
    Address(
        "POST", "/v1/sessions", "Open a session with a signed challenge.", open_session, Session,
        takes={JSON: Answer}, largest=4_096, status=201, anonymous=True,
    ),
    Address(
        "DELETE", "/v1/sessions", "End the session that the request comes with.", close_session, None, status=204,
        anonymous=True,
    ),
    Address("GET", "/v1/blocks/{height}", "The header of a block, which binds all before it.", block, BlockHeader),
    Address("GET", "/v1/health", "Whether the node takes envelopes in. 503 where it does not.", health, Health),
    Address(
        "GET", "/metrics", "Counters for Prometheus. For operators, and for readers on this machine.", count, str,
        media=("text/plain",),
    ),
    Address("GET", "/openapi.json", "This description.", openapi, {"type": "object"}, anonymous=True),
    Address("GET", "/docs", "This description, to read.", docs, str, media=("text/html",), anonymous=True),
    Address(
        "GET", REFERENCE, "Every reason, by its name.", reasons, str, media=("text/markdown",), anonymous=True
    ),
)  # fmt: skip


def docs_page(document: dict[str, Any]) -> bytes:
    """The description as a page of its own: no script, nothing loaded from anywhere."""
    parts = [
        _HEAD,
        f"<p>{escape(document['info']['description'])}</p>",
        '<p><a href="openapi.json">OpenAPI 3.1</a></p>',
    ]
    parts.append("<h2>Addresses</h2>")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(method, path, operation))
    parts.append("<h2>Commands, events and answers</h2>")
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts.append(_schema(name, schema))
    parts.append("</main></html>")
    return "\n".join(parts).encode()


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code><td>{escape(each['in'])}<td>{escape(each['description'])}"
        for each in operation["parameters"]
    )
    table = f"<table>{rows}</table>" if rows else ""
    answer = next(iter(operation["responses"].values())).get("content", {})
    links = " ".join(f"{escape(media)} {_link(body['schema'])}" for media, body in answer.items())
    return (
        f'<section id="{escape(operation["operationId"])}"><h3><b>{method.upper()}</b> {escape(path)}</h3>'
        f"<p>{escape(operation['description'])}</p>{table}<p>{links}</p></section>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    title = f'<section id="{escape(name)}"><h3>{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>'
    if "enum" in schema:
        return f"{title}<p>{' '.join(f'<code>{escape(each)}</code>' for each in schema['enum'])}</p></section>"
    if "oneOf" in schema:
        return f"{title}<p>{' '.join(map(_link, schema['oneOf']))}</p></section>"
    needed = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code><td>{_link(kind)}<td>{'' if field in needed else 'may be left out'}"
        for field, kind in schema.get("properties", {}).items()
    )
    return f"{title}<table>{rows}</table></section>"


def _link(schema: dict[str, Any]) -> str:
    """What a schema is, in a word."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "items" in schema:
        return f"list of {_link(schema['items'])}"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(map(_link, schema[several]))
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    return escape(schema.get("format") or schema.get("type") or "anything")


_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Bauhinia: the HTTP API</title><style>
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1c1c1c;background:#fff}
main{max-width:60rem;margin:0 auto;padding:1rem}
h3{font:500 1.1rem ui-monospace,monospace;border-top:1px solid #ddd;padding-top:.8rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td{padding:.15rem .8rem .15rem 0;vertical-align:top;overflow-wrap:anywhere}
code{font-size:.9em}@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}a{color:#9cc4ff}
h3{border-color:#333}}
</style><main><h1>The HTTP API</h1>"""
