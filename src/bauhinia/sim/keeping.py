"""What those who keep the market, its registers and its payments do on a day of a random life."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from bauhinia.bond.calendar import is_business_day
from bauhinia.ledger.actions import OWED, Action, ActionStatus, PayState
from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.breaks import BreakKind
from bauhinia.ledger.invariants import outstanding
from bauhinia.ledger.parties import Block, Purpose, Role, Standing
from bauhinia.ledger.powers import Cause, Power
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.default import Accelerate, RequestAcceleration, held_by
from bauhinia.rules.four_eyes import Approve, Withdraw
from bauhinia.rules.funding import Fund
from bauhinia.rules.issue import periods_of
from bauhinia.rules.market import DeclareClosure, PublishCalendar
from bauhinia.rules.money import MintMoney
from bauhinia.rules.observing import Observe
from bauhinia.rules.onboarding import Attest, CloseAccount, OpenAccount, RegisterParty, RotateKeys, SetStanding
from bauhinia.rules.paying import lacking
from bauhinia.rules.powers import ForceTransfer, LiftBlock, PauseAsset, RecoverKeys, ResumeAsset, SetBlock
from bauhinia.rules.reconciliation import ExplainBreak, ResolveBreak, StateHoldings, StateRegister, StateReserves
from bauhinia.rules.registers import InspectRegister, RecordHolderData, RequestCopy
from bauhinia.rules.tiers import PayTier
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.sim.founding import CLIENTS, DIRECT, FIXINGS, LOT, SOURCES, TRADERS, Life, publish
from bauhinia.sim.stage import OPERATOR, PERSONS, keys_of
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AssetNumber

ORDER = bytes(range(32))
PAYABLE = (ActionStatus.RECORDED, *OWED)


def fund(life: Life, percent: int = 55) -> None:
    """The issuer puts its agent in funds: on time, in part, late, or past all grace; sometimes its guarantor does."""
    for action in list(life.state.servicing.actions.values()):
        if action.status not in PAYABLE or life.today < life.late.get(action.asset, life.today):
            continue
        for money, amount in lacking(life.state, action).items():
            if money and life.likely(percent):
                _fund(life, action, money, amount if life.likely(75) else amount // 2)


def _fund(life: Life, action: Action, money: AssetNumber, amount: int) -> None:
    under_way = [each[:2] for each in life.state.servicing.funding.values()]
    if amount <= 0 or (action.asset, money) in under_way:
        return
    who = life.one_of(("Issuer", "Issuer", "Issuer", "Guarantor"))
    if money == life.token:
        life.mint(who, amount)
    elif money == life.deposit:
        life.stage.send("Bank", MintMoney(money, life.at[who], amount, "paid in"))
    life.stage.send(who, Fund(action.number, money, NO_ACCOUNT if money == life.rtgs else life.at[who], amount))


def observe(life: Life, percent: int = 40) -> None:
    """Sources tell what payments wait for: in time, late, or wrongly at first."""
    base, observations = life.bonds["floater"], life.state.observations
    told = observations.series[observations.numbers[FIXINGS]].told
    for number in life.state.servicing.of.get(base, ()):
        if life.state.servicing.actions[number].fixed or not life.likely(percent):
            continue
        period = life.state.servicing.actions[number].period
        day = periods_of(life.state, life.state.issues.bonds[base].terms)[period - 1].accrual_start
        if day > life.today:
            return
        right = Fraction(200 + day.toordinal() % 300, 10_000)
        for name in SOURCES:
            value = right if life.likely(80) else right + Fraction(1, 1_000)
            if told.get(day, {}).get(life.party(name)) != value:
                life.stage.send(name, Observe(FIXINGS, day, value))


def pay_tiers(life: Life, percent: int = 30) -> None:
    """Keepers try again those of their clients who are still to be paid."""
    for action in life.state.servicing.actions.values():
        for record in action.records.values():
            left = any(state != PayState.PAID for state in record.states)
            if record.keeper and left and life.likely(percent):
                keeper = life.stage.name_of(life.state.accounts[record.keeper].holder)
                life.stage.send(keeper, PayTier(action.number, record.keeper))


def release_suspense(life: Life, percent: int = 20) -> None:
    """The agent pays out what lies in suspense; not all of it where some is to be prescribed."""
    for number in life.state.servicing.suspense:
        if life.likely(percent) and not (life.long and number % 2):
            life.stage.send("Agent", ReleaseSuspense(number, NO_ACCOUNT))


def accelerate(life: Life) -> None:
    """Holders, or the trustee, ask for principal where a payment has not come in all its grace."""
    for base, bond in life.state.issues.bonds.items():
        if bond.status is not BondStatus.POTENTIAL_DEFAULT:
            continue
        for name in (*DIRECT, "C1"):
            holds = held_by(life.state, base, life.party(name))
            if holds and life.likely(15):
                life.stage.send(name, RequestAcceleration(base, life.chance.randrange(1, holds + 1)))
        if life.likely(4):
            life.stage.send("Trustee", Accelerate(base))


def use_power(life: Life) -> None:
    """Someone is blocked, moved, or recovered; an asset is paused."""
    who, cause = life.one_of(("CMU", OPERATOR)), life.one_of((Cause.COURT_ORDER, Cause.SANCTIONS))
    name, base = life.one_of(TRADERS), life.one_of(list(life.bonds.values()))
    bits = life.one_of((Block.DEBIT, Block.CREDIT, Block.DEBIT | Block.CREDIT, Block.COLLATERAL))
    notice = life.state.time + life.chance.randrange(1, 12) * DAY if life.likely(40) else 0
    match life.chance.randrange(8):
        case 0 | 1 | 2:
            asset = life.one_of((NO_ASSET, base, life.token))
            life.stage.send(who, SetBlock(life.at[name], asset, int(bits), cause, ORDER, notice))
        case 3 | 4:
            taker, lots = life.one_of(TRADERS), life.chance.randrange(1, 4)
            amount = lots * LOT if life.likely(90) else lots
            life.stage.send(who, ForceTransfer(base, life.at[name], life.at[taker], amount, cause, ORDER))
        case 5:
            life.stage.send(who, PauseAsset(life.one_of((base, base, life.token)), cause, ORDER))
        case 6:
            keys = keys_of(name, life.state.height)
            life.stage.send(who, RecoverKeys(life.party(name), keys, 1, Cause.LOST_KEYS, ORDER))
        case _:
            life.stage.send("Regulator", SetBlock(life.at[name], NO_ASSET, int(bits), cause, ORDER, 0))


def undo_powers(life: Life, percent: int = 25) -> None:
    """What was blocked or paused is freed again, by and by."""
    state = life.state
    for use in state.powers.uses.values():
        if use.power is Power.BLOCK and life.likely(percent):
            flags = state.positions.flags(use.account, use.asset) if use.asset else state.accounts[use.account].blocks
            if flags:
                life.stage.send("CMU", LiftBlock(use.account, use.asset, flags, Cause.OPERATIONS, b"", 0))
    for asset in state.assets.values():
        if asset.paused and asset.base in (0, asset.number) and life.likely(2 * percent):
            life.stage.send(OPERATOR, ResumeAsset(asset.number, Cause.OPERATIONS, b""))


def standings(life: Life, percent: int = 30) -> None:
    """A holder or a keeper is suspended for a while."""
    for name in (*DIRECT, *CLIENTS, "C1", "C2"):
        standing = life.state.parties[life.party(name)].standing
        if standing is not Standing.ACTIVE and life.likely(percent):
            life.stage.send(OPERATOR, SetStanding(life.party(name), Standing.ACTIVE, "back"))
        elif standing is Standing.ACTIVE and life.likely(1):
            life.stage.send(OPERATOR, SetStanding(life.party(name), Standing.SUSPENDED, "not heard of"))


def propose(life: Life) -> None:
    """One person proposes; another approves, withdraws, or forgets about it."""
    mine = [each for each in life.state.proposals.values() if each.party == life.party(OPERATOR)]
    if mine and life.likely(60):
        number = life.one_of(mine).number
        value = Withdraw(number, "not needed") if life.likely(30) else Approve(number)
        life.stage.send(OPERATOR, value, persons=PERSONS[1:])
        return
    name = f"New {life.next_reference()}"
    command = RegisterParty(name, "", "HK", (Role.INVESTOR,), keys_of(name), 1, b"")
    life.stage.send(OPERATOR, command, persons=PERSONS[:1])


def static_data(life: Life) -> None:
    """Keys are rotated, attributes renewed, data recorded, registers looked into, accounts opened and closed."""
    name, stage = life.one_of((*DIRECT, *CLIENTS)), life.stage
    base = life.one_of(list(life.bonds.values()))
    match life.chance.randrange(6):
        case 0:
            stage.send(name, RotateKeys(keys_of(name, life.state.height), life.one_of((1, 1, 2))))
        case 1:
            until = life.state.time + life.chance.randrange(1, 300) * DAY
            value = "professional" if life.likely(85) else life.one_of(("", "retail"))
            stage.send("Attester", Attest(life.party(name), "status", value, until))
        case 2:
            stage.send(OPERATOR, RecordHolderData(life.party(name), bytes([life.chance.randrange(256)]) * 32))
        case 3:
            who = life.one_of((name, "Regulator", "Agent", "CMU"))
            stage.send(who, life.one_of((InspectRegister, RequestCopy))(base, "to know"))
        case 4:
            holder = life.party(life.one_of(DIRECT))
            stage.send(OPERATOR, OpenAccount(holder, Purpose.SEGREGATED, "spare", NO_ACCOUNT, NO_ACCOUNT))
        case _:
            spare = [each.number for each in life.state.accounts.values() if each.purpose is Purpose.SEGREGATED]
            stage.send(OPERATOR, CloseAccount(life.one_of((*spare, life.at[name]))))


def state_books(life: Life) -> None:
    """Custodians, registrar and settlement institution say what their own books have; now and then they err."""
    state, today = life.state, life.today
    off = life.chance.randrange(1, 9) if life.likely(6) else 0
    base = life.one_of(list(life.bonds.values()))
    match life.chance.randrange(4):
        case 0:
            omnibus = life.at["omnibus 1"]
            keeper = life.stage.name_of(state.accounts[omnibus].holder)
            life.stage.send(keeper, StateHoldings(base, omnibus, today, state.positions.balance(omnibus, base) + off))
        case 1:
            life.stage.send("CMU", StateHoldings(base, NO_ACCOUNT, today, _outstanding(life, base) + off))
        case 2:
            life.stage.send("CMU", StateRegister(base, today, _outstanding(life, base) + off))
        case _:
            life.stage.send("HKMA", StateReserves(life.token, today, _outstanding(life, life.token) + off))


def _outstanding(life: Life, number: AssetNumber) -> int:
    return outstanding(life.state, life.state.assets[number])


def mend_breaks(life: Life, percent: int = 50) -> None:
    """Owners explain, whoever erred states anew, the operator resolves."""
    state = life.state
    for each in list(state.breaks.open.values()):
        if not life.likely(percent):
            continue
        life.stage.send(life.stage.name_of(each.owner), ExplainBreak(each.number, "a late entry"))
        if each.party:
            who = life.stage.name_of(each.party)
            ours = state.positions.balance(each.account, each.asset) if each.account else _outstanding(life, each.asset)
            if each.kind is BreakKind.CUSTODY:
                life.stage.send(who, StateHoldings(each.asset, each.account, life.today, ours))
            else:
                kind = StateRegister if each.kind is BreakKind.REGISTER else StateReserves
                life.stage.send(who, kind(each.asset, life.today, ours))
        life.stage.send(life.one_of((OPERATOR, "CMU")), ResolveBreak(each.number))


def weather(life: Life) -> None:
    """A typhoon closes the centre tomorrow or today: mostly on a day on which something is to be paid."""
    due = [action.payment_date for action in life.state.servicing.actions.values() if action.status in PAYABLE]
    tomorrow = life.today + timedelta(days=1)
    if (tomorrow in due and life.likely(12)) or life.likely(1):
        life.stage.send("CMU", DeclareClosure("HK", tomorrow))
    elif life.today in due and life.likely(8):
        life.stage.send("CMU", DeclareClosure("HK", life.today))


def calendars(life: Life) -> None:
    """The next version of the calendar: known for longer, with a holiday that nobody knew of."""
    calendar = life.state.days.calendars["HK"]
    holiday = life.today + timedelta(days=life.chance.randrange(20, 60))
    holidays = calendar.holidays
    if is_business_day(holiday, (calendar,)) and holiday > max((life.today, *holidays)):
        holidays = (*holidays, holiday)
    known = max(calendar.known_through, date(2028, 12, 31))
    changed = type(calendar)("HK", calendar.version + 1, calendar.known_from, known, holidays)
    life.stage.send(OPERATOR, PublishCalendar(changed))


def statute(life: Life) -> None:
    """The profile of most bonds is published after they were issued: from now on their registers keep dates."""
    provisions = (
        Provision("register.columns", "name, amount, entered, ceased", "statute"),
        Provision("register.inspection", "anyone", "statute"),
        Provision("register.copies", "holders", "statute"),
        Provision("register.retention_years", "1", "statute"),
    )
    publish(life, "statutory", 1, provisions)
