"""How envelopes come in: as bytes, or in parts from those who sign elsewhere; and what became of one."""

from __future__ import annotations

import asyncio
import re

from starlette.responses import Response

from bauhinia.edge.http.addresses import JSON, Address, Ask, Query
from bauhinia.edge.http.limits import LARGEST_ENVELOPE
from bauhinia.node.market import Receipt as Told
from bauhinia.views import queries
from bauhinia.views.model import Viewer
from bauhinia.wire.answers import Commanded, ToSign, Unsealed, top_nonce
from bauhinia.wire.desk import GOOD_FOR
from bauhinia.wire.envelopes import digest_of
from bauhinia.wire.forms import BadForm, body_of, from_json, from_plain, parse, read_commands, to_json
from bauhinia.wire.particulars import Binding, GivenParticulars, put_particulars
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.wire.receipts import Place, Receipt, receipt, receipt_form
from bauhinia.words.codec import Malformed
from bauhinia.words.dates import DAY
from bauhinia.words.frame import LARGEST_BODY, MOST_SIGNATURES, seal, signed_part, unseal
from bauhinia.words.reasons import Reason, Refused

BYTES = "application/octet-stream"
_DIGEST = re.compile("[0-9a-f]{64}")
_U32, _U64 = 1 << 32, 1 << 64


async def post_envelope(ask: Ask) -> Response:
    """Take an envelope in, and answer once it is durable and the views hold it: who reads next sees what it did."""
    house, raw = ask.house, _raw(ask)
    try:
        party = unseal(raw).party
    except Malformed as malformed:
        raise Refused(Reason.MALFORMED, malformed) from None
    told = await asyncio.wrap_future(house.market.submit(raw))
    place = _placed(digest_of(raw), told)
    refused = place.turned_away()
    if refused is not None:
        house.metrics.command(refused.reason.name)
        raise refused
    house.envelopes.keep(place.digest, place.height, place.index)
    for outcome in place.outcomes:
        house.metrics.command(Reason(outcome.code).name if outcome.code else "ACCEPTED")
    if not await house.feed.beyond(place.height - 1, house.limits.seconds):
        raise DoorRefused(Door.TOO_SLOW, "it stands in block", place.height, "which the views do not hold yet")
    return _answer(await house.in_thread(_receipt, ask, party, place))


def _raw(ask: Ask) -> bytes:
    """The envelope's bytes, from whichever form it came in."""
    if not ask.request.headers.get("content-type", "").startswith(JSON):
        return ask.body
    parts = from_json(Unsealed, ask.body)
    _check_head(parts.party, parts.nonce, parts.good_until)
    if not 1 <= len(parts.signatures) <= MOST_SIGNATURES:
        raise BadForm("signatures", f"there are {len(parts.signatures)}, not 1 to {MOST_SIGNATURES}")
    for number, each in enumerate(parts.signatures):
        if len(each.key) != 32 or len(each.signature) != 64:
            raise BadForm(f"signatures[{number}]", "a key has 32 bytes, a signature 64")
    signatures = [(each.key, each.signature) for each in parts.signatures]
    return seal(ask.house.market.ledger, parts.party, parts.nonce, parts.good_until, parts.body, signatures)


def _check_head(party: int, nonce: int, good_until: int) -> None:
    for field, value, limit in (("party", party, _U32), ("nonce", nonce, _U64), ("good_until", good_until, 1 << 63)):
        if not 0 <= value < limit:
            raise BadForm(field, f"{value} is not a number from 0 to {limit - 1}")


def _placed(digest: str, told: Told) -> Place:
    return Place(digest, told.height, told.index, told.header, told.outcomes, told.caused)


def _receipt(ask: Ask, party: int, place: Place) -> Receipt:
    return receipt(ask.house.views, queries.viewer(ask.house.views, party), place)


def _answer(found: Receipt) -> Response:
    return Response(to_json(receipt_form(found)), media_type=JSON)


def get_envelope(ask: Ask) -> Response | None:
    """What an envelope came to, for the party that sent it, and operators: how one who lost the answer finds out."""
    digest: str = ask.path["digest"]
    viewer: Viewer = ask.viewer
    if not viewer.party or not _DIGEST.fullmatch(digest):
        return None
    place = ask.house.envelopes.find(digest, ask.query["after"])
    if place is None or (place.party != viewer.party and not viewer.operator):
        return None
    ask.house.following.reach(place.height, ask.house.limits.seconds)
    return _answer(receipt(ask.house.views, viewer, place))


def commands_bytes(ask: Ask) -> ToSign:
    """The canonical bytes of commands, and what each signer is to sign: for those whose keys are elsewhere."""
    form = parse(ask.body)
    commands = read_commands(form.get("commands") if isinstance(form, dict) else None)
    head = from_plain(Commanded, {**form, "commands": []})
    _check_head(head.party, head.nonce, head.good_until)
    body = body_of(commands)
    if len(body) > LARGEST_BODY:
        raise BadForm("commands", f"come to {len(body)} bytes, over {LARGEST_BODY}")
    nonce, good_until = _proposed(ask, head)
    signed = signed_part(ask.house.market.ledger, head.party, nonce, good_until, body)
    return ToSign(ask.house.market.ledger.hex(), head.party, nonce, good_until, body, signed)


def _proposed(ask: Ask, head: Commanded) -> tuple[int, int]:
    """The nonce and the good-until time of an envelope, proposed where the asker gives none. How many nonces a party
    has used up is its own business."""
    if not head.nonce and head.party != ask.viewer.party:
        raise BadForm("nonce", "is needed: only the party itself is told the next one")
    market, house = ask.house.market, ask.house
    top, now, told = market.read(lambda state: (top_nonce(state, head.party), state.time, state.settings.told_time))
    good_until = now + DAY if told else house.clock() + GOOD_FOR
    return head.nonce or top + 1, head.good_until or good_until


def keep_particulars(ask: Ask) -> Binding | None:
    """Kept beside the ledger, to be bound by a command of who puts them in; no envelope, and nothing on the ledger."""
    given = from_json(GivenParticulars, ask.body)
    return put_particulars(ask.house.market, ask.house.views, ask.viewer, ask.path["number"], given)


LARGEST_PARTICULARS = 1 << 17
AFTER_HEIGHT = Query("after", "number", "Only in blocks after this height, where the asker knows one.", 0)
ANY_COMMAND = {"$ref": "#/components/schemas/AnyCommand"}
COMMANDED = {
    "type": "object",
    "properties": {
        "commands": {"oneOf": [ANY_COMMAND, {"type": "array", "items": ANY_COMMAND, "minItems": 1}]},
        "party": {"type": "integer", "minimum": 1},
        "nonce": {"type": "integer", "minimum": 0, "default": 0},
        "good_until": {"type": "integer", "minimum": 0, "default": 0},
    },
    "required": ["commands", "party"],
    "additionalProperties": False,
}
WRITES = (
    Address(
        "POST",
        "/v1/envelopes",
        "Send an envelope, signed. The receipt comes when its block is durable.",
        post_envelope,
        Receipt,
        takes={BYTES: bytes, JSON: Unsealed},
        largest=2 * LARGEST_ENVELOPE + 4_096,  # hexadecimal digits are two a byte
        waits=True,
        anonymous=True,
    ),
    Address(
        "GET",
        "/v1/envelopes/{digest}",
        "What an envelope came to, for the party that sent it: where an answer was lost, this finds it.",
        get_envelope,
        Receipt,
        (AFTER_HEIGHT,),
    ),
    Address(
        "PUT",
        "/v1/parties/{number}/particulars",
        "Keep a party's name, address and the like beside the ledger, for who keeps its account or a register of it. "
        "What comes back is to be bound by `record_holder_data`: registers show only what the ledger binds.",
        keep_particulars,
        Binding,
        takes={JSON: GivenParticulars},
        largest=LARGEST_PARTICULARS,
    ),
    Address(
        "POST",
        "/v1/commands/bytes",
        "Commands as the canonical bytes that are signed. Nothing is sent to the market.",
        commands_bytes,
        ToSign,
        takes={JSON: COMMANDED},
        largest=4 << 20,
    ),
)
