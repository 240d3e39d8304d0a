"""Registers, statements and proofs: as JSON, and as the files that people keep."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from starlette.responses import Response

from bauhinia.edge.http.addresses import JSON, Address, Ask, Query
from bauhinia.edge.http.reads import which
from bauhinia.machine.steps import Outcome
from bauhinia.node.proofs import make_outcome_proof
from bauhinia.node.stored import unpack_outcomes
from bauhinia.views import model, queries
from bauhinia.views.model import Viewer
from bauhinia.views.narrow import narrowed
from bauhinia.views.store import Views
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.ids import EVERYONE

if TYPE_CHECKING:
    from bauhinia.views.paper import Sheet


def prove(ask: Ask) -> Response | None:
    """A proof shows a whole outcome, so it is for who may know the whole."""
    journal, height, index = ask.house.market.journal, ask.path["height"], ask.path["index"]
    stored = journal.block(height)
    told = unpack_outcomes(stored.outcomes) if stored else []
    if not index < len(told) or not _knows_all(ask.house.views, ask.viewer, told[index].outcome()):
        return None
    data = make_outcome_proof(journal, height, index)
    name = f"attachment; filename=proof-{height}-{index}.json"
    return Response(data, media_type=JSON, headers={"Content-Disposition": name})


def _knows_all(views: Views, viewer: Viewer, outcome: Outcome) -> bool:
    if viewer.operator:
        return True
    if not outcome.events:
        return bool(viewer.party) and outcome.party == viewer.party
    with views.reading() as db:
        return all(
            (viewer.party in audience or EVERYONE in audience) and narrowed(db, viewer, event) == event
            for event, audience in zip(outcome.events, outcome.audiences, strict=True)
        )


def paper(ask: Ask, name: str, made: Callable[[], Sheet]) -> Response | None:
    """A file, where one is asked for; None where JSON is."""
    form = ask.query["format"]
    if form == "json":
        return None
    from bauhinia.views.paper import to_csv, to_pdf  # what draws is loaded when something is drawn

    data = to_pdf(made()) if form == "pdf" else to_csv(made()).encode()
    media = MEDIA[form]
    return Response(data, media_type=media, headers={"Content-Disposition": f"attachment; filename={name}.{form}"})


def register(ask: Ask) -> model.RegisterCopy | Response | None:
    found = queries.register(ask.house.views, ask.viewer, which(ask), ask.house.personal)
    if found is None:
        return None
    return paper(ask, f"register-{found.asset}-{found.height}", lambda: sheets().register_sheet(found)) or found


def holdings(ask: Ask) -> model.HoldingsStatement | Response | None:
    number, day = ask.path["number"], ask.query["day"]
    found = queries.holdings_statement(ask.house.views, ask.viewer, number, day)
    if found is None:
        return None
    return paper(ask, f"holdings-{number}-{day}", lambda: sheets().holdings_sheet(found)) or found


def statement(ask: Ask) -> model.TransactionsStatement | Response | None:
    number, first, last = ask.path["number"], ask.query["first"], ask.query["last"]
    if last < first:
        raise DoorRefused(Door.QUERY, "last", "is before first")
    found = queries.transactions_statement(ask.house.views, ask.viewer, number, first, last)
    if found is None:
        return None
    return paper(ask, f"statement-{number}-{first}-{last}", lambda: sheets().transactions_sheet(found)) or found


def sheets() -> ModuleType:
    """What makes sheets, loaded when one is made."""
    from bauhinia.views import statements

    return statements


MEDIA = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
EACH = (JSON, "text/csv", "application/pdf")
FORMAT = Query("format", "text", "JSON, or a file.", "json", choices=("json", "csv", "pdf"))
DAY = Query("day", "date", "The business day.", needed=True)
FIRST = Query("first", "date", "The first business day.", needed=True)
LAST = Query("last", "date", "The last business day.", needed=True)
FILES: tuple[Address, ...] = (
    Address(
        "GET",
        "/v1/bonds/{isin}/register",
        "A copy of a bond's register, for who may take one.",
        register,
        model.RegisterCopy,
        (FORMAT,),
        media=EACH,
    ),
    Address(
        "GET",
        "/v1/accounts/{number}/holdings",
        "What an account held at the end of a day.",
        holdings,
        model.HoldingsStatement,
        (DAY, FORMAT),
        media=EACH,
    ),
    Address(
        "GET",
        "/v1/accounts/{number}/statement",
        "The entries of an account over business days, with what it held before and after.",
        statement,
        model.TransactionsStatement,
        (FIRST, LAST, FORMAT),
        media=EACH,
    ),
    Address(
        "GET",
        "/v1/proofs/{height}/{index}",
        "The proof that an outcome stands in a block, up to a signed header; for who may know the whole outcome.",
        prove,
        {"type": "object"},
    ),
)
