"""What happens in a random life to fees and to a custodian's clients: prices change, bills are paid and disputed; a
keeper is suspended, and its omnibus account goes to another and, in time, comes back the same way."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from bauhinia.ledger.fees import Adjustment, Bill, BillStatus, Fee, FeeItem
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.powers import Cause
from bauhinia.rules.billing import CorrectBill, DisputeBill, PayBill
from bauhinia.rules.fees import NameFeeAccount, PublishFees
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.porting import AcceptClients, PortClients
from bauhinia.sim.founding import DIRECT, Life
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, SystemNumber

COLLECTOR = "operator"
KEEPERS = ("C1", "C2")
ORDER = bytes(range(32))


def publish(life: Life) -> None:
    """The operator sets its prices, or others from some day on."""
    if "fees" not in life.at:
        life.stage.account(COLLECTOR, label="fees")
    chance = life.chance
    prices = [Fee(item, chance.randrange(0, 900)) for item in FeeItem if item is not FeeItem.CUSTODY]
    custody = Fee(FeeItem.CUSTODY, 0, Fraction(chance.randrange(0, 9), 10_000))
    effective = life.today + timedelta(days=chance.randrange(0, 6))
    proceeds = ((life.token, life.at["fees"]),)
    life.stage.send(
        COLLECTOR, PublishFees(SystemNumber(1), "HKD", proceeds, chance.randrange(1, 8), effective, (*prices, custody))
    )


def name(life: Life) -> None:
    """Someone lets its bills be collected, or no longer: one whose money is its own, and meant for no holder."""
    who = life.one_of(DIRECT)
    if life.likely(80):
        life.stage.send(who, NameFeeAccount(1, life.token, life.at[who]))
    else:
        life.stage.send(who, NameFeeAccount(1, NO_ASSET, NO_ACCOUNT))


def bills(life: Life) -> None:
    """Bills are paid, disputed, corrected; some by who may not."""
    for bill in list(life.state.fees.bills.values()):
        if life.likely(8):
            _touch(life, bill)


def _touch(life: Life, bill: Bill) -> None:
    who, chance = life.stage.name_of(bill.party), life.chance
    if bill.status is BillStatus.DISPUTED or life.likely(25):
        change = Adjustment(FeeItem.FOP, chance.randrange(0, 500), chance.randrange(0, bill.total + 500))
        adjustments = (change,) if life.likely(70) else ()
        life.stage.send(COLLECTOR, CorrectBill(bill.number, adjustments, "as asked"))
    elif life.likely(50):
        life.stage.send(who, DisputeBill(bill.number, "counted twice"))
    elif who in DIRECT:
        life.stage.send(who, PayBill(bill.number, life.token, life.at[who]))


def port(life: Life) -> None:
    """A keeper is suspended, its omnibus account goes to the other one, and it is back."""
    label = life.one_of(("omnibus 1", "omnibus 2"))
    account = life.state.accounts[AccountNumber(life.at[label])]
    giver = life.stage.name_of(account.holder)
    taker = next((each for each in KEEPERS if each != giver), KEEPERS[0])
    before = life.state.parties[account.holder].standing
    if giver not in KEEPERS or before is not Standing.ACTIVE:
        return
    life.stage.send("operator", SetStanding(account.holder, Standing.SUSPENDED, "resolution"))
    life.stage.send(taker, AcceptClients(account.number, life.at[taker] if life.likely(70) else NO_ACCOUNT))
    command = PortClients(account.number, life.party(taker), Cause.INSOLVENCY, ORDER)
    life.stage.send("operator", command)
    life.stage.flush()
    life.stage.send("operator", SetStanding(life.party(giver), Standing.ACTIVE, "recovered"))
