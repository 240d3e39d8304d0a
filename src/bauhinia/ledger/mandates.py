"""Standing mandates: by them a venue or a clearing house instructs for its members, within limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bauhinia.words.ids import AccountNumber, AssetNumber, Micros, PartyNumber, Units

MandateKey = tuple[AccountNumber, PartyNumber, AssetNumber]  # the account, the agent, the money


@dataclass(frozen=True, slots=True)
class Mandate:
    """`agent` may instruct trades of `account` against `money`, in the assets listed or, where none is, in any, until a
    moment (exclusive).

    A trade may be of `per_trade` smallest units of the money, and those of one business day of the money's system come
    to `per_day`, bought and sold alike. `cash_account` pays and is paid; zero where the money moves in an RTGS.
    `may_hold`: the holder may hold what is instructed under it.
    """

    number: int
    holder: PartyNumber
    agent: PartyNumber
    account: AccountNumber
    cash_account: AccountNumber
    assets: tuple[AssetNumber, ...]
    money: AssetNumber
    per_trade: Units
    per_day: Units
    until: Micros
    may_hold: bool

    @property
    def key(self) -> MandateKey:
        return self.account, self.agent, self.money


@dataclass(slots=True)
class MandateInForce:
    """A mandate in force, and what of its daily limit was used on the last day on which anything was."""

    mandate: Mandate
    day: date = date.min
    used: Units = 0

    def used_on(self, day: date) -> Units:
        """What of the limit is used on a business day; the limit is new each day."""
        return self.used if day == self.day else 0


@dataclass(slots=True)
class Mandates:
    """The mandates in force, by number; `of` finds the one that an account gives to an agent in a money."""

    in_force: dict[int, MandateInForce] = field(default_factory=dict)
    of: dict[MandateKey, int] = field(default_factory=dict)
    last: int = 0

    def find(self, key: MandateKey) -> MandateInForce | None:
        number = self.of.get(key)
        return None if number is None else self.in_force[number]
