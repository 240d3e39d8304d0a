"""Registers, statements and proofs: as JSON, and as the files that people keep."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from starlette.responses import Response

from bauhinia.edge import copies
from bauhinia.edge.http.addresses import JSON, Address, Ask, Query
from bauhinia.edge.http.reads import which
from bauhinia.machine.steps import Outcome
from bauhinia.node.proofs import make_outcome_proof, make_register_proof
from bauhinia.node.stored import unpack_outcomes
from bauhinia.views import model, queries
from bauhinia.views.model import Viewer
from bauhinia.views.narrow import narrowed
from bauhinia.views.store import Views
from bauhinia.views.tax_report import TaxStatement
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.ids import EVERYONE, AccountNumber, AssetNumber

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
    return attached(data, JSON, f"proof-{height}-{index}.json")


def prove_row(ask: Ask) -> Response | None:
    """The proof of a holder's row in a register as it was sealed, for the holder, who keeps the register, and
    operators. The state of that block is recovered for it: one proof at a time."""
    account, height = ask.path["number"], ask.query["height"]
    found = queries.sealed(ask.house.views, ask.viewer, which(ask), account, height)
    if found is None:
        return None
    asset, sealed = AssetNumber(found[0]), found[1]
    if not ask.house.proving.acquire(timeout=PATIENCE):
        raise DoorRefused(Door.TOO_MANY, "again in", PATIENCE, "seconds: another proof is being made")
    try:
        data = make_register_proof(ask.house.market.journal, asset, AccountNumber(account), sealed)
    except LookupError:
        return None
    finally:
        ask.house.proving.release()
    return attached(data, JSON, f"proof-register-{asset}-{account}-{sealed}.json")


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
    return attached(copies.filed(made(), form), copies.MEDIA[form], f"{name}.{form}")


def attached(data: bytes, media: str, name: str) -> Response:
    """A file that a browser keeps under a name."""
    return Response(data, media_type=media, headers={"Content-Disposition": f"attachment; filename={name}"})


def register(ask: Ask) -> model.RegisterCopy | Response | None:
    found = queries.register(ask.house.views, ask.viewer, which(ask), ask.house.personal)
    form = ask.query["format"]
    return found if found is None or form == "json" else attached(*copies.register_file(found, form))


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


def tax(ask: Ask) -> TaxStatement | Response | None:
    found = queries.tax(ask.house.views, ask.viewer, which(ask))
    if found is None:
        return None
    return paper(ask, f"tax-{found.isin}", lambda: sheets().tax_sheet(found.isin, found.lines)) or found


def sheets() -> ModuleType:
    """What makes sheets, loaded when one is made."""
    from bauhinia.views import statements

    return statements


PATIENCE = 5  # seconds that a proof waits for its turn
HEIGHT = Query("height", "number", "The last seal up to this block; 0 is the last of all.", 0)
EACH = (JSON, "text/csv", "application/pdf")
FORMAT = Query("format", "text", "JSON, or a file.", "json", choices=("json", "csv", "pdf"))
DAY = Query("day", "date", "The business day.", needed=True)
FIRST = Query("first", "date", "The first business day.", needed=True)
LAST = Query("last", "date", "The last business day.", needed=True)
FILES: tuple[Address, ...] = (
    Address(
        "GET",
        "/v1/bonds/{isin}/register",
        "A copy of a bond's register, for who may take one. Whoever neither keeps the register nor acts on it signs "
        "for it first, by `request_copy`, and has it until the day is over; else NOT_SIGNED_FOR.",
        register,
        model.RegisterCopy,
        (FORMAT,),
        media=EACH,
    ),
    Address(
        "GET",
        "/v1/bonds/{isin}/register/{number}/proof",
        "The proof of an account's row in the register as it was sealed last, up to a signed header; for its holder, "
        "who keeps the register, and operators.",
        prove_row,
        {"type": "object"},
        (HEIGHT,),
    ),
    Address(
        "GET",
        "/v1/bonds/{isin}/tax",
        "What is withheld of holders of record at which rate: all to the withholding agent and the authority, to "
        "others of the accounts that they hold, keep or may view.",
        tax,
        TaxStatement,
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
