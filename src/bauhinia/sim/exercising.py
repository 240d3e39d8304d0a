"""Bonds that are repaid early, or in part, in a random life: called, put, made whole, drawn by lot and pro rata."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from bauhinia.ledger.actions import AHEAD, Action, ActionKind
from bauhinia.ledger.state import latest_date
from bauhinia.rules.observing import DRAWINGS, Observe
from bauhinia.rules.options import CallBond, PutBond, WithdrawPut
from bauhinia.sim.founding import BENCHMARK, CLIENTS, DIRECT, LOT, SOURCES, Life
from bauhinia.words.ids import AccountNumber, AssetNumber


def _bases(life: Life) -> list[AssetNumber]:
    return [life.bonds[name] for name in ("by lot", "pro rata")]


def call(life: Life) -> None:
    """The issuer calls a part, now and then all; often for a day that cannot be."""
    base = life.one_of(_bases(life))
    day = life.one_of((life.today + timedelta(days=life.chance.randrange(1, 25)), date(2026, 5, 3), date(2026, 4, 3)))
    nominal = 0 if life.likely(10) else life.chance.randrange(1, 5) * LOT
    life.stage.send("Issuer", CallBond(base, day, nominal))


def put(life: Life) -> None:
    """A holder puts some of what it holds, directly or through its keeper."""
    name, base = life.one_of((*DIRECT, *CLIENTS)), life.one_of(_bases(life))
    who = {"K1": "C1", "K2": "C1", "K3": "C2", "K4": "C2"}.get(name, name)
    day, lots = life.today + timedelta(days=life.chance.randrange(1, 20)), life.chance.randrange(1, 4)
    life.stage.send(who, PutBond(base, life.at[name], lots * LOT, day))


def withdraw(life: Life) -> None:
    """A holder wants back what it has put; mostly the issuer consents."""
    names = {life.at[name]: name for name in (*DIRECT, *CLIENTS)}
    for action in _early(life):
        if action.kind is not ActionKind.PUT or action.status not in AHEAD or action.early is None:
            continue
        for record in action.records.values():
            for account, units in zip(record.accounts, record.drawn, strict=True):
                name = names.get(AccountNumber(account))
                if name is None or not units or not life.likely(15):
                    continue
                who = {"K1": "C1", "K2": "C1", "K3": "C2", "K4": "C2"}.get(name, name)
                back = WithdrawPut(action.asset, AccountNumber(account), LOT, action.early.day)
                life.stage.send(who, back)
                if life.likely(80):
                    life.stage.send("Issuer", back)


def tell(life: Life, percent: int = 40) -> None:
    """Sources tell what prices a make-whole, and what seeds a drawing: in time or late."""
    for base in _bases(life):
        isin = life.state.issues.bonds[base].isin
        for number in life.state.servicing.of.get(base, ()):
            action = life.state.servicing.actions[number]
            if action.awaits and action.kind is ActionKind.DRAWING:
                day = action.record_date + timedelta(days=1)
                _tell(life, DRAWINGS + isin, day, Fraction(day.toordinal() * 7_919 % 999_983, 999_983), percent)
            elif action.early and action.early.determined and not action.fixed:
                day = action.early.determined
                _tell(life, BENCHMARK, day, Fraction(day.toordinal() % 40, 1_000), percent)


def _tell(life: Life, name: str, day: date, value: Fraction, percent: int) -> None:
    if day > latest_date(life.state) or not life.likely(percent):
        return
    observations = life.state.observations
    told = observations.series[observations.numbers[name]].told.get(day, {})
    for source in SOURCES[:2]:
        if told.get(life.party(source)) != value:
            life.stage.send(source, Observe(name, day, value))


def _early(life: Life) -> list[Action]:
    return [action for action in life.state.servicing.actions.values() if action.early]
