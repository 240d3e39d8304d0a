"""What may be read: the views' answers, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bauhinia.edge.http.addresses import AFTER, BEFORE, LIMIT, Address, Ask, Plain, Query
from bauhinia.views import contracts, fees, model, queries, unmatched
from bauhinia.views.contracts import MandateLine, SetLine
from bauhinia.views.efficiency import GROUPS, EfficiencyGroup, efficiency
from bauhinia.views.liquidity import DAYS, ForecastDay, liquidity
from bauhinia.views.model import Viewer
from bauhinia.views.network_report import NetworkReport
from bauhinia.views.networks import DepositsPage, NetworkPage
from bauhinia.views.penalties import BuyInLine, PenaltyRates, PenaltyReport
from bauhinia.views.queue import MOST as QUEUE_MOST
from bauhinia.views.queue import QueuePage
from bauhinia.views.store import Views
from bauhinia.wire.answers import EventPage, event_page
from bauhinia.wire.particulars import Particulars, particulars

LATEST = Query("events", "number", "How many of the latest events.", 20, most=200)
PENDING = Query("pending", "flag", "Only those that may still settle.", False)
UNANSWERED = Query("unanswered", "flag", "Only those that await an answer.", False)
ASSET = Query("asset", "number", "Only of this asset; 0 is of all.", 0)
LATER = Query("after", "number", "Only those after the transaction of this number.", 0)
MANY = Query("limit", "number", "How many at most.", 1_000, most=QUEUE_MOST)
MONTH = Query("month", "date", "A day of the month; of this one where it is left out.")
BY = Query("by", "text", "Trades by day, party, bond (`asset`) or reason to fail.", "day", choices=GROUPS)
FIRST = Query("first", "date", "From this intended settlement date on.")
LAST = Query("last", "date", "Up to this intended settlement date.")
OF_MONTH = Query("month", "date", "Only of the month of this day.")
PARTY = Query("party", "number", "Of this party, to an operator; 0 is the asker.", 0)
AHEAD = Query("days", "number", "How many calendar days ahead.", DAYS, most=366)
ENTRIES = Query("entries", "number", "How many of the latest entries.", 50, most=1_000)


def asked(query: Callable[[Views, Viewer], Any]) -> Plain:
    """A query that asks for nothing but who asks."""
    return lambda ask: query(ask.house.views, ask.viewer)


def of_number(query: Callable[[Views, Viewer, int], Any]) -> Plain:
    """A query for one thing by its number."""
    return lambda ask: query(ask.house.views, ask.viewer, ask.path["number"])


def which(ask: Ask) -> str | int:
    return queries.which_bond(ask.path["isin"])


def market(ask: Ask) -> model.MarketGlance:
    return queries.market(ask.house.views, ask.viewer, ask.query["events"])


def bond(ask: Ask) -> model.BondPage | None:
    return queries.bond(ask.house.views, ask.viewer, which(ask))


def cash_flows(ask: Ask) -> tuple[model.CashFlow, ...] | None:
    """Of a bond that is not there there are none to be empty."""
    found = queries.bond(ask.house.views, ask.viewer, which(ask))
    return None if found is None else queries.cash_flows(ask.house.views, ask.viewer, found.bond.asset)


def one_series(ask: Ask) -> model.SeriesPage | None:
    return queries.one_series(ask.house.views, ask.viewer, ask.path["name"])


def account(ask: Ask) -> model.AccountPage | None:
    return queries.account(ask.house.views, ask.viewer, ask.path["number"], ask.query["entries"])


def entries(ask: Ask) -> tuple[model.Entry, ...] | None:
    views, viewer, number = ask.house.views, ask.viewer, ask.path["number"]
    if queries.account(views, viewer, number, 0) is None:
        return None
    return queries.entries(views, viewer, number, ask.query["asset"], ask.query["before"], ask.query["limit"])


def instructions(ask: Ask) -> tuple[model.Instruction, ...]:
    query = ask.query
    return queries.instructions(
        ask.house.views, ask.viewer, pending=query["pending"], before=query["before"], limit=query["limit"]
    )


def queue(ask: Ask) -> QueuePage:
    return queries.queue(ask.house.views, ask.viewer, after=ask.query["after"], limit=ask.query["limit"])


def deposits(ask: Ask) -> DepositsPage:
    return queries.deposits(ask.house.views, ask.viewer, before=ask.query["before"], limit=ask.query["limit"])


def network_report(ask: Ask) -> NetworkReport | None:
    return queries.network_report(ask.house.views, ask.viewer, ask.path["number"], ask.query["day"])


def sets(ask: Ask) -> tuple[SetLine, ...]:
    return contracts.agreed_sets(ask.house.views, ask.viewer, unanswered=ask.query["unanswered"])


def penalties(ask: Ask) -> PenaltyReport:
    return queries.penalties(ask.house.views, ask.viewer, ask.query["month"])


def events(ask: Ask) -> EventPage:
    return event_page(ask.house.views, ask.viewer, ask.query["after"], ask.query["limit"])


def payments(ask: Ask) -> tuple[model.PaymentLine, ...]:
    return queries.payments(ask.house.views, ask.viewer, unanswered=ask.query["unanswered"])


def refusals(ask: Ask) -> tuple[model.RefusalLine, ...]:
    return queries.refusals(ask.house.views, ask.viewer, ask.query["limit"])


def settled_how(ask: Ask) -> tuple[EfficiencyGroup, ...]:
    query = ask.query
    return efficiency(ask.house.views, ask.viewer, query["by"], query["first"], query["last"])


def forecast(ask: Ask) -> tuple[ForecastDay, ...]:
    return liquidity(ask.house.views, ask.viewer, party=ask.query["party"], days=ask.query["days"])


def usage(ask: Ask) -> tuple[fees.UsageLine, ...]:
    return fees.usage(ask.house.views, ask.viewer, ask.query["month"])


def reconciliation(ask: Ask) -> tuple[model.ReconciliationLine, ...]:
    return queries.reconciliation(ask.house.views, ask.viewer, ask.query["asset"])


def kept(ask: Ask) -> Particulars | None:
    return particulars(ask.house.market, ask.house.views, ask.viewer, ask.path["number"])


def _many(kind: type) -> Any:
    return tuple[kind, ...]  # type: ignore[valid-type]


READS = (
    Address("GET", "/v1/market", "The market at a glance.", market, model.MarketGlance, (LATEST,)),
    Address("GET", "/v1/systems", "Systems and their business days.", asked(queries.systems), _many(model.SystemLine)),
    Address("GET", "/v1/calendars", "Calendars.", asked(queries.calendars), _many(model.CalendarLine)),
    Address("GET", "/v1/rulebooks", "Rulebooks.", asked(queries.rulebooks), _many(model.RulebookLine)),
    Address("GET", "/v1/parties", "Parties by their public names.", asked(queries.parties), _many(model.PartyLine)),
    Address("GET", "/v1/parties/{number}", "A party.", of_number(queries.party), model.PartyPage),
    Address(
        "GET",
        "/v1/parties/{number}/particulars",
        "What is kept of a party beside the ledger, for itself and for who keeps its account or a register of it.",
        kept,
        Particulars,
    ),
    Address("GET", "/v1/moneys", "Moneys.", asked(queries.moneys), _many(model.MoneyLine)),
    Address("GET", "/v1/bonds", "Bonds.", asked(queries.bonds), _many(model.BondLine)),
    Address("GET", "/v1/bonds/{isin}", "A bond: terms, schedule, and what the asker may see.", bond, model.BondPage),
    Address(
        "GET",
        "/v1/bonds/{isin}/cash-flows",
        "What holders of record are paid.",
        cash_flows,
        _many(model.CashFlow),
    ),
    Address(
        "GET",
        "/v1/series",
        "Series of values that bonds hang on, each with its latest.",
        asked(queries.series),
        _many(model.SeriesLine),
    ),
    Address(
        "GET",
        "/v1/series/{name}",
        "A series, by its name or number: its values, newest first; to its sources what does not stand yet.",
        one_series,
        model.SeriesPage,
    ),
    Address(
        "GET",
        "/v1/accounts",
        "The accounts that the asker holds, keeps or may view.",
        asked(queries.accounts),
        _many(model.AccountLine),
    ),
    Address("GET", "/v1/accounts/{number}", "An account.", account, model.AccountPage, (ENTRIES,)),
    Address(
        "GET",
        "/v1/accounts/{number}/entries",
        "The entries of an account, newest first.",
        entries,
        _many(model.Entry),
        (ASSET, BEFORE, LIMIT),
    ),
    Address("GET", "/v1/positions", "What the asker's accounts hold.", asked(queries.positions), _many(model.Position)),
    Address(
        "GET",
        "/v1/instructions",
        "The asker's settlement instructions, newest first.",
        instructions,
        _many(model.Instruction),
        (PENDING, BEFORE, LIMIT),
    ),
    Address(
        "GET",
        "/v1/instructions/{number}",
        "A settlement instruction, as its own side sees it.",
        of_number(queries.instruction),
        model.Instruction,
    ),
    Address(
        "GET",
        "/v1/allegements",
        "What others have instructed with the asker and it has not answered, oldest first.",
        asked(unmatched.allegements),
        _many(model.Allegement),
    ),
    Address(
        "GET",
        "/v1/queue",
        "What waits to settle, oldest first: to operators and their offset agents all of it, else the asker's own.",
        queue,
        QueuePage,
        (LATER, MANY),
    ),
    Address(
        "GET",
        "/v1/networks",
        "Deposit networks: their banks, and to a bank or the network's operator what it has there.",
        asked(queries.networks),
        _many(NetworkPage),
    ),
    Address(
        "GET",
        "/v1/networks/{number}/report",
        "What a day of a network needed, by bank and by hour: to a bank its own, to the network's operator all.",
        network_report,
        NetworkReport,
        (Query("day", "date", "The business day.", needed=True),),
    ),
    Address(
        "GET",
        "/v1/deposits",
        "What the asker has a part in: deposits, newest first; what is held, asked for and asked back.",
        deposits,
        DepositsPage,
        (BEFORE, LIMIT),
    ),
    Address(
        "GET",
        "/v1/sets",
        "Sets of legs to which the asker is a party, newest first.",
        sets,
        _many(SetLine),
        (UNANSWERED,),
    ),
    Address(
        "GET",
        "/v1/mandates",
        "Standing mandates that the asker has given or was given, newest first.",
        asked(contracts.mandates),
        _many(MandateLine),
    ),
    Address(
        "GET",
        "/v1/penalties",
        "What fails cost in a month: each penalty, what they net to, and what it comes to for the asker.",
        penalties,
        PenaltyReport,
        (MONTH,),
    ),
    Address(
        "GET",
        "/v1/penalties/rates",
        "What failing costs by the day, what rate each bond has, and the days that are exempt.",
        asked(queries.penalty_rates),
        PenaltyRates,
    ),
    Address(
        "GET",
        "/v1/buy-ins",
        "Buy-ins of trades that the asker is party to, or for which it is to buy.",
        asked(queries.buy_ins),
        _many(BuyInLine),
    ),
    Address("GET", "/v1/events", "What the asker may know of, oldest first.", events, EventPage, (AFTER, LIMIT)),
    Address(
        "GET",
        "/v1/proposals",
        "Commands of four eyes that await more persons of the asker's.",
        asked(queries.proposals),
        _many(model.ProposalLine),
    ),
    Address(
        "GET",
        "/v1/payments",
        "Payments outside the ledger that the asker has a part in.",
        payments,
        _many(model.PaymentLine),
        (UNANSWERED,),
    ),
    Address(
        "GET", "/v1/refusals", "The asker's commands that were refused.", refusals, _many(model.RefusalLine), (LIMIT,)
    ),
    Address(
        "GET",
        "/v1/reports/powers",
        "The public report of powers used.",
        asked(queries.powers),
        _many(model.PowerLine),
    ),
    Address(
        "GET",
        "/v1/reports/efficiency",
        "Settlement efficiency, by intended date.",
        asked(queries.efficiency),
        _many(model.EfficiencyLine),
    ),
    Address(
        "GET",
        "/v1/reports/settlement",
        "How trades settle: on their day, late or failing, by day, party, bond or reason; the asker's own, or all to"
        " operators and regulators.",
        settled_how,
        _many(EfficiencyGroup),
        (BY, FIRST, LAST),
    ),
    Address(
        "GET",
        "/v1/reports/liquidity",
        "What the asker's trades, bonds and bills will bring and take, by money and day, and what it will lack.",
        forecast,
        _many(ForecastDay),
        (PARTY, AHEAD),
    ),
    Address("GET", "/v1/fees", "What is charged.", asked(fees.schedules), _many(fees.FeeSchedule)),
    Address(
        "GET",
        "/v1/usage",
        "What the asker has used of what is charged for, by day; of all to who collects.",
        usage,
        _many(fees.UsageLine),
        (OF_MONTH,),
    ),
    Address(
        "GET",
        "/v1/bills",
        "The asker's bills of fees, newest first; those of all to who collects them.",
        asked(fees.bills),
        _many(fees.BillPage),
    ),
    Address("GET", "/v1/bills/{number}", "A bill of fees.", of_number(fees.bill), fees.BillPage),
    Address(
        "GET",
        "/v1/reports/reconciliation",
        "Books compared, and what came of it.",
        reconciliation,
        _many(model.ReconciliationLine),
        (ASSET,),
    ),
)
