"""A market with something of everything in it, a right example of every command, and the ways to spoil one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, get_args, get_origin, get_type_hints

from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.coupons.indexed import Indexed
from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.coupons.sustainability import SustainabilityStep
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Part, Repayment, RepaymentKind
from bauhinia.bond.terms import RecordDate, RecordRule
from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Conditions
from bauhinia.ledger.fees import Adjustment, Fee, FeeItem
from bauhinia.ledger.instructions import Link, Partial, ProcessingPosition, Side
from bauhinia.ledger.moneys import Reserve
from bauhinia.ledger.parties import Block, Purpose, Right, Role, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.ledger.taxes import Pool, TaxRate, TaxRegime
from bauhinia.ledger.wallets import WalletTier
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.advising import ConfirmEntitlement, ReverseEntitlement
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue, WithdrawAllotment
from bauhinia.rules.billing import CorrectBill, DisputeBill, PayBill
from bauhinia.rules.buyback import CancelBought, ConfirmCancellation
from bauhinia.rules.closing import AbandonClosing, AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.default import Accelerate, RequestAcceleration
from bauhinia.rules.fees import NameFeeAccount, PublishFees
from bauhinia.rules.four_eyes import Approve, Withdraw
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.mandates import GiveMandate, InstructTrade, RevokeMandate
from bauhinia.rules.market import DeclareClosure, OpenSystem, PublishCalendar, PublishRulebook, SetTime
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.note import LodgeNote
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.rules.onboarding import (
    Attest,
    CloseAccount,
    Elect,
    GrantRight,
    OpenAccount,
    RegisterParty,
    RevokeRight,
    RotateKeys,
    SetStanding,
)
from bauhinia.rules.options import CallBond, PutBond, WithdrawPut
from bauhinia.rules.payments import Pay
from bauhinia.rules.porting import AcceptClients, PortClients
from bauhinia.rules.powers import ForceTransfer, LiftBlock, PauseAsset, RecoverKeys, ResumeAsset, SetBlock
from bauhinia.rules.reconciliation import ExplainBreak, ResolveBreak, StateHoldings, StateRegister, StateReserves
from bauhinia.rules.registers import InspectRegister, RecordHolderData, RequestCopy
from bauhinia.rules.reserves import MoveReserve, NameReserves
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment, StatePayments
from bauhinia.rules.sets import AgreeSet, CancelSet, ProposeSet, WithdrawSet
from bauhinia.rules.tap import LodgeTap
from bauhinia.rules.tax import AppointTaxAccount, DecideReclaim, DeclarePools, ReclaimTax, RefundTax, RemitTax
from bauhinia.rules.tiers import PayTier
from bauhinia.rules.together import AppointOffsetAgent, SettleTogether
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.rules.wallets import AssignWallet, DefineWalletTiers
from bauhinia.words.codec import plain
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.identifiers import isin
from bauhinia.words.ids import (
    NO_ACCOUNT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    InstructionNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
)
from tests.machine import failing
from tests.machine.hostile_networks import network, network_examples
from tests.rules.deal import NEXT, Deal, deal, document
from tests.rules.served import LOT, LOTS
from tests.support import PERSONS, START, TABLE, Told, calendar, keys_of, trade

MONTHLY = replace(LOTS, frequency=12)
EARLY = date(2026, 4, 3)  # a coupon date, for which one bond may be called and put
COUPON = date(2026, 3, 3)
TODAY = date(2026, 3, 6)  # a Friday: the unpaid bond is past its grace
SOON = date(2026, 3, 10)
ORDER = sha256(b"order of the court").digest()
TIERS = (WalletTier("small", 1_000, 100, 200, 500), WalletTier("free"))
RATES = (TaxRate("treaty", "DE", Fraction(1, 10)), TaxRate("exempt", "", Fraction(0)))
MAKER = PERSONS[:1]
LEI = "529900T8BM49AURSDO55"


@cache
def isin_of(number: int) -> str:
    """A valid ISIN for each number."""
    stem = f"HK{number:09}"
    return next(code for code in (f"{stem}{digit}" for digit in range(10)) if isin(code) is None)


@dataclass
class Market:
    """The market as built, and where the examples find their things."""

    made: Deal
    bonds: dict[str, AssetNumber]
    found: dict[str, int]
    snapshot: bytes = b""

    def told(self) -> Told:
        """The market once more, on a state of its own."""
        first = self.made.told
        return Told(read_snapshot(self.snapshot), first.genesis, parties=first.parties, nonces=dict(first.nonces))


@cache
def populated() -> Market:
    """Bonds at every stage of their lives, payments and instructions that wait, a break, blocks, proposals."""
    made = deal()
    market = Market(made, {}, {})
    _everyone(market)
    _issued_bonds(market)
    told = made.told
    told.until(NEXT)
    _moves(market)
    _first_coupons(market)
    _moneys(market)
    _taxed(market)
    told.until(date(2026, 3, 5))
    market.found["fails"] = failing.fail(made, market.bonds["bought"])
    told.does("Bank", StateHoldings(made_asset(market, "HKD.X"), made.at["Bank"], date(2026, 3, 5), 7))
    told.does("Custodian", StateHoldings(made_asset(market, "HKD.X"), made.at["Custodian"], date(2026, 3, 5), 7))
    told.until(TODAY)
    _closings(market)
    _pending(market)
    network(made, market.found)
    failing.appeal(made, TransactionNumber(market.found["fails"]))
    told.block()
    market.snapshot = write_snapshot(told.state)
    return market


def made_asset(market: Market, code: str) -> AssetNumber:
    return market.made.told.state.codes[code]


def _everyone(market: Market) -> None:
    made, told = market.made, market.made.told
    for name, *roles in (
        ("Sub", Role.CUSTODIAN), ("Client2", Role.INVESTOR), ("Bank", Role.BANK), ("Attester", Role.ATTESTER),
        ("SFC", Role.REGULATOR),
    ):  # fmt: skip
        told.party(name, *roles)
    for role in Role:  # a stranger to all business for each role, with nothing but that role
        told.party(f"only {role.name}", role)
    at = made.at
    at["sub"] = told.account("Sub", Purpose.OMNIBUS, tier=at["omnibus"], by="Custodian")
    at["Client2"] = told.account("Client2", tier=at["sub"], by="Sub")
    at["Bank"] = told.account("Bank")
    at["empty"] = told.account("A")
    for name in ("paying", "paying2", "paying3"):
        at[name] = told.account("Agent", Purpose.PAYING)
    for name in ("suspense", "suspense2"):
        at[name] = told.account("Agent", Purpose.SUSPENSE)
    for name in ("reserve", "reserve2"):
        at[name] = told.account("HKMA", Purpose.RESERVE)
    at["new money"] = told.account("HKMA", Purpose.ISSUER)
    at["lodged2"] = told.account("CMU", Purpose.LODGED)
    classes = (ClassDefinition(0, "professional", "status", "professional"),)
    provisions = (Provision("power.block", "OPERATOR, CSD, REGISTRAR", "house rule"),)
    told.does("operator", PublishRulebook("house", 1, START, "House rules", classes, provisions))
    told.does("Agent", DefineSeries("fixings", (told.parties["A"], told.parties["B"]), 2, 5))
    told.does("Attester", Attest(told.parties["A"], "status", "professional", told.state.time + 300 * DAY))
    told.does("A", GrantRight(at["A"], told.parties["Custodian"], Right.INSTRUCT, NO_ASSET, told.state.time + 90 * DAY))
    at["CMU"] = told.account("CMU")
    prices = (Fee(FeeItem.FOP, 200), Fee(FeeItem.INCOME, 90), Fee(FeeItem.CUSTODY, 0, Fraction(3, 10_000)))
    proceeds = ((made.token, at["CMU"]),)
    told.does("CMU", PublishFees(SystemNumber(1), "HKD", proceeds, 20, START, prices))


def _lodge(market: Market, name: str, **changes: Any) -> AssetNumber:
    changes = {"terms": MONTHLY, "isin": isin_of(len(market.bonds) + 1), **changes}
    market.bonds[name] = market.made.lodge(**changes)
    return market.bonds[name]


def _issued_bonds(market: Market) -> None:
    made = market.made
    shares = (("A", 8 * LOT), ("B", 2 * LOT), ("Client", 3 * LOT))
    made.issue(_lodge(market, "main"), 13 * LOT, *shares)
    early = (Exercise(EARLY, EARLY, least_notice=10, most_notice=40),)
    terms = replace(MONTHLY, calls=(replace(early[0], partial=True),), puts=early)
    note = _lodge(market, "note", title=TitleLayer.BENEFICIAL, terms=terms)
    made.told.does("CMU", LodgeNote(note, "NOTE-1", made.at["lodged"], document("note")))
    made.issue(note, 4 * LOT, ("A", 4 * LOT))
    made.issue(_lodge(market, "default", conditions=Conditions(grace_days=0)), 4 * LOT, ("A", 3 * LOT), ("B", LOT))
    made.issue(_lodge(market, "bought"), 4 * LOT, ("A", 4 * LOT))


def _moves(market: Market) -> None:
    """A client down the chain, an issuer that has bought back."""
    made, told = market.made, market.made.told
    for bond, taker in (("main", "Client2"), ("bought", "Government")):
        asset, reference = market.bonds[bond], f"to {taker}"
        told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties[taker], NEXT, reference=reference))
        told.does(taker, trade(Side.RECEIVE, asset, LOT, made.at[taker], told.parties["A"], NEXT, reference=reference))
    told.does("Government", CancelBought(market.bonds["bought"], made.at["Government"], LOT))


def _first_coupons(market: Market) -> None:
    """The main bond's first coupon is paid while one holder and one client cannot be; the defaulting bond's is not."""
    made, told, at = market.made, market.made.told, market.made.at
    asset = market.bonds["main"]
    told.does(
        "Agent",
        AppointPayingAccount(asset, made.token, at["paying"], at["suspense"]),
        AppointPayingAccount(asset, made.rtgs, NO_ACCOUNT, NO_ACCOUNT),
        AppointPayingAccount(market.bonds["default"], made.token, at["paying2"], at["suspense"]),
    )
    first, second = told.state.servicing.of[asset][:2]
    market.found["action"] = second
    market.found["paid"] = first
    made.fund("Government", 10 * LOT)
    told.does("Government", Fund(first, made.token, at["Government"], LOT))
    for name in ("B", "Client"):
        told.does("operator", SetStanding(told.parties[name], Standing.SUSPENDED, "asked to"))
    told.until(COUPON)
    for name in ("B", "Client"):
        told.does("operator", SetStanding(told.parties[name], Standing.ACTIVE, "back"))
    (market.found["suspense"],) = told.state.servicing.suspense


def _moneys(market: Market) -> None:
    """A money with a reserve; two of a bank, of which one gets a break and one is paused."""
    made, told, at = market.made, market.made.told, market.made.at
    backed = told.money("HKMA", "HKD.B", "HKD", MoneyKind.CBDC, (at["reserve"], made.rtgs))
    for name in ("A", "B"):
        told.mint("HKMA", backed, at[name], 50_000)
        told.mint("HKMA", made.token, at[name], 5 * LOT)
    halted = told.money("Bank", "HKD.X", "HKD", MoneyKind.DEPOSIT_TOKEN)
    for name in ("Bank", "Custodian"):
        told.mint("Bank", halted, at[name], 700)
    covered = told.money("Bank", "HKD.Y", "HKD", MoneyKind.STABLECOIN)
    at["reserve3"], at["reserve4"] = (told.account("Bank", Purpose.RESERVE) for _ in range(2))
    told.mint("HKMA", made.token, at["Bank"], 9_000)
    told.does("Bank", NameReserves(covered, (Reserve(at["reserve3"], made.token),), NO_PARTY, made.token))
    told.does("Bank", MoveReserve(covered, at["reserve3"], at["Bank"], 5_000))
    tiered = told.money("Bank", "HKD.W", "HKD", MoneyKind.DEPOSIT_TOKEN)
    told.does("Bank", DefineWalletTiers(tiered, TIERS, (told.parties["Custodian"],)))
    told.does("Bank", AssignWallet(at["A"], tiered, "small"))
    told.mint("Bank", tiered, at["A"], 900)
    told.does("operator", PauseAsset(made_asset(market, "HKD.Y"), Cause.OPERATIONS, b""))
    told.does("CMU", SetBlock(at["Lead"], NO_ASSET, int(Block.CREDIT), Cause.SANCTIONS, b"", 0))


def _taxed(market: Market) -> None:
    """A bond whose interest is taxed and paid, with tax remitted and reclaimed; one that is due and not funded; one
    whose payment is reversed."""
    made, told, at, number = market.made, market.made.told, market.made.at, market.made.told.parties
    at["tax"], at["tax2"], at["Bank2"] = (
        told.account("Agent", Purpose.TAX), told.account("Agent", Purpose.TAX), told.account("Bank"),
    )  # fmt: skip
    regime = TaxRegime("HK", Fraction(1, 5), number["Agent"], number["Bank"], "tax", RATES, False, 15, 4)
    day = date(2026, 3, 5)
    terms = replace(
        MONTHLY, issue_date=date(2026, 3, 4), maturity=date(2027, 3, 5), first_coupon=day, rate=Fraction(365, 1000)
    )
    shares = (("A", 2 * LOT), ("B", LOT), ("Custodian", 2 * LOT))
    for name, code in (("taxed", 70), ("unfunded", 71), ("reversed", 72)):
        asset = made.lodge(terms=terms, isin=isin_of(code), conditions=Conditions(tax=regime))
        made.issue(asset, 5 * LOT, *shares)
        market.found[name] = asset
    taxed = AssetNumber(market.found["taxed"])
    at["paying4"] = told.account("Agent", Purpose.PAYING)
    told.does("Agent", AppointPayingAccount(taxed, made.token, at["paying4"], at["suspense"]))
    told.does("Agent", AppointTaxAccount(taxed, made.token, at["tax"], at["Bank"]))
    told.until(date(2026, 3, 4))
    for name in ("taxed", "unfunded", "reversed"):
        market.found[f"{name} action"] = told.state.servicing.of[AssetNumber(market.found[name])][0]
    first, third = (ActionNumber(market.found[f"{name} action"]) for name in ("taxed", "reversed"))
    told.does("Government", Fund(first, made.token, at["Government"], 5 * 1_000))
    told.until(day)
    told.does("Agent", RemitTax(first, made.token, 900))
    for name, lots in (("A", 2), ("B", 1)):
        told.does(name, ReclaimTax(first, at[name], (Pool(Fraction(0), lots * LOT),), ORDER))
    told.does("Agent", DecideReclaim(1, True, ""), ReverseEntitlement(third, "of another bond"))


def _closings(market: Market) -> None:
    """Closings under way, each stopped a signature further on."""
    made, told = market.made, market.made.told
    terms = replace(MONTHLY, issue_date=SOON, maturity=date(2027, 3, 10))
    _lodge(market, "draft", terms=terms)
    _lodge(market, "noteless", terms=terms, title=TitleLayer.BENEFICIAL)
    proceeds = ((made.token, made.at["Government"]), (made.rtgs, NO_ACCOUNT))
    asset = _lodge(market, "authorised", terms=terms)
    told.does("Government", AuthoriseIssue(asset, 2 * LOT, Fraction(100), proceeds, False))
    for name in ("allotted", "ready", "released"):
        asset = _lodge(market, name, terms=terms)
        made.sign(asset, 2 * LOT)
        made.allot(asset, made.allotment("A", LOT, LOT), made.allotment("B", LOT, LOT, rtgs=True))
        if name != "allotted":
            made.accept(asset, 1, "A")
            made.accept(asset, 2, "B")
        if name == "released":
            made.release(asset)
    tap = LodgeTap(market.bonds["bought"], SOON, date(2026, 3, 5), isin_of(50), "", (document("tap"),))
    told.does("Lead", tap, LodgeTap(market.bonds["note"], SOON, COUPON, "", "", (document("tap"),)))


def _pending(market: Market) -> None:
    """What waits: instructions, a payment by RTGS, proposals, an explained break and a bare one."""
    made, told, at = market.made, market.made.told, market.made.at
    asset, b = market.bonds["main"], told.parties["B"]
    for name, hold in (("alone", False), ("held", True)):
        told.does("A", trade(Side.DELIVER, asset, LOT, at["A"], b, TODAY, reference=name, hold=hold))
        market.found[name] = told.state.settlement.last_instruction
    told.does("A", trade(Side.DELIVER, asset, LOT, at["A"], b, TODAY, made.rtgs, LOT, 0, "by RTGS"))
    told.does("B", trade(Side.RECEIVE, asset, LOT, at["B"], told.parties["A"], TODAY, made.rtgs, LOT, 0, "by RTGS"))
    (market.found["payment"],) = (each.number for each in told.state.settlement.payments.values() if each.deadline)
    told.does("A", PutBond(market.bonds["note"], at["A"], 2 * LOT, EARLY))
    ring = ("B", "Bank", "Custodian")  # none of them has it, and each would have it of the one before
    for giver, taker in zip(ring, (*ring[1:], ring[0]), strict=True):
        for side, own, other in ((Side.DELIVER, giver, taker), (Side.RECEIVE, taker, giver)):
            order = trade(side, market.bonds["bought"], LOT, at[own], told.parties[other], TODAY, reference=giver)
            told.does(own, order)
    market.found["ring"] = told.state.settlement.last_transaction
    _agreed(market)
    party = RegisterParty("New", "", "HK", (Role.DEALER,), keys_of("New"), 1, b"")
    for name in ("proposal", "proposal2"):
        told.send("operator", party, persons=MAKER)
        market.found[name] = told.state.proposed
    _defaulted(market)
    for number, each in told.state.breaks.open.items():
        market.found["break" if each.owner == told.parties["Bank"] else "bare break"] = number
    halted = made_asset(market, "HKD.X")
    told.does("Bank", ExplainBreak(market.found["break"], "an entry of the day after"))
    told.does("Bank", StateHoldings(halted, at["Bank"], TODAY, 700))


def _agreed(market: Market) -> None:
    """A set that is open and one that all have agreed to; mandates of two dealers for a bank."""
    told, at = market.made.told, market.made.at
    until, agent = told.state.time + 30 * DAY, told.parties["Bank"]
    for day, name in ((SOON, "open"), (SOON, "bound")):
        told.does("A", ProposeSet(_legs(market), day, until, name))
        market.found[f"{name} set"] = told.state.settlement.agreed.last
    told.does("B", AgreeSet(market.found["bound set"]))
    money = made_asset(market, "HKD.B")
    for name in ("A", "B"):
        told.does(name, GiveMandate(agent, at[name], at[name], (), money, 2_000, 3_000, until))
        market.found[f"mandate of {name}"] = told.state.settlement.mandates.last


def _legs(market: Market) -> tuple[Leg, ...]:
    at = market.made.at
    return (
        Leg(market.bonds["main"], at["A"], at["B"], LOT),
        Leg(made_asset(market, "HKD.B"), at["B"], at["A"], 1_000),
    )


def _defaulted(market: Market) -> None:
    """A custodian that is suspended, with two accounts of clients: one that another has accepted, and one not yet."""
    told, at = market.made.told, market.made.at
    for name in ("Gone", "Heir"):
        told.party(name, Role.CUSTODIAN)
    at["gone"], at["gone2"] = told.account("Gone", Purpose.OMNIBUS), told.account("Gone", Purpose.SEGREGATED)
    at["Heir"] = told.account("Heir")
    told.does("operator", SetStanding(told.parties["Gone"], Standing.SUSPENDED, "resolution"))
    told.does("Heir", AcceptClients(at["gone"], at["Heir"]))


@dataclass(frozen=True)
class Example:
    """A command that is right, by the right asker."""

    who: str
    command: Any
    persons: tuple[str, ...] = PERSONS
    note: str = ""


def examples() -> dict[str, Example]:
    """A right example of every command, by its name; further ones, of what is two things, by name and note."""
    market = populated()
    found = [
        *_of_the_market(market), *_of_holders(market), *_of_fees(market), *_of_issues(market), *_of_powers(market),
        *_others_of(market),
        *(Example(who, command) for who, command in network_examples(market.made, market.found)),
    ]  # fmt: skip
    return {f"{type(each.command).__name__} {each.note}".strip(): each for each in found}


def _of_the_market(market: Market) -> Iterator[Example]:
    made, told, at, found = market.made, market.made.told, market.made.at, market.found
    a, b = told.parties["A"], told.parties["B"]
    classes = (ClassDefinition(1, "retail", "status", "retail"),)
    provisions = (Provision("power.pause", "OPERATOR, CSD", "house rule"),)
    key = keys_of("A2")
    yield Example("operator", SetTime(told.state.time + MINUTE))
    yield Example("operator", PublishCalendar(replace(calendar(), version=2, holidays=(date(2026, 12, 25),))))
    yield Example("operator", DeclareClosure("HK", date(2026, 3, 7)))
    yield Example("operator", OpenSystem("Second", ("HK",), TABLE, SOON))
    yield Example("operator", PublishRulebook("house", 2, SOON, "House rules", classes, provisions))
    yield Example("operator", Approve(found["proposal"]), PERSONS[1:])
    yield Example("operator", Withdraw(found["proposal2"], "not needed"))
    yield Example("operator", RegisterParty("Newer", LEI, "HK", (Role.DEALER,), keys_of("Newer"), 2, bytes(32)))
    yield Example("A", RotateKeys(key, 2))
    yield Example("Attester", Attest(a, "status", "professional", told.state.time + 400 * DAY))
    yield Example("operator", SetStanding(b, Standing.SUSPENDED, "asked to"))
    yield Example("operator", OpenAccount(a, Purpose.OWN, "another", NO_ACCOUNT, at["A"]))
    yield Example("A", CloseAccount(at["empty"]))
    until = told.state.time + 30 * DAY
    yield Example("A", GrantRight(at["A"], b, Right.INSTRUCT, made.token, until))
    yield Example("A", RevokeRight(at["A"], told.parties["Custodian"], Right.INSTRUCT))
    yield Example("A", Elect(at["A"], "HKD", made.rtgs, (made.token,)))
    system, backed = SystemNumber(1), made_asset(market, "HKD.B")
    yield Example(
        "HKMA",
        CreateMoney(
            "HKD.C", "Money", "HKD", MoneyKind.CBDC, system, at["new money"], 10**12, at["reserve2"], made.rtgs
        ),
    )
    tiered, covered = made_asset(market, "HKD.W"), made_asset(market, "HKD.Y")
    yield Example("Bank", DefineWalletTiers(tiered, (*TIERS, WalletTier("known", needs=1)), (b,)))
    yield Example("Bank", AssignWallet(at["B"], tiered, "small"))
    yield Example("Bank", NameReserves(covered, (Reserve(at["reserve4"], backed),), told.parties["Custodian"], backed))
    yield Example("Bank", MoveReserve(covered, at["reserve3"], at["Bank"], 1_000))
    yield Example("HKMA", MintMoney(backed, at["A"], 1_000, "reserve 1"))
    yield Example("A", RedeemMoney(backed, at["A"], 1_000, "redeem 1"))
    yield Example("HKMA", ConfirmPayment(found["payment"], "CHATS 1"))
    yield Example("HKMA", RejectPayment(found["payment"], "no funds"))
    yield Example("HKMA", StatePayments(made.rtgs, TODAY, ((found["payment"], "CHATS 1"),)))


def _of_holders(market: Market) -> Iterator[Example]:
    made, told, at, found, bonds = market.made, market.made.told, market.made.at, market.found, market.bonds
    b = told.parties["B"]
    main, token = bonds["main"], made.token
    yield Example(
        "A", trade(Side.DELIVER, main, LOT, at["A"], b, TODAY, token, LOT, at["A"], "new", common_reference="C")
    )
    for kind, name in ((CancelInstruction, "alone"), (HoldInstruction, "alone"), (ReleaseInstruction, "held")):
        yield Example("A", kind(InstructionNumber(found[name])))
    yield Example("A", ModifyInstruction(InstructionNumber(found["alone"]), 2, Partial.PARQ, LOT))
    yield Example("operator", AppointOffsetAgent(told.parties["A"], told.state.time + 30 * DAY))
    ring = tuple(TransactionNumber(found["ring"] - back) for back in range(3))
    yield Example("operator", SettleTogether(ring, "a ring of three"))
    backed, until = made_asset(market, "HKD.B"), told.state.time + 20 * DAY
    yield Example("A", Pay(backed, at["A"], at["B"], 1_000, TODAY, "rent", 3))
    yield Example("A", ProposeSet(_legs(market), TODAY, until, "another"))
    yield Example("B", AgreeSet(found["open set"]))
    yield Example("A", WithdrawSet(found["open set"]))
    yield Example("B", CancelSet(found["bound set"]))
    agent, listed = told.parties["Custodian"], (main, bonds["note"])
    yield Example("A", GiveMandate(agent, at["A"], at["A"], listed, backed, 1_000, 5_000, until))
    yield Example("A", RevokeMandate(found["mandate of A"]))
    yield Example("Bank", InstructTrade("T 1", main, LOT, at["A"], at["B"], backed, 1_000, TODAY, TODAY))
    yield Example("Agent", AppointPayingAccount(bonds["note"], token, at["paying3"], at["suspense2"]))
    action = told.state.servicing.actions[found["action"]].number  # type: ignore[index]
    paid = told.state.servicing.actions[found["paid"]].number  # type: ignore[index]
    yield Example("Government", Fund(action, token, at["Government"], LOT))
    yield Example("Agent", ReleaseSuspense(found["suspense"], at["B"]))
    yield Example("Custodian", PayTier(paid, at["omnibus"]))
    yield Example("Trustee", Accelerate(bonds["default"]))
    yield Example("A", RequestAcceleration(bonds["default"], 3 * LOT))
    yield Example("Agent", DefineSeries("HONIA", (told.parties["A"], b), 2, 5))
    yield Example("B", Observe("fixings", TODAY, Fraction(3, 100)))
    yield Example("Government", CallBond(bonds["note"], EARLY, LOT))
    yield Example("A", PutBond(bonds["note"], at["A"], LOT, EARLY))
    yield Example("A", WithdrawPut(bonds["note"], at["A"], LOT, EARLY))
    taxed, account = AssetNumber(found["taxed"]), made_asset(market, "HKD.B")
    first, second, third = (ActionNumber(found[f"{name} action"]) for name in ("taxed", "unfunded", "reversed"))
    yield Example("Agent", AppointTaxAccount(taxed, account, at["tax2"], at["Bank2"]))
    pools = (Pool(Fraction(1, 10), LOT),)
    yield Example("Custodian", DeclarePools(second, at["Custodian"], pools))
    yield Example("Agent", RemitTax(first, token, 60))
    yield Example("Custodian", ReclaimTax(first, at["Custodian"], pools, ORDER))
    yield Example("Agent", DecideReclaim(2, True, ""))
    yield Example("Bank", RefundTax(1, at["Bank"]))
    yield Example("Agent", ReverseEntitlement(second, "of another bond"))
    yield Example("Agent", ConfirmEntitlement(third))
    fails = TransactionNumber(found["fails"])
    for who, command in failing.commands(made, bonds["bought"], fails, TODAY):
        yield Example(who, command)
    yield Example("operator", RecordHolderData(told.parties["A"], ORDER))
    yield Example("CMU", InspectRegister(main, "supervision"))
    yield Example("CMU", RequestCopy(main, "supervision"))


def _of_fees(market: Market) -> Iterator[Example]:
    made, told, at = market.made, market.made.told, market.made.at
    bills = {bill.party: bill.number for bill in told.state.fees.bills.values()}
    prices = (Fee(FeeItem.FOP, 250), Fee(FeeItem.CUSTODY, 0, Fraction(2, 10_000)))
    yield Example("CMU", PublishFees(SystemNumber(1), "HKD", ((made.token, at["CMU"]),), 10, SOON, prices))
    yield Example("A", NameFeeAccount(1, made.token, at["A"]))
    yield Example("A", PayBill(bills[told.parties["A"]], made.token, at["A"]))
    yield Example("A", DisputeBill(bills[told.parties["A"]], "counted twice"))
    yield Example("CMU", CorrectBill(bills[told.parties["A"]], (Adjustment(FeeItem.FOP, 0, 100),), "counted twice"))


def _of_issues(market: Market) -> Iterator[Example]:
    made, at, bonds = market.made, market.made.at, market.bonds
    terms = replace(MONTHLY, issue_date=SOON, maturity=date(2027, 3, 10), assumed=("day_count",))
    guarantor = made.told.parties["Bank"]
    yield Example(
        "Lead",
        made.sheet(terms=terms, isin=isin_of(60), guarantor=guarantor, rulebook="house", needs=1, dti="X9J9K872S"),
    )
    yield Example("CMU", LodgeNote(bonds["noteless"], "NOTE-2", at["lodged2"], document("note 2")))
    yield Example("Lead", LodgeTap(bonds["main"], SOON, date(2026, 3, 5), isin_of(61), "", (document("tap"),)))
    proceeds = ((made.token, at["Government"]), (made.rtgs, NO_ACCOUNT))
    yield Example("Government", AuthoriseIssue(bonds["draft"], 2 * LOT, Fraction(199, 2), proceeds, False))
    yield Example("CMU", ConfirmAmount(bonds["authorised"], 2 * LOT))
    yield Example("Agent", AcceptAgency(bonds["authorised"]))
    allotments = (made.allotment("A", LOT, LOT), made.allotment("Client", LOT, LOT, rtgs=True))
    yield Example("Lead", Allot(bonds["allotted"], allotments))
    yield Example("A", AcceptAllotment(bonds["allotted"], 1))
    yield Example("Lead", ReleaseIssue(bonds["ready"]))
    yield Example("Lead", WithdrawAllotment(bonds["released"], 1))
    yield Example("Government", AbandonClosing(bonds["authorised"]))
    yield Example("Government", CancelBought(bonds["bought"], at["Government"], LOT))
    yield Example("CMU", ConfirmCancellation(bonds["bought"], at["Government"], LOT))


def _of_powers(market: Market) -> Iterator[Example]:
    told, at, found, bonds = market.made.told, market.made.at, market.found, market.bonds
    main, paused = bonds["main"], made_asset(market, "HKD.Y")
    cause, later = Cause.COURT_ORDER, told.state.time + 3 * DAY
    yield Example("CMU", SetBlock(at["A"], main, int(Block.DEBIT), cause, ORDER, later))
    yield Example("CMU", LiftBlock(at["Lead"], NO_ASSET, int(Block.CREDIT), cause, ORDER, later))
    yield Example("CMU", ForceTransfer(main, at["A"], at["B"], LOT, cause, ORDER))
    yield Example("CMU", PauseAsset(main, cause, ORDER))
    yield Example("operator", ResumeAsset(paused, cause, ORDER))
    yield Example("CMU", RecoverKeys(told.parties["B"], keys_of("B2"), 2, Cause.LOST_KEYS, ORDER))
    yield Example("CMU", PortClients(at["gone"], told.parties["Heir"], Cause.INSOLVENCY, ORDER))
    yield Example("Heir", AcceptClients(at["gone2"], at["Heir"]))
    yield Example("Custodian", StateHoldings(main, at["omnibus"], TODAY, 4 * LOT))
    yield Example("CMU", StateRegister(main, TODAY, 13 * LOT))
    yield Example("HKMA", StateReserves(made_asset(market, "HKD.B"), TODAY, 100_000))
    yield Example("Custodian", ExplainBreak(found["bare break"], "a late entry"))
    yield Example("operator", ResolveBreak(found["break"]))


def _others_of(market: Market) -> Iterator[Example]:
    made, told, at, found, bonds = market.made, market.made.told, market.made.at, market.found, market.bonds
    main, token = bonds["main"], made.token
    a, b = told.parties["A"], told.parties["B"]
    book = OpenAccount(told.parties["Client"], Purpose.SEGREGATED, "another", at["omnibus"], at["Client"])
    yield Example("Custodian", book, note="in a book")
    yield Example("A", trade(Side.DELIVER, main, LOT, at["A"], b, SOON, made.rtgs, LOT, 0, "new"), note="by RTGS")
    free = trade(Side.RECEIVE, main, LOT, at["Client2"], a, SOON, reference="new")
    yield Example("Client2", free, note="free")
    links = (Link(ProcessingPosition.WITH, "alone"), Link(ProcessingPosition.BEFO, "held"))
    linked = trade(Side.DELIVER, main, LOT, at["A"], b, TODAY, reference="new", links=links)
    yield Example("A", linked, note="with links")
    once = LodgeTap(main, SOON, COUPON, "", "", (document("tap"),))
    yield Example("CMU", once, note="at once")
    yield Example("operator", ForceTransfer(token, at["A"], at["B"], 7, Cause.DEATH, ORDER), note="of money")
    yield Example("CMU", StateHoldings(main, NO_ACCOUNT, TODAY, 13 * LOT), note="of a depository")
    second = told.state.servicing.actions[found["action"]].number  # type: ignore[index]
    yield Example("Government", Fund(second, made.rtgs, NO_ACCOUNT, LOT), note="by RTGS")
    yield Example("Attester", Attest(a, "status", "", 0), note="away")
    rules = RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 15)
    stubs = replace(
        MONTHLY, issue_date=SOON, maturity=date(2028, 2, 15), frequency=2, first_coupon=date(2026, 6, 30),
        penultimate_coupon=date(2027, 12, 31), end_of_month=True, record_date=rules, day_count=DayCount.ACT_ACT_ICMA,
    )  # fmt: skip
    yield Example("Lead", made.sheet(terms=stubs, isin=isin_of(62)), note="with stubs")
    zero = replace(MONTHLY, issue_date=SOON, rate=Fraction(0), frequency=0, redemption_price=Fraction(11, 10))
    yield Example("CMU", made.sheet(terms=zero, isin=isin_of(63)), note="without coupons")


# --- how an example is spoiled ----------------------------------------------------------------------------------------

BIG = {"-2**63": -(1 << 63), "-1": -1, "0": 0, "unknown": 987_654, "2**62": 1 << 62, "2**63-1": (1 << 63) - 1}
TEXTS = {
    "empty": "", "long": "x" * 600, "huge": "x" * 100_000, "control": "a\x00b", "newline": "a\n", "bidi": "a\u202eb",
}  # fmt: skip
BYTES = {"empty": b"", "short": bytes(31), "long": bytes(33), "huge": bytes(100_000)}
DATES = {
    "first": date.min, "last": date.max, "yesterday": TODAY - timedelta(days=1), "Saturday": date(2026, 3, 14),
    "past the calendar": date(2028, 1, 3),
}  # fmt: skip
FRACTIONS = {
    "0": Fraction(0), "-1": Fraction(-1), "huge": Fraction((1 << 63) - 1), "tiny": Fraction(1, (1 << 63) - 1),
    "fine": Fraction(1, 1 << 50),
}  # fmt: skip
MANY = 1_000
Spoiled = tuple[str, str, Any]  # where, how, the value


# what stands for a part that an example does not have; each is sound by itself
SAMPLES: dict[Any, Any] = {
    str: "HK", date: TODAY, int: 5,
    RateStep: RateStep(date(2026, 9, 10), Fraction(5, 100)),
    SustainabilityStep: SustainabilityStep("emissions", TODAY, TODAY, date(2026, 9, 10), Fraction(1, 1000)),
    Floating: Floating("HIBOR", centres=("HK",)),
    Indexed: Indexed("CPI", Fraction(100)),
    Repayment: Repayment(RepaymentKind.LINEAR),
    Part: Part(date(2026, 9, 10), Fraction(1, 2)),
    Exercise: Exercise(date(2026, 9, 10), date(2026, 9, 10)),
    MakeWhole: MakeWhole(date(2026, 9, 10), "EFN", Fraction(1, 1000)),
    TaxRegime: TaxRegime("HK", Fraction(1, 5), PartyNumber(5), PartyNumber(2), "tax", RATES, False, 15, 4),
    TaxRate: RATES[0],
    Pool: Pool(Fraction(1, 10), 100),
    Link: Link(ProcessingPosition.AFTE, "another"),
    Fee: Fee(FeeItem.DVP, 5),
    Adjustment: Adjustment(FeeItem.DVP, 5),
}  # fmt: skip


def spoiled(value: Any) -> Iterator[Spoiled]:
    """A command with each field wrong in turn: the field, what is wrong with it, the command."""
    hints = get_type_hints(type(value), include_extras=True)
    for field in fields(value):
        for where, how, wrong in _values(hints[field.name], getattr(value, field.name)):
            yield f"{field.name}{where}", how, replace(value, **{field.name: wrong})


def _values(kind: Any, value: Any) -> Iterator[Spoiled]:
    """The wrong values of one annotation; `where` says which part of it, empty where it is the whole."""
    if kind in (AccountNumber, AssetNumber, PartyNumber):
        for how, wrong in {**BIG, **_others(kind)}.items():
            yield "", how, wrong
        return
    base = plain(kind)
    if base is bool:
        yield "", "flipped", not value
    elif base is int:
        yield from (("", how, wrong) for how, wrong in {**BIG, "less": value - 1, "more": value + 1}.items())
    elif base is str:
        yield from (("", how, wrong) for how, wrong in TEXTS.items())
    elif base is bytes:
        yield from (("", how, wrong) for how, wrong in BYTES.items())
    elif base is date:
        yield from (("", how, wrong) for how, wrong in DATES.items())
    elif base is Fraction:
        yield from (("", how, wrong) for how, wrong in FRACTIONS.items())
    elif isinstance(base, type) and issubclass(base, IntEnum):
        yield from (("", member.name, member) for member in base)
    elif is_dataclass(base):
        yield from ((f".{where}", how, wrong) for where, how, wrong in spoiled(value))
    elif get_origin(base) is tuple:
        yield from _tuples(get_args(base), value)
    else:  # X | None
        inner = next(part for part in get_args(base) if part is not type(None))
        yield "", "none", None
        sample = SAMPLES.get(plain(inner), TODAY) if value is None else value
        if value is None and is_dataclass(plain(inner)):
            yield "", "there", sample
        yield from _values(inner, sample)


def _tuples(kinds: tuple[Any, ...], value: tuple[Any, ...]) -> Iterator[Spoiled]:
    if kinds[-1] is not Ellipsis:
        for number, kind in enumerate(kinds):
            for where, how, wrong in _values(kind, value[number]):
                yield f".{number}{where}", how, (*value[:number], wrong, *value[number + 1 :])
        return
    yield "", "none of it", ()
    yield "", "doubled", (*value, *value)
    if value:
        yield "", "a thousand", value[:1] * MANY
        for where, how, wrong in _values(kinds[0], value[0]):
            yield f"[0]{where}", how, (wrong, *value[1:])
    else:
        sample = SAMPLES.get(plain(kinds[0]), plain(kinds[0]))
        yield "", "a thousand", (sample,) * MANY
        if is_dataclass(plain(kinds[0])):
            yield "", "one", (sample,)


def _others(kind: Any) -> dict[str, int]:
    """Numbers that are there and are someone else's, or of another kind."""
    market = populated()
    made, at = market.made, market.made.at
    if kind is PartyNumber:
        return {name: made.told.parties[name] for name in ("operator", "A", "Bank", "Custodian", "Government")}
    if kind is AccountNumber:
        names = (
            "issuer", "omnibus", "sub", "Client", "Client2", "lodged", "Government", "B", "empty", "paying", "suspense",
            "reserve",
        )  # fmt: skip
        return {f"of {name}": at[name] for name in names}
    state, main = made.told.state, market.bonds["main"]
    codes = ("HKD.T", "HKD.RTGS", "HKD.B", "HKD.X", "HKD.Y", "NOTE-1")
    entitlement = {"entitlement": int(state.entitlements[main][0])}
    bonds = {f"bond {name}": int(number) for name, number in market.bonds.items()}
    return {**{code: int(state.codes[code]) for code in codes}, **entitlement, **bonds}
