"""Wallets: in which tier of a money an account holds it, and how far it has come within the limits of that."""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.words.ids import PartyNumber, Units


@dataclass(frozen=True, slots=True)
class WalletTier:
    """A kind of wallet, as the issuer of a money defines it. Amounts in smallest units, zero where there is no limit:
    the most that one holds, pays at once, pays in a business day of the money's system, and in a calendar year.
    `needs` are the classes of whoever may have one."""

    name: str
    most_held: Units = 0
    most_paid: Units = 0
    most_a_day: Units = 0
    most_a_year: Units = 0
    needs: int = 0


@dataclass(slots=True)
class Wallet:
    """An account's wallet in one money. `today` and `this_year` are what it has paid; `coming` and `going` what legs
    earmarked for an unanswered payment outside the ledger will bring it and take from it."""

    tier: WalletTier
    given_by: PartyNumber
    today: Units = 0
    this_year: Units = 0
    coming: Units = 0
    going: Units = 0
