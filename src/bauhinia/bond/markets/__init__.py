"""Prices and yields by named market convention, one market a file; this is the table of them.

A convention prices a bond from its `Terms` and its periods. What belongs to one market alone (auctions, inflation
ratios, floating rate notes, bills) is in that market's file.
"""

from __future__ import annotations

from enum import IntEnum

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.markets.australia import AUSTRALIA
from bauhinia.bond.markets.canada import CANADA
from bauhinia.bond.markets.china import CHINA
from bauhinia.bond.markets.convention import Convention, Quotation
from bauhinia.bond.markets.france import FRANCE
from bauhinia.bond.markets.germany import GERMANY
from bauhinia.bond.markets.hong_kong import HONG_KONG
from bauhinia.bond.markets.icma import ICMA
from bauhinia.bond.markets.italy import ITALY
from bauhinia.bond.markets.jgb import JGB_COMPOUND, JGB_SIMPLE
from bauhinia.bond.markets.korea import KOREA
from bauhinia.bond.markets.uk_gilt import UK_GILT
from bauhinia.bond.markets.us_treasury import US_STREET, US_TREASURY

__all__ = ["CONVENTIONS", "Convention", "Market", "Quotation", "convention_of"]


class Market(IntEnum):
    """A market convention. The numbers are written down, appended and never reused."""

    ICMA = 1
    US_TREASURY = 2
    US_STREET = 3
    UK_GILT = 4
    JGB_SIMPLE = 5
    JGB_COMPOUND = 6
    HONG_KONG = 7
    CHINA = 8
    KOREA = 9
    AUSTRALIA = 10
    GERMANY = 11
    FRANCE = 12
    CANADA = 13
    ITALY = 14

    @property
    def label(self) -> str:
        """What it is called."""
        return CONVENTIONS[self].name

    @classmethod
    def labelled(cls, label: str) -> Market:
        """The market of that name. Impossible where there is none."""
        for member in cls:
            if member.label == label:
                return member
        raise Impossible("market", f"{label!r} is none of {', '.join(member.label for member in cls)}")


CONVENTIONS: dict[Market, Convention] = {
    Market.ICMA: ICMA,
    Market.US_TREASURY: US_TREASURY,
    Market.US_STREET: US_STREET,
    Market.UK_GILT: UK_GILT,
    Market.JGB_SIMPLE: JGB_SIMPLE,
    Market.JGB_COMPOUND: JGB_COMPOUND,
    Market.HONG_KONG: HONG_KONG,
    Market.CHINA: CHINA,
    Market.KOREA: KOREA,
    Market.AUSTRALIA: AUSTRALIA,
    Market.GERMANY: GERMANY,
    Market.FRANCE: FRANCE,
    Market.CANADA: CANADA,
    Market.ITALY: ITALY,
}


def convention_of(market: Market) -> Convention:
    """The convention by which a market prices bonds."""
    return CONVENTIONS[market]
