"""What a fail costs by the day: rates as published, what rate each bond has, and the days on which there are none.

The rates are data: a version with its source, in force from a date. Until one is, and in a currency in which it names
no money, failing costs nothing. The annex to Delegated Regulation (EU) 2017/389 sets, in basis points a business day:
debt of states and the like 0.10 (point 4), other debt 0.20 (5), debt traded on SME growth markets 0.15 (6), other
instruments 0.5 (7); for a lack of cash the central bank's rate for overnight credit, never below zero (8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.bond.terms import EARLIEST, FINEST, LATEST
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.penalties import CashRate, Classified, Exemption, Rates, SecuritiesRate, Security
from bauhinia.ledger.state import State
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import EVERYONE, NO_ASSET, AssetNumber, SystemNumber
from bauhinia.words.money import minor_units
from bauhinia.words.reasons import Reason, require

MOST_ROWS = 64
DEAREST = 100  # basis points a day
HIGHEST = 1  # of a yearly rate: one hundred per cent
YEARS = (360, 365)


@dataclass(slots=True)
class PublishPenaltyRates:
    """A command of four eyes by an office of the market: what failing costs from a date on."""

    version: int
    effective: date
    source: str
    securities: tuple[SecuritiesRate, ...]
    cash: tuple[CashRate, ...]
    moneys: tuple[tuple[str, AssetNumber], ...]


@dataclass(slots=True)
class ClassifyBond:
    """A command of four eyes by an office of the market: what rate a bond has, and the series of its reference price
    per 100 of nominal; at nominal where that is empty."""

    asset: AssetNumber
    security: Security
    series: str


@dataclass(slots=True)
class ExemptPenalties:
    """A command of four eyes by an office of the market: no penalties on these days, in one bond of a system or in all
    (0), and why: the ledger could not settle, a payment system was shut. Those computed and not yet netted go."""

    system: SystemNumber
    asset: AssetNumber
    first: date
    last: date
    why: str


@dataclass(slots=True)
class PenaltyRatesPublished:
    rates: Rates


@dataclass(slots=True)
class BondClassified:
    asset: AssetNumber
    security: Security
    series: str


@dataclass(slots=True)
class PenaltiesExempted:
    system: SystemNumber
    asset: AssetNumber
    first: date
    last: date
    why: str


def publish_penalty_rates(step: Step, command: PublishPenaltyRates) -> None:
    """Checked in order: the version and its date; the source; each row of securities, of cash, of moneys."""
    versions = step.state.penalties.rates
    require(command.version == len(versions) + 1, Reason.DUPLICATE, "version", command.version)
    require(EARLIEST <= command.effective <= LATEST, Reason.DATE, "effective", command.effective)
    require(not versions or command.effective > versions[-1].effective, Reason.DATE, "effective", command.effective)
    require_text(command.source, "source")
    for name in ("securities", "cash", "moneys"):
        require(len(getattr(command, name)) <= MOST_ROWS, Reason.AMOUNT, name)
    _require_rates(step.state, command)
    require(command.moneys, Reason.EMPTY, "moneys")
    currencies = [currency for currency, _ in command.moneys]
    require(len(set(currencies)) == len(currencies), Reason.DUPLICATE, "moneys")
    for currency, number in command.moneys:
        money = step.state.assets.get(number)
        require(money and money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "moneys", number)
        require(money and money.currency == currency, Reason.WRONG_CURRENCY, "moneys", currency)
    step.emit(
        PenaltyRatesPublished(
            Rates(
                command.version,
                command.effective,
                command.source,
                command.securities,
                command.cash,
                command.moneys,
            )
        )
    )


def _require_rates(state: State, command: PublishPenaltyRates) -> None:
    rows = [(each.security, each.currency) for each in command.securities]
    require(len(set(rows)) == len(rows), Reason.DUPLICATE, "securities")
    for each in command.securities:
        if each.currency:
            minor_units(each.currency)
        points = each.basis_points
        require(0 <= points <= DEAREST and points.denominator <= FINEST, Reason.RATE, "basis_points", points)
    require(len({each.currency for each in command.cash}) == len(command.cash), Reason.DUPLICATE, "cash")
    for row in command.cash:
        minor_units(row.currency)
        known = not row.series or row.series in state.observations.numbers
        require(known, Reason.UNKNOWN_SERIES, "series", row.series)
        require(0 <= row.rate <= HIGHEST and row.rate.denominator <= FINEST, Reason.RATE, "rate", row.rate)
        require(row.year in YEARS, Reason.AMOUNT, "year", row.year)


def classify_bond(step: Step, command: ClassifyBond) -> None:
    """Checked in order: the bond; the series; that it changes something."""
    asset = step.state.asset(command.asset)
    require(asset.kind is AssetKind.BOND, Reason.UNKNOWN_ASSET, command.asset)
    known = not command.series or command.series in step.state.observations.numbers
    require(known, Reason.UNKNOWN_SERIES, "series", command.series)
    now = step.state.penalties.classes.get(command.asset)
    require(now != Classified(command.security, command.series), Reason.ALREADY_DONE, "asset", command.asset)
    step.emit(BondClassified(command.asset, command.security, command.series))


def exempt_penalties(step: Step, command: ExemptPenalties) -> None:
    """Checked in order: the system; the bond, which moves in it; the days; the reason."""
    state = step.state
    require(command.system in state.days.systems, Reason.UNKNOWN_SYSTEM, command.system)
    if command.asset != NO_ASSET:
        asset = state.asset(command.asset)
        bond = asset.kind is AssetKind.BOND and asset.system == command.system
        require(bond, Reason.UNKNOWN_ASSET, command.asset)
    in_order = EARLIEST <= command.first <= command.last <= LATEST
    require(in_order, Reason.DATE, "first", command.first, "last", command.last)
    require_text(command.why, "why")
    step.emit(PenaltiesExempted(command.system, command.asset, command.first, command.last, command.why))


def on_rates_published(state: State, event: PenaltyRatesPublished) -> None:
    state.penalties.rates.append(event.rates)


def on_bond_classified(state: State, event: BondClassified) -> None:
    state.penalties.classes[event.asset] = Classified(event.security, event.series)


def on_penalties_exempted(state: State, event: PenaltiesExempted) -> None:
    penalties = state.penalties
    exemption = Exemption(event.system, event.asset, event.first, event.last, event.why)
    penalties.exemptions.append(exemption)
    gone = [number for number, each in penalties.open.items() if exemption.covers(each.system, each.asset, each.day)]
    for number in gone:
        del penalties.open[number]


def sees_rates(state: State, event: PenaltyRatesPublished | BondClassified | PenaltiesExempted) -> Audience:
    """Public: what failing costs, and when it costs nothing, anyone may know."""
    return (EVERYONE,)
