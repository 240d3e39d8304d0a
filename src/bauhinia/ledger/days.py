"""The market's days: calendars as published, closures declared late, systems with a business date and phases,
and the agenda of what falls due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from bauhinia.bond.calendar import (
    AdjustedDate,
    Calendar,
    LateClosure,
    add_business_days,
    after_closures,
    chosen,
)
from bauhinia.words.ids import Micros, SystemNumber


class Phase(IntEnum):
    """Of a system's business day, in order."""

    CLOSED = 1
    OPEN = 2
    DVP_CUT_OFF = 3  # past it no delivery against payment settles today
    FOP_CUT_OFF = 4  # past it nothing settles today
    END_OF_DAY = 5


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the phases begin, in minutes after local midnight at a fixed offset from UTC. In `windows`, moments before
    the last cut-off, what lacks securities settles in parts; so it does at each cut-off, just before it. At `cycles`,
    moments before the first cut-off, the trades of models 2 and 3 settle."""

    offset: int
    opens: int
    dvp_cut_off: int
    fop_cut_off: int
    end_of_day: int
    windows: tuple[int, ...] = ()
    cycles: tuple[int, ...] = ()


@dataclass(slots=True)
class System:
    """A securities system, an RTGS or a token network: `date` is its business date, on which it stands in `phase`.

    A day that no calendar confirms does not open: the system awaits a later version of the calendar.
    """

    number: SystemNumber
    name: str
    centres: tuple[str, ...]
    timetable: Timetable
    date: date
    phase: Phase = Phase.CLOSED
    due: Micros = 0  # when its next phase begins; zero while it awaits a calendar


class DutyKind(IntEnum):
    """What falls due. Numbers are append-only: they stand in the agenda, which is part of the state."""

    PHASE = 1  # a system's next phase begins
    PROPOSAL = 2  # a proposal expires
    CLASSES = 3  # an attribute expires: classes are renewed
    RECORD = 4  # the record date of a corporate action closes
    PAYMENT = 5  # a corporate action falls due
    GRACE = 6  # a grace period ends
    PRESCRIPTION = 7  # unclaimed money is prescribed
    PAYMENT_DEADLINE = 8  # an outside payment has not been answered
    SEAL = 9  # the state is sealed
    RETENTION = 10  # personal data are to be erased
    NOTICE = 11  # a deferred notice is given
    FUNGIBLE = 12  # a tap merges into its bond
    ANNOUNCE = 13  # a corporate action is announced
    CLAIM_END = 14  # market claims are no longer detected
    LATE = 15  # the day of a payment closes: unpaid, it is late
    SHARE = 16  # the last minute of a payment's day in which a shortfall is shared out
    LAPSE = 17  # the last day of a report has passed: a target that none has told of is missed
    REMIT = 18  # the day by which withheld tax is remitted has passed
    ALLEGE = 19  # counterparties are told of instructions that are alone
    PART = 20  # a window in which trades settle in parts
    CYCLE = 21  # a cycle in which trades of models 2 and 3 settle
    NET_CYCLE = 28  # the banks of a network settle what they owe each other, or the network closes
    NET_DEADLINE = 29  # banks of a network that were short should have found the money
    HELD = 30  # the condition of a deposit is over
    BRIDGE = 31  # what is drawn on the bridges of a network is due
    REDEMPTION = 27  # by now what was given back of a money should have been paid
    SET_UNTIL = 22  # a set that not all have agreed to is gone
    MANDATE_UNTIL = 23  # a mandate ends
    BILL = 26  # a bill of fees is to be collected


class WorkKind(IntEnum):
    """Follow-ups: what one step causes in another."""

    SETTLE = 1  # try a transaction
    PAY_PAGE = 2  # pay the next page of a corporate action
    RETRY = 3  # try what waits for a system's date or phase
    PAY_TIER = 4  # a custodian's book is paid
    FAIL = 5  # end of day: what was due and did not settle fails, and is recycled
    SEAL = 6  # end of day: registers are sealed
    RECONCILE = 7  # end of day: books are compared
    ROLL = 8  # end of day: the business date moves on
    CLOSURE = 9  # a late closure moves what falls due on its day
    CALENDAR = 10  # a new version of a calendar confirms what was provisional
    PLAN = 11  # a bond is issued: its actions follow from its terms
    FUNDED = 12  # an outside payment has funded an action
    PAYOUT = 13  # a holder's outside payment is made
    CLAIM = 14  # a trade that a claim rests on, or the claim's own, has settled or is gone
    DETECT = 15  # a trade matched after a record date may raise a market claim
    CLAIMS = 16  # an action is paid: its market claims fall due
    AMEND = 17  # units moved while the register was closed for redemption
    PRESCRIBE = 18  # unclaimed money is past its prescription
    ISSUE = 19  # a transaction that issues has settled, or is cancelled
    MERGE = 20  # the next page of a tap's holdings merges into its bond
    INSOLVENCY = 21  # what an insolvent party has under way goes on, or is cancelled
    FIX = 22  # a value was observed: payments that hang on its series may be fixed
    ADVISE = 23  # holders of record are told their entitlements, and what of them has changed
    TAX = 24  # a party has another tax document: payments not yet made follow it
    DRAW = 25  # a record is closed of which it is to be drawn who is repaid
    ENDED = 26  # a bond is cancelled: what is under way in it is too
    LAPSE = 27  # end of day: what has been unmatched for too long lapses
    DEPOSIT = 35  # a deposit that had to wait has arrived, or is cancelled
    BANK = 36  # a bank of a network may act no more, or may again
    ANNOUNCE = 37  # a corporate action should have been announced by now
    DELIVERED = 38  # an instruction has settled for which deposits are held
    REDEEMED = 34  # what was given back of a money has been paid, or its redemption is cancelled
    EXPIRE = 29  # end of day: payments alone that could not be made expire
    PENALISE = 30  # end of day: what fails costs whoever it fails by, and months are netted and paid
    MATCHED_LATE = 31  # a trade was matched after its day
    USAGE = 32  # end of day: what was used of the depository's services is counted, last month's bills are made
    FEE = 33  # a payment of fees has settled, or is cancelled


# these come in pages, after a block's commands
PAGED = (WorkKind.PAY_PAGE, WorkKind.PAY_TIER, WorkKind.MERGE, WorkKind.ADVISE)
# each when no other follow-up is left, in this order
STAGES = (
    WorkKind.EXPIRE, WorkKind.FAIL, WorkKind.PENALISE, WorkKind.LAPSE, WorkKind.SEAL, WorkKind.RECONCILE,
    WorkKind.USAGE, WorkKind.ROLL,
)  # fmt: skip


@dataclass(slots=True)
class Days:
    """`agenda` is a heap of (due, sequence, kind, subject). `work` is the queue of follow-ups, drained after each
    step; `stages` those of an end of day, each taken up when `work` is empty; `paged` those that come in pages, after
    a block's commands. `queued` is what stands in any of them.
    """

    calendars: dict[str, Calendar] = field(default_factory=dict)
    closures: list[LateClosure] = field(default_factory=list)
    systems: dict[SystemNumber, System] = field(default_factory=dict)
    agenda: list[tuple[Micros, int, DutyKind, int]] = field(default_factory=list)
    sequence: int = 0
    work: list[tuple[WorkKind, int]] = field(default_factory=list)
    stages: list[tuple[WorkKind, int]] = field(default_factory=list)
    paged: list[tuple[WorkKind, int]] = field(default_factory=list)
    queued: dict[tuple[WorkKind, int], bool] = field(default_factory=dict)

    def of(self, centres: tuple[str, ...]) -> tuple[Calendar, ...]:
        """The calendars of centres, in their order. Impossible where one was never published."""
        return chosen(centres, self.calendars)

    def next_business_day(self, day: date, centres: tuple[str, ...]) -> AdjustedDate:
        """The first business day after `day` that no late closure takes away, and whether it is provisional."""
        calendars = self.of(centres)
        after = add_business_days(day, 1, calendars)
        open_day = after_closures(after.day, calendars, self.closures)
        return AdjustedDate(open_day.day, after.provisional or open_day.provisional)
