"""Particulars: the name, address and whatever else a register must show of a party, kept beside the ledger.

Who keeps a party's account, or a register in which it stands, puts them in, and binds the ledger to them by
`RecordHolderData` with the commitment it was given. Only what the ledger binds is ever shown in a register.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.node.market import Market
from bauhinia.views import model, queries
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.wire.forms import BadForm
from bauhinia.words.ids import PartyNumber

MOST_FIELDS, LONGEST_NAME, LONGEST_TEXT = 32, 64, 500
SALT_BYTES = (16, 64)  # at least, at most


@dataclass(frozen=True, slots=True)
class GivenParticulars:
    """What is to be kept of a party: texts by what they are, `name` and `address` those that registers show. With
    `salt`, hexadecimal, where the ledger is bound to them already."""

    data: dict[str, str]
    salt: bytes = b""


@dataclass(frozen=True, slots=True)
class Binding:
    """What binds particulars, hexadecimal: SHA-256 of the salt and of the data as JSON, keys sorted, without blanks.
    `bound` is whether the ledger holds the commitment."""

    party: int
    salt: bytes
    commitment: bytes
    bound: bool


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is kept of a party. `bound` is whether the ledger holds the commitment to it: else no register shows it."""

    party: int
    data: dict[str, str]
    salt: bytes
    commitment: bytes
    bound: bool


def personal_of(market: Market) -> queries.Personal:
    """What registers show of a party: its data beside the ledger, where the ledger's commitment binds them."""

    def personal(party: int, bound: bytes) -> model.PersonalData | None:
        found = market.personal.get(PartyNumber(party), bound) if bound else None
        if found is None:
            return None
        return model.PersonalData(str(found.data.get("name", "")), str(found.data.get("address", "")))

    return personal


def put_particulars(
    market: Market, views: Views, viewer: Viewer, party: int, given: GivenParticulars
) -> Binding | None:
    """Keep a party's particulars, for who keeps its account or a register in which it stands; None for others."""
    row = queries.kept_party(views, viewer, party)
    if row is None:
        return None
    _check(given)
    salt, commitment = market.personal.put(PartyNumber(party), given.data, salt=given.salt, bound=row.commitment)
    return Binding(party, salt, commitment, commitment == row.commitment)


def particulars(market: Market, views: Views, viewer: Viewer, party: int) -> Particulars | None:
    """What is kept of a party, for itself and for who keeps it; what the ledger binds before what only waits."""
    row = queries.kept_party(views, viewer, party, itself=True)
    if row is None:
        return None
    number = PartyNumber(party)
    found = (market.personal.get(number, row.commitment) if row.commitment else None) or market.personal.get(number)
    if found is None:
        return None
    return Particulars(party, found.data, found.salt, found.commitment, found.commitment == row.commitment)


def _check(given: GivenParticulars) -> None:
    if not 1 <= len(given.data) <= MOST_FIELDS:
        raise BadForm("data", f"holds {len(given.data)} texts, not 1 to {MOST_FIELDS}")
    for name, text in given.data.items():
        for said, most in ((name, LONGEST_NAME), (text, LONGEST_TEXT)):
            if not 0 < len(said) <= most or not said.isprintable():
                raise BadForm(f"data.{name[:LONGEST_NAME]}", f"takes 1 to {most} letters that can be printed")
    least, most = SALT_BYTES
    if given.salt and not least <= len(given.salt) <= most:
        raise BadForm("salt", f"has {len(given.salt)} bytes, not {least} to {most}")
