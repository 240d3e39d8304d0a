"""What happened, as people tell it: events with the names of those they concern, without the clockwork between them.

A tale is made of events that the viewer may know of, and of names that it may know; it tells nothing beyond them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.edge.console.phrases import day, word
from bauhinia.views.model import EventLine
from bauhinia.views.series import value_text
from bauhinia.words.money import format_rate, format_units, minor_units

# what only keeps the ledger's clock and books going; the API tells these too
HIDDEN = (
    "TimeSet", "Retried", "Ordered", "PayoutOrdered", "FundingOrdered", "PagePaid", "TierPaid", "PaymentBegan",
    "PaymentEnded", "DetectionEnded", "ActionsPlanned", "BookOpened", "PaymentAsked", "AllotmentReleased",
    "ClassesRenewed", "PayoutMade", "StateSealed", "PayingAccountAppointed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asset:
    """What an asset is called, and how its amounts are written."""

    name: str
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True)
class Tale:
    """One line of a log; `key` is the event's cursor."""

    key: str
    time: int
    height: int
    kind: str
    text: str


Fields = Mapping[str, Any]
UNNAMED = ("account ", "party ", "asset ", "someone")  # what stands for a name that the viewer may not know


@dataclass(slots=True)
class Names:
    """The names that a viewer may know, by number; and the legs of transactions that it was told of."""

    parties: Mapping[int, str]
    assets: Mapping[int, Asset]
    accounts: Mapping[int, str]
    systems: Mapping[int, str]
    moves: dict[int, Fields]

    def party(self, number: int) -> str:
        return self.parties.get(number) or (f"party {number}" if number else "someone")

    def asset(self, number: int) -> str:
        return self.assets[number].name if number in self.assets else f"asset {number}"

    def account(self, number: int) -> str:
        return self.accounts.get(number) or f"account {number}"

    def amount(self, asset: int, units: int) -> str:
        found = self.assets.get(asset)
        return f"{found.currency} {format_units(units, found.exponent)}" if found else f"{units:,} units"

    def of(self, asset: int, units: int) -> str:
        """HKD 1,000.00 of a bond, or e-HKD 1,000.00."""
        found = self.assets.get(asset)
        if found is None:
            return f"{units:,} units of asset {asset}"
        return f"{found.currency} {format_units(units, found.exponent)} of {found.name}"


def told(events: Iterable[EventLine], names: Names, most: int) -> list[Tale]:
    """The tales of events (newest first), at most so many; the clockwork is left out."""
    seen = list(events)
    for event in seen:
        if event.kind in ("Ordered", "Matched"):
            names.moves.setdefault(event.fields["transaction"], event.fields)
        if event.kind == "Parted":  # newest first: what is left after the last part is what settles last
            names.moves[event.fields["part"]] = event.fields
            names.moves.setdefault(event.fields["transaction"], {"legs": event.fields["rest"]})
    found: list[Tale] = []
    for event in seen:
        text = tale(event, names)
        last = found[-1] if found else None
        quiet = event.kind == "PhaseBegan" and last is not None and last.kind == event.kind
        if text and not quiet and (last is None or last.text != text):  # of days without more, the latest is enough
            text = text[:1].upper() + text[1:] if text.startswith(UNNAMED) else text
            found.append(Tale(event.cursor, event.time, event.height, event.kind, text))
        if len(found) == most:
            break
    return found


def tale(event: EventLine, names: Names) -> str:
    """An event in a sentence; empty for the clockwork. One without a sentence of its own is told as the views do."""
    if event.kind in HIDDEN:
        return ""
    teller = TELLERS.get(event.kind)
    if teller is None:
        return event.text
    try:
        said = teller(event.fields, names)
        named = event.bond in names.assets and names.assets[event.bond].name
        return f"{named}: {said}" if said and named and named not in said else said
    except (LookupError, TypeError, ValueError):  # of an event that the viewer may know only a part of
        return event.text


def _phase(fields: Fields, names: Names) -> str:
    if fields["phase"] != "OPEN":
        return ""
    return f"{names.systems.get(fields['system'], 'A system')} opened for {_day(fields['date'])}"


def _waits(fields: Fields, names: Names) -> str:
    return (
        "" if fields["reason"] in ("FUTU", "CONF") else f"Transaction {fields['transaction']} waits: {fields['reason']}"
    )


def _settled(fields: Fields, names: Names) -> str:
    return "; ".join(_moved(number, names) for number in fields["transactions"])


def _moved(number: int, names: Names) -> str:
    move = names.moves.get(number)
    if move is None:
        return f"Transaction {number} settled"
    parts = [
        f"{names.of(leg['asset'], leg['amount'])} from {names.account(leg['giver'])} to {names.account(leg['taker'])}"
        for leg in move["legs"][:2]
    ]
    if len(move["legs"]) > 2:
        parts.append(f"{len(move['legs']) - 2} legs more")
    if move.get("money"):
        paid = names.amount(move["money"], move["amount"])
        payer, payee = names.party(move["payer"]), names.party(move["payee"])
        parts.append(f"{paid} paid by {payer} to {payee} in {names.asset(move['money'])}")
    kind = word(move["kind"]) if "kind" in move else "Trade"
    return f"{kind} settled: {', '.join(parts)}"


def _reconciled(fields: Fields, names: Names) -> str:
    return f"Reconciliation of {_day(fields['day'])} found {fields['found']} differences" if fields["found"] else ""


def _instructed(fields: Fields, names: Names) -> str:
    order = fields["order"]
    against = f" for {names.amount(order['money'], order['amount'])}" if order["money"] else ", free of payment"
    what = f"{order['side'].lower()} {names.of(order['asset'], order['quantity'])}{against}"
    return f"{names.party(fields['party'])} instructed: {what}, with {names.party(order['counterparty'])}"


def _parted(fields: Fields, names: Names) -> str:
    leg = fields["legs"][0] if fields["legs"] else None
    return f"Trade settles in part: {names.of(leg['asset'], fields['quantity'])}" if leg else "Trade settles in part"


def _alleged(fields: Fields, names: Names) -> str:
    against = f" for {names.amount(fields['money'], fields['amount'])}" if fields["money"] else ", free of payment"
    what = f"{fields['side'].lower()} {names.of(fields['asset'], fields['quantity'])}{against}"
    return f"{names.party(fields['party'])} alleges to {what}: no instruction of yours agrees"


def _matched(fields: Fields, names: Names) -> str:
    leg = fields["legs"][0] if fields["legs"] else None
    return f"Instructions matched: {names.of(leg['asset'], leg['amount'])}" if leg else "Instructions matched"


def _recorded(fields: Fields, names: Names) -> str:
    holders = "1 holder" if fields["holders"] == 1 else f"{fields['holders']:,} holders"
    return f"Record date closed: {holders} of {names.amount(fields['asset'], fields['units'])}"


def _announced(fields: Fields, names: Names) -> str:
    dates = fields["dates"]
    when = f"payable {_day(dates['payment_date'])}, record date {_day(dates['record_date'])}"
    return f"{word(fields['kind'])} announced on {names.asset(fields['asset'])}: {when}"


def _early(fields: Fields, names: Names) -> str:
    """A call of all or of a part, or the first put for a day."""
    dates = fields["dates"]
    when = f"payable {_day(dates['payment_date'])}, record date {_day(dates['record_date'])}"
    if fields["kind"] == "PUT":
        return f"Put by a holder for {_day(fields['early']['day'])}: {when}"
    part = names.of(fields["asset"], fields["nominal"]) if fields["nominal"] else "all of it"
    return f"Called by the issuer, {part}: {when}"


def _authorised(fields: Fields, names: Names) -> str:
    price = format_rate(Fraction(fields["price"]) / 100)
    return f"The issuer authorised {names.of(fields['asset'], fields['nominal'])}, at {price}"


def _rates(fields: Fields, names: Names) -> str:
    rates = fields["rates"]
    return f"Penalty rates, version {rates['version']}, from {_day(rates['effective'])}: {rates['source']}"


def _penalty(fields: Fields, names: Names) -> str:
    amount = f"{fields['currency']} {format_units(fields['amount'], minor_units(fields['currency']))}"
    payer, payee = names.party(fields["payer"]), names.party(fields["payee"])
    return f"Penalty of {_day(fields['day'])} for trade {fields['transaction']}: {payer} owes {payee} {amount}"


def _netted(fields: Fields, names: Names) -> str:
    amount = f"{fields['currency']} {format_units(fields['amount'], minor_units(fields['currency']))}"
    payer, payee = names.party(fields["payer"]), names.party(fields["payee"])
    return f"Penalties of {fields['month'][:7]} netted: {payer} owes {payee} {amount}"


def _appeal(fields: Fields, names: Names) -> str:
    what = "removed" if fields["removed"] else "kept"
    return f"Penalty {fields['penalty']} {what}: {fields['why']}"


def _bought_in(fields: Fields, names: Names) -> str:
    if not fields["quantity"]:
        return f"Trade {fields['transaction']} is cancelled: nothing was to be bought in"
    return f"Trade {fields['transaction']} is bought in"


def _power(fields: Fields, names: Names) -> str:
    use = fields.get("use", fields)
    on = names.account(use["account"]) if use.get("account") else names.asset(use["asset"]) if use.get("asset") else ""
    what = f"{word(use['power']).lower()} on {on}" if on else word(use["power"]).lower()
    return f"{names.party(use['by'])} used a power: {what}, {word(use['cause']).lower()}"


def _registered(fields: Fields, names: Names) -> str:
    roles = ", ".join(word(role).lower() for role in fields["roles"])
    return f"{fields['name'] or 'A natural person'} registered: {roles}"


def _allotted(fields: Fields, names: Names) -> str:
    allotment = fields["allotment"]
    return f"Allotted: {names.of(fields['asset'], allotment['nominal'])} to {names.account(allotment['account'])}"


def _suspended(fields: Fields, names: Names) -> str:
    entry = fields["entry"]
    return f"{names.account(entry['account'])} could not be paid ({entry['why']}): its money is kept for it"


def _asset(what: str) -> Callable[[Fields, Names], str]:
    """A sentence about an asset, by its name."""
    return lambda fields, names: what.format(names.asset(fields["asset"]))


def _plain(what: str) -> Callable[[Fields, Names], str]:
    return lambda fields, names: what


def _nominal(what: str) -> Callable[[Fields, Names], str]:
    return lambda fields, names: what.format(names.of(fields["asset"], fields["nominal"]))


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


TELLERS: dict[str, Callable[[Fields, Names], str]] = {
    "PhaseBegan": _phase,
    "Waits": _waits,
    "Settled": _settled,
    "Reconciled": _reconciled,
    "Instructed": _instructed,
    "Matched": _matched,
    "Alleged": _alleged,
    "Parted": _parted,
    "CycleRun": lambda f, n: f"Cycle {f['cycle']}: of {f['due']:,} trades that were due {f['settled']:,} settled",
    "BookRecorded": _recorded,
    "Announced": _announced,
    "EarlyAnnounced": _early,
    "IssueAuthorised": _authorised,
    "PowerUsed": _power,
    "PenaltyRatesPublished": _rates,
    "PenaltyComputed": _penalty,
    "PenaltiesNetted": _netted,
    "AppealDecided": _appeal,
    "BoughtIn": _bought_in,
    "BondClassified": lambda f, n: f"{n.asset(f['asset'])} is {word(f['security']).lower()} for penalties",
    "PenaltiesExempted": lambda f, n: f"No penalties from {_day(f['first'])} to {_day(f['last'])}: {f['why']}",
    "PenaltyAppealed": lambda f, n: f"{n.party(f['by'])} appeals against penalty {f['penalty']}: {f['why']}",
    "PenaltiesDue": lambda f, n: f"Penalties are to be paid by transaction {f['transaction']}",
    "BuyInStarted": lambda f, n: f"{n.party(f['agent'])} is to buy in trade {f['transaction']}",
    "PartyRegistered": _registered,
    "NoticeGiven": lambda f, n: f"{n.party(f['by'])} gave notice of {word(f['power']).lower()} to the holder",
    "Failed": lambda f, n: f"Failed to settle on {_day(f['date'])}: {_numbers('transaction', f['transactions'])}",
    "AccountOpened": lambda f, n: f"Account {f['name']} opened for {n.party(f['holder'])}",
    "MoneyCreated": lambda f, n: f"{f['asset']['code']} created by {n.party(f['asset']['issuer'])}",
    "CalendarPublished": lambda f, n: (
        f"Calendar of {f['calendar']['centre']}, version {f['calendar']['version']}, "
        f"known through {_day(f['calendar']['known_through'])}"
    ),
    "RulebookPublished": lambda f, n: f"Rulebook {f['rulebook']['name']} {f['rulebook']['version']} published",
    "SystemOpened": lambda f, n: f"System {f['name']} begins on {_day(f['first'])}",
    "RegisterSealed": lambda f, n: f"Register of {n.asset(f['asset'])} sealed for {_day(f['day'])}: {f['root'][:12]}…",
    "RegisterInspected": lambda f, n: (
        f"{n.party(f['party'])} {'took a copy of' if f['copied'] else 'inspected'} the register: {f['why']}"
    ),
    "PaymentConfirmed": lambda f, n: f"Payment {f['payment']} confirmed by its RTGS: {f['reference']}",
    "PaymentRejected": lambda f, n: f"Payment {f['payment']} rejected by its RTGS: {f['why']}",
    "PaymentsStated": lambda f, n: f"{n.asset(f['money'])}: the statement of {_day(f['day'])} agrees",
    "PaymentInDoubt": lambda f, n: f"Payment {f['payment']} is in doubt: its RTGS has not answered",
    "AgencyAccepted": lambda f, n: f"{n.party(f['party'])} accepted its agency",
    "Elected": lambda f, n: f"{n.account(f['account'])} elected {n.asset(f['money'])} for {f['currency']}",
    "Short": _plain("The paying agent was short of funds: nobody is paid yet"),
    "ActionDue": _plain("The payment fell due"),
    "ActionRecorded": _plain("The record date closed"),
    "ActionPaid": _plain("Everyone has been paid"),
    "FundingReceived": _plain("The paying agent received the funds"),
    "Allotted": _allotted,
    "AllotmentAccepted": _asset("An allotment of {} was accepted"),
    "AllotmentIssued": _nominal("Issued: {}"),
    "AmountConfirmed": _nominal("The registrar confirmed {}"),
    "IssueReleased": _asset("The issue of {} was released: it settles against payment"),
    "BondIssued": _asset("{} is issued"),
    "TermsLodged": lambda f, n: f"Term sheet of {f['sheet']['name']} lodged, to settle on {_day(f['settlement_date'])}",
    "Suspended": _suspended,
    "Fixed": _plain("The amount of a payment was fixed"),
    "SeriesDefined": lambda f, n: f"Series {f['name']} defined: told by {_sources(f, n)}",
    "Observed": lambda f, n: (
        f"{f['name']} of {_day(f['day'])} is {value_text(Fraction(f['value']))}{', corrected' if f['corrects'] else ''}"
    ),
    "ValueTold": lambda f, n: (
        f"{n.party(f['source'])} told {value_text(Fraction(f['value']))} for {_day(f['day'])} of series {f['series']}"
    ),
    "SuspenseReleased": lambda f, n: f"{n.account(f['account'])} is paid what was kept for it",
}  # fmt: skip


def _sources(fields: Fields, names: Names) -> str:
    told = ", ".join(names.party(each) for each in fields["sources"])
    return told if len(fields["sources"]) == 1 else f"{fields['needed']} of {told}"


def _numbers(what: str, numbers: Sequence[int]) -> str:
    return f"{what}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
