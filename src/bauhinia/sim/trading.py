"""What traders, their banks and the RTGS do on a day of a random life."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.schedule import Period, period_at
from bauhinia.ledger.bonds import AllotmentStatus, Bond, BondStatus, Document
from bauhinia.ledger.instructions import CumEx, Partial, Payment, PaymentStatus, Side
from bauhinia.ledger.parties import Right
from bauhinia.rules.allotment import AcceptAllotment, Allot, WithdrawAllotment
from bauhinia.rules.books import asset_in
from bauhinia.rules.buyback import CancelBought, ConfirmCancellation
from bauhinia.rules.closing import AbandonClosing, AuthoriseIssue, is_done
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, Instruct, ReleaseInstruction
from bauhinia.rules.issue import periods_of
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.money import RedeemMoney
from bauhinia.rules.onboarding import Elect, GrantRight, RevokeRight
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment, StatePayments
from bauhinia.rules.tap import LodgeTap
from bauhinia.sim.founding import CLIENTS, DIRECT, LOT, TRADERS, Life, allotment, appoint, close, isin_of, lodge
from bauhinia.sim.stage import HKT
from bauhinia.words.dates import DAY, day_of
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AssetNumber

ALIVE = (BondStatus.DRAFT, BondStatus.CLOSING, BondStatus.ISSUED, BondStatus.POTENTIAL_DEFAULT)
UNANSWERED = (PaymentStatus.REQUESTED, PaymentStatus.IN_DOUBT)


def held(life: Life, name: str, base: AssetNumber) -> int:
    """What a trader holds of a bond, in whatever book."""
    asset = asset_in(life.state, life.at[name], base)
    return life.state.positions.balance(life.at[name], asset) if asset else 0


def trade(life: Life) -> None:
    """Two traders agree and both instruct, mostly: some instruct too much, or otherwise, or not at all."""
    base = life.one_of(list(life.bonds.values()))
    sellers = [name for name in TRADERS if held(life, name, base)]
    if not sellers or life.state.issues.bonds[base].status not in ALIVE:
        return
    seller = life.one_of(sellers)
    buyer = life.one_of([name for name in TRADERS if name != seller])
    lots = life.chance.randrange(1, held(life, seller, base) // LOT + 1 + life.likely(15))
    money = life.one_of((life.token, life.token, life.token, life.rtgs, NO_ASSET, life.deposit))
    if life.state.issues.bonds[base].terms.maturity - life.today < timedelta(days=7) and life.likely(60):
        money = life.rtgs  # to be in doubt when the register closes
    amount = lots * LOT * life.chance.randrange(95, 106) // 100 if money else 0
    days = life.one_of((0, 0, 0, 0, 1, 1, 2, 5))
    said = life.one_of((CumEx.UNSAID,) * 8 + (CumEx.CUM, CumEx.EX))
    sides = []
    for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
        sides.append((own, order_of(life, side, own, other, base, lots, money, amount, days, said)))
    if money == life.token and life.likely(80):
        life.mint(buyer, amount)
    if life.likely(6):
        sides.pop()
    life.chance.shuffle(sides)
    for own, order in sides:
        life.stage.send(own, order)
        if life.likely(30):
            life.stage.flush()


def order_of(
    life: Life, side: Side, own: str, other: str, base: AssetNumber, lots: int, money: AssetNumber, amount: int,
    days: int, said: CumEx,
) -> Instruct:  # fmt: skip
    """One side's instruction, at times with a fault in it."""
    cash = life.at[own] if money and money != life.rtgs else NO_ACCOUNT
    return Instruct(
        life.next_reference(), side, Payment.AGAINST if money else Payment.FREE, base, lots * LOT, life.at[own],
        life.party(other), life.today, life.today + timedelta(days=days), money, amount + life.likely(3) * bool(money),
        cash, "", said if life.likely(50) else CumEx.UNSAID, life.likely(12), life.chance.randrange(2, 5),
        Partial.PART if life.likely(40) else Partial.NPAR,
    )  # fmt: skip


def change_instruction(life: Life) -> None:
    """Whoever instructed holds, releases or cancels; the other side often follows."""
    settlement = life.state.settlement
    if not settlement.instructions:
        return
    instruction = life.one_of(list(settlement.instructions.values()))
    kind = life.one_of((CancelInstruction, HoldInstruction, ReleaseInstruction, ReleaseInstruction))
    if life.likely(20):
        partial = life.one_of((Partial.NPAR, Partial.PART))
        value = ModifyInstruction(instruction.number, life.chance.randrange(1, 5), partial)
        life.stage.send(life.stage.name_of(instruction.party), value)
        return
    life.stage.send(life.stage.name_of(instruction.party), kind(instruction.number))
    transaction = settlement.transactions.get(instruction.transaction)
    if kind is CancelInstruction and transaction is not None and life.likely(60):
        for number in filter(None, (transaction.deliver, transaction.receive)):
            party = settlement.instructions[number].party
            life.stage.send(life.stage.name_of(party), CancelInstruction(number))


def answer_payments(life: Life, percent: int = 40) -> None:
    """The RTGS answers some of what it was asked, at times with a statement of the day."""
    if life.likely(10):
        state_payments(life)
        return
    for payment in life.state.settlement.payments.values():
        if payment.status in UNANSWERED and life.likely(percent):
            rejected = RejectPayment(payment.number, "no funds") if life.likely(20) else None
            life.stage.send("HKMA", rejected or ConfirmPayment(payment.number, f"CHATS {payment.number}"))


def state_payments(life: Life) -> None:
    """The RTGS says what it has paid on the day: past its cut-off, whatever it does not list was not paid."""
    paid = tuple(
        (each.number, f"S{each.number}")
        for each in life.state.settlement.payments.values()
        if each.status is PaymentStatus.CONFIRMED or (each.status in UNANSWERED and life.likely(80))
    )
    life.stage.send("HKMA", StatePayments(life.rtgs, day_of(life.state.time, HKT), paid))


def redeem(life: Life) -> None:
    """Someone gives tokens back, out of an account that may, or may not, be redeemed from."""
    label = life.one_of((*DIRECT, *CLIENTS, "omnibus 1", *(each for each in life.at if each.startswith("paying"))))
    account = life.at[label]
    holder = life.stage.name_of(life.state.accounts[account].holder)
    available = life.state.positions.available(account, life.token)
    if available:
        amount = life.chance.randrange(1, available + 2)
        life.stage.send(holder, RedeemMoney(life.token, account, amount, "redeem"))


def elect(life: Life) -> None:
    """A holder, or a keeper for its book, chooses how it is paid."""
    label = life.one_of((*DIRECT, *CLIENTS) if life.likely(60) else ("omnibus 1", "omnibus 2"))
    account = life.at[label]
    holder = life.stage.name_of(life.state.accounts[account].holder)
    life.stage.send(holder, Elect(account, "HKD", life.one_of((life.rtgs, life.token, NO_ASSET))))


def rights(life: Life) -> None:
    """A holder lets another instruct for it, or takes that back; who was let tries."""
    name, other = life.one_of(DIRECT), life.one_of(("C1", "Bank", "Lead"))
    until = life.state.time + life.chance.randrange(1, 20) * DAY
    if life.likely(40):
        life.stage.send(name, RevokeRight(life.at[name], life.party(other), Right.INSTRUCT))
    else:
        life.stage.send(name, GrantRight(life.at[name], life.party(other), Right.INSTRUCT, NO_ASSET, until))
    base = life.one_of(list(life.bonds.values()))
    if held(life, name, base):
        order = order_of(life, Side.DELIVER, name, "D1", base, 1, NO_ASSET, 0, 0, CumEx.UNSAID)
        life.stage.send(other, order)


def buy_back(life: Life) -> None:
    """The issuer has what it has bought cancelled, all or part; the registrar confirms, or not yet."""
    for base, bond in life.state.issues.bonds.items():
        lots = held(life, "Issuer", base) // LOT
        if bond.status is BondStatus.ISSUED and (lots or bond.cancelling) and life.likely(50):
            nominal = life.chance.randrange(0, lots + 1) * LOT
            life.stage.send("Issuer", CancelBought(base, life.at["Issuer"], nominal))
            if nominal and life.likely(80):
                life.stage.send("CMU", ConfirmCancellation(base, life.at["Issuer"], nominal))


def tidy_closings(life: Life) -> None:
    """Investors accept late, or pay late; the lead manager withdraws what stays unpaid and allots it anew."""
    for base, bond in life.state.issues.bonds.items():
        closing = bond.closings[-1]
        if not closing.released or is_done(closing):
            continue
        for number, each in enumerate(closing.allotments, 1):
            name = next(label for label, account in life.at.items() if account == each.allotment.account)
            if each.status is AllotmentStatus.ALLOTTED:
                life.stage.send(name, AcceptAllotment(base, number))
            elif each.status is AllotmentStatus.RELEASED and each.allotment.cash_account and life.likely(50):
                life.mint(name, each.allotment.amount)
            if each.status not in (AllotmentStatus.ISSUED, AllotmentStatus.WITHDRAWN) and life.likely(10):
                life.stage.flush()
                life.stage.send("Lead", WithdrawAllotment(base, number))
                anew = allotment(life, base, "D1", each.allotment.nominal, rtgs=False)
                if life.likely(50) and bond.status in (BondStatus.CLOSING, BondStatus.ISSUED):
                    life.stage.send("Lead", Allot(base, (anew,)))
        if life.likely(3):
            life.stage.send("Lead", AbandonClosing(base))


def tap(life: Life) -> None:
    """A further issue of a bond: at once where it can be, else under a temporary ISIN."""
    base = life.one_of([life.bonds[name] for name in ("plain", "note")])
    bond, day = life.state.issues.bonds[base], life.state.days.next_business_day(life.today, ("HK",)).day
    period = _period(life, bond)
    if period is None or bond.status is not BondStatus.ISSUED or not is_done(bond.closings[-1]):
        return
    once = life.likely(50)
    isin = "" if once else isin_of(100 + len(life.bonds))
    document = Document(f"tap {life.next_reference()}", bytes(32))
    started = period.accrual_start if once else max(life.today, period.accrual_start + timedelta(days=1))
    life.stage.send("Lead", LodgeTap(base, day, started, isin, "", (document,)))
    if any(outcome.code for outcome in life.stage.flush()):
        return
    tapped = base if once else life.state.codes[isin]
    if not once:
        life.bonds[f"tap {len(life.bonds)}"] = tapped
        appoint(life, tapped)
    if life.likely(15):
        money = ((life.token, life.at["Issuer"]),)
        life.stage.send("Issuer", AuthoriseIssue(tapped, LOT, Fraction(100), money, False), AbandonClosing(tapped))
        return
    shares = {name: life.chance.randrange(1, 4) for name in life.chance.sample(DIRECT + CLIENTS, 2)}
    close(life, tapped, shares, Fraction(life.chance.randrange(950, 1050), 10))


def give_up(life: Life) -> None:
    """A bond that is lodged, signed by its issuer, and never issued."""
    base = lodge(life, "given up")
    money = ((life.token, life.at["Issuer"]),)
    life.stage.send("Issuer", AuthoriseIssue(base, LOT, Fraction(100), money, False))
    life.stage.send("Lead", AbandonClosing(base))


def _period(life: Life, bond: Bond) -> Period | None:
    try:
        return period_at(periods_of(life.state, bond.terms), life.today + timedelta(days=1))
    except Impossible:
        return None
