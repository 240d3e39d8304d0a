"""Tax on a bond's interest: the regime that its conditions name, what is withheld from whom, and what is asked back."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction

from bauhinia.words.ids import AccountNumber, ActionNumber, AssetNumber, Column, PartyNumber, Units


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate for holders of a tax status: of those who reside in `residence` (ISO 3166-1 alpha-2), or of all where it
    is empty."""

    status: str
    residence: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class TaxRegime:
    """How interest on a bond is taxed at source.

    `rate` is the statutory one. A holder with a valid document at the record date, which is an attester's word for its
    `attribute`, pays by the first of `rates` that fits. `agent` withholds, and remits to the `authority` within
    `remit_days` of the payment date; tax is reclaimed within `reclaim_years` of it. Where the issuer grosses up, it
    bears the tax: every holder nets what it would get were there none.
    """

    jurisdiction: str
    rate: Fraction
    agent: PartyNumber
    authority: PartyNumber
    attribute: str
    rates: tuple[TaxRate, ...]
    gross_up: bool
    remit_days: int
    reclaim_years: int

    def rate_at(self, number: int) -> Fraction:
        """The rate of a row of `rates`, from 1; the statutory one for zero."""
        return self.rates[number - 1].rate if number else self.rate

    def knows(self, rate: Fraction) -> bool:
        """Whether there is such a rate."""
        return rate == self.rate or any(each.rate == rate for each in self.rates)


@dataclass(frozen=True, slots=True)
class Pool:
    """So many units of what an omnibus account holds belong to clients of one rate."""

    rate: Fraction
    units: Units


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What is withheld at one rate of what a holder of record gets: `income` on `units`, with what the issuer adds to
    it, and the `tax` on it."""

    rate: Fraction
    units: Units
    income: Units
    tax: Units


@dataclass(slots=True)
class BookTax:
    """Of one book of a record, row by row as the record has them: the regime's rate, what is to be withheld in all and
    what has been, and the entitlement and tax that the holder was last told of, -1 before."""

    rates: Column = field(default_factory=lambda: array("q"))
    taxes: Column = field(default_factory=lambda: array("q"))
    withheld: Column = field(default_factory=lambda: array("q"))
    told_amounts: Column = field(default_factory=lambda: array("q"))
    told_taxes: Column = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class TaxSum:
    """Of one action in one money: withheld from its holders, remitted to the authority, and paid back by the agent."""

    withheld: Units = 0
    remitted: Units = 0
    refunded: Units = 0

    @property
    def kept(self) -> Units:
        """What lies in the tax account."""
        return self.withheld - self.remitted - self.refunded


@dataclass(slots=True)
class ActionTax:
    """The tax of one action: by book, as keepers have declared pools, and by money."""

    books: dict[AssetNumber, BookTax] = field(default_factory=dict)
    pools: dict[AccountNumber, tuple[Pool, ...]] = field(default_factory=dict)
    sums: dict[AssetNumber, TaxSum] = field(default_factory=dict)


@dataclass(slots=True)
class TaxAccount:
    """The withholding agent's account for what is withheld on a bond in one money, and the authority's account to which
    it is remitted."""

    money: AssetNumber
    account: AccountNumber
    remitted_to: AccountNumber


class ReclaimStatus(IntEnum):
    ASKED = 1
    REFUSED = 2  # by the withholding agent
    PAID = 3  # out of what was not yet remitted
    FORWARDED = 4  # to the authority, which has the money
    REFUNDED = 5  # by the authority


@dataclass(slots=True)
class Reclaim:
    """A holder asks tax back: `pools` is at what rates its holding should have been taxed, `amount` what was withheld
    above that, `evidence` the SHA-256 hash of the document that says so."""

    number: int
    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    money: AssetNumber
    pools: tuple[Pool, ...]
    amount: Units
    evidence: bytes
    status: ReclaimStatus = ReclaimStatus.ASKED


@dataclass(slots=True)
class Taxes:
    """All tax. `accounts` lists a bond's tax accounts, `kept_for` names the bond of one; `watched` the attributes that
    a regime reads. `reversed` says why the entitlements of an action were taken back."""

    accounts: dict[AssetNumber, list[TaxAccount]] = field(default_factory=dict)
    kept_for: dict[AccountNumber, AssetNumber] = field(default_factory=dict)
    watched: dict[str, bool] = field(default_factory=dict)
    actions: dict[ActionNumber, ActionTax] = field(default_factory=dict)
    reclaims: dict[int, Reclaim] = field(default_factory=dict)
    reversed: dict[ActionNumber, str] = field(default_factory=dict)

    def account_in(self, base: AssetNumber, money: AssetNumber) -> TaxAccount | None:
        """The tax account of a bond for a money."""
        return next((each for each in self.accounts.get(base, ()) if each.money == money), None)
