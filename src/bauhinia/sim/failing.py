"""What failing costs, and what is done about it, on a day of a random life."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from bauhinia.bond.calendar import is_business_day
from bauhinia.ledger.instructions import CumEx, Side, Status
from bauhinia.ledger.penalties import CashRate, SecuritiesRate, Security
from bauhinia.rules.buyin import ReportBuyIn, StartBuyIn
from bauhinia.rules.penalties import AppealPenalty, DecideAppeal
from bauhinia.rules.penalty_rates import ClassifyBond, ExemptPenalties, PublishPenaltyRates
from bauhinia.sim.founding import BENCHMARK, FIXINGS, LOT, SYSTEM, TRADERS, Life
from bauhinia.sim.stage import OPERATOR
from bauhinia.sim.trading import held, order_of
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET

AGENT = "Bank"


def rates(life: Life) -> None:
    """The operator publishes what failing costs, more than anywhere else, so that small fails cost something; and what
    rate each bond has."""
    version = len(life.state.penalties.rates) + 1
    securities = tuple(SecuritiesRate(each, "", Fraction(life.chance.randrange(1, 40))) for each in Security)
    cash = (CashRate("HKD", FIXINGS if life.likely(50) else "", Fraction(1, 2), 360),)
    money = life.token if life.likely(70) else life.rtgs
    command = PublishPenaltyRates(version, life.today, "house rates", securities, cash, (("HKD", money),))
    life.stage.send(OPERATOR, command)
    for base in life.bonds.values():
        series = BENCHMARK if life.likely(30) else ""
        life.stage.send("CMU", ClassifyBond(base, life.one_of(list(Security)), series))


def late(life: Life) -> None:
    """Two traders agree on a trade that should have settled days ago."""
    base = life.one_of(list(life.bonds.values()))
    sellers = [name for name in TRADERS if held(life, name, base)]
    day = life.today - timedelta(days=life.chance.randrange(1, 9))
    calendar = life.state.days.calendars["HK"]
    if not sellers or not is_business_day(day, (calendar,)):
        return
    seller = life.one_of(sellers)
    buyer = life.one_of([name for name in TRADERS if name != seller])
    for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
        order = order_of(life, side, own, other, base, 1, NO_ASSET, 0, 0, CumEx.UNSAID)
        order.trade_date = order.settlement_date = day
        life.stage.send(own, order)


def appeal(life: Life) -> None:
    """A side of a penalty, or someone else, wants it removed."""
    found = list(life.state.penalties.open.values())
    if found:
        penalty = life.one_of(found)
        who = life.stage.name_of(life.one_of((penalty.payer, penalty.payer, penalty.payee)))
        life.stage.send(who if life.likely(90) else "D1", AppealPenalty(penalty.number, "it was not our fault"))


def decide(life: Life) -> None:
    """The operator decides what it was asked, or what it was not."""
    for penalty in list(life.state.penalties.open.values()):
        if penalty.appeal and life.likely(60):
            life.stage.send(OPERATOR, DecideAppeal(penalty.number, life.likely(50), "heard"))


def exempt(life: Life) -> None:
    """Nobody pays for some days, of one bond or of all."""
    base = life.one_of((NO_ASSET, *life.bonds.values()))
    first = life.today - timedelta(days=life.chance.randrange(3))
    life.stage.send(OPERATOR, ExemptPenalties(SYSTEM, base, first, first + timedelta(days=1), "an outage"))


def buy_in(life: Life) -> None:
    """The receiver of a trade that fails has the bank buy it in, where it may."""
    settlement = life.state.settlement
    for number in list(settlement.live):
        transaction = settlement.transactions[number]
        if transaction.status is Status.FAILING and transaction.receive and life.likely(50):
            receiver = life.stage.name_of(settlement.instructions[transaction.receive].party)
            most = Fraction(life.chance.randrange(98, 120))
            life.stage.send(receiver, StartBuyIn(number, life.party(AGENT), most))


def report(life: Life) -> None:
    """The bank has bought something, or nothing; it is given what it delivers by someone who has it."""
    for number in list(life.state.penalties.buy_ins):
        transaction = life.state.settlement.transactions.get(number)
        if transaction is None:
            continue
        order = life.state.settlement.instructions[transaction.deliver].order
        lots = order.quantity // LOT
        if not lots:
            continue
        sellers = [name for name in TRADERS if held(life, name, order.asset) >= lots * LOT]
        if not sellers or life.likely(25):
            command = ReportBuyIn(number, 0, Fraction(0), NO_ACCOUNT, NO_ACCOUNT)
        else:
            seller, own = life.one_of(sellers), life.at[AGENT]
            for side, one, other in ((Side.DELIVER, seller, AGENT), (Side.RECEIVE, AGENT, seller)):
                given = order_of(life, side, one, other, order.asset, lots, NO_ASSET, 0, 0, CumEx.UNSAID)
                given.hold = False
                life.stage.send(one, given)
            life.stage.flush()
            lots = life.chance.randrange(1, lots + 1)
            command = ReportBuyIn(number, lots * LOT, Fraction(life.chance.randrange(95, 110)), own, own)
        life.stage.send(AGENT, command)
