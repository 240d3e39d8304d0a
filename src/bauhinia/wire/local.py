"""A desk at a market that runs in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from datetime import date

from bauhinia.node.keys import Signer
from bauhinia.node.market import Busy, Halted, wall_clock
from bauhinia.views import contracts, fees, model, queries, unmatched
from bauhinia.views.contracts import MandateLine, SetLine
from bauhinia.views.efficiency import EfficiencyGroup, efficiency
from bauhinia.views.fees import BillPage, FeeSchedule, UsageLine
from bauhinia.views.liquidity import DAYS, ForecastDay, liquidity
from bauhinia.views.model import STRANGER, Viewer
from bauhinia.views.network_report import NetworkReport
from bauhinia.views.networks import DepositsPage, NetworkPage
from bauhinia.views.penalties import BuyInLine, PenaltyRates, PenaltyReport
from bauhinia.views.queue import QueuePage
from bauhinia.wire.answers import Asked, EventPage, asked_of, event_page
from bauhinia.wire.desk import Desk, found
from bauhinia.wire.envelopes import Envelopes, digest_of
from bauhinia.wire.following import Following
from bauhinia.wire.particulars import (
    Binding,
    GivenParticulars,
    Particulars,
    particulars,
    personal_of,
    put_particulars,
)
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.wire.receipts import Place, Receipt, receipt
from bauhinia.words.ids import Micros

SECONDS = 30  # that a desk waits for a receipt, or for the views
PAGE = 200


class LocalDesk(Desk):
    """A party's desk at a market of this process. Desks of one market share its following."""

    def __init__(
        self,
        following: Following,
        signer: Signer | None = None,
        clock: Callable[[], Micros] = wall_clock,
    ) -> None:
        super().__init__(signer, clock)
        self.following, self.views = following, following.views
        self._envelopes = Envelopes(following.market)

    @property
    def viewer(self) -> Viewer:
        """The party, with the roles it has now."""
        return queries.viewer(self.views, self.signer.party) if self.signer else STRANGER

    def close(self) -> None:
        """Nothing: the floor is closed by who opened it."""

    def submit(self, raw: bytes) -> Receipt:
        try:
            told = self.following.market.submit(raw).result(SECONDS)
        except Halted as halted:
            raise DoorRefused(Door.STOPPED, halted) from halted
        except Busy as busy:
            raise DoorRefused(Door.BUSY, busy) from busy
        except TooLate:
            raise DoorRefused(Door.TOO_SLOW) from None
        place = Place(digest_of(raw), told.height, told.index, told.header, told.outcomes, told.caused)
        refused = place.turned_away()
        if refused is not None:
            raise refused
        self._envelopes.keep(place.digest, place.height, place.index)
        return self._receipt(place)

    def find(self, digest: str, after: int = 0) -> Receipt | None:
        place, viewer = self._envelopes.find(digest, after), self.viewer
        if place is None or (place.party != viewer.party and not viewer.operator):
            return None
        return self._receipt(place)

    def _receipt(self, place: Place) -> Receipt:
        if not self.following.reach(place.height, SECONDS):
            raise DoorRefused(Door.TOO_SLOW, "it stands in block", place.height, "which the views do not hold yet")
        return receipt(self.views, self.viewer, place)

    def _asked(self, *, fresh: bool) -> Asked:
        return self.asker()

    def asker(self) -> Asked:
        return asked_of(self.following.market, self.views, self.viewer)

    def market(self, events: int = 20) -> model.MarketGlance:
        return queries.market(self.views, self.viewer, events)

    def systems(self) -> tuple[model.SystemLine, ...]:
        return queries.systems(self.views, self.viewer)

    def parties(self) -> tuple[model.PartyLine, ...]:
        return queries.parties(self.views, self.viewer)

    def particulars(self, party: int) -> Particulars:
        return found(particulars(self.following.market, self.views, self.viewer, party))

    def put_particulars(self, party: int, data: Mapping[str, str], salt: bytes = b"") -> Binding:
        given = GivenParticulars(dict(data), salt)
        return found(put_particulars(self.following.market, self.views, self.viewer, party, given))

    def moneys(self) -> tuple[model.MoneyLine, ...]:
        return queries.moneys(self.views, self.viewer)

    def bonds(self) -> tuple[model.BondLine, ...]:
        return queries.bonds(self.views, self.viewer)

    def bond(self, which: str | int) -> model.BondPage:
        return found(queries.bond(self.views, self.viewer, which))

    def _register(self, which: str | int) -> model.RegisterCopy:
        return found(queries.register(self.views, self.viewer, which, personal_of(self.following.market)))

    def cash_flows(self, which: str | int) -> tuple[model.CashFlow, ...]:
        return queries.cash_flows(self.views, self.viewer, self.bond(which).bond.asset)

    def series(self) -> tuple[model.SeriesLine, ...]:
        return queries.series(self.views, self.viewer)

    def one_series(self, name: str) -> model.SeriesPage:
        return found(queries.one_series(self.views, self.viewer, name))

    def accounts(self) -> tuple[model.AccountLine, ...]:
        return queries.accounts(self.views, self.viewer)

    def account(self, number: int, entries: int = 50) -> model.AccountPage:
        return found(queries.account(self.views, self.viewer, number, entries))

    def positions(self) -> tuple[model.Position, ...]:
        return queries.positions(self.views, self.viewer)

    def holdings(self, account: int, day: date) -> model.HoldingsStatement:
        return found(queries.holdings_statement(self.views, self.viewer, account, day))

    def statement(self, account: int, first: date, last: date) -> model.TransactionsStatement:
        return found(queries.transactions_statement(self.views, self.viewer, account, first, last))

    def instructions(
        self, *, pending: bool = False, before: int = 0, limit: int = 100
    ) -> tuple[model.Instruction, ...]:
        return queries.instructions(self.views, self.viewer, pending=pending, before=before, limit=limit)

    def instruction(self, number: int) -> model.Instruction:
        return found(queries.instruction(self.views, self.viewer, number))

    def allegements(self) -> tuple[model.Allegement, ...]:
        return unmatched.allegements(self.views, self.viewer)

    def networks(self) -> tuple[NetworkPage, ...]:
        return queries.networks(self.views, self.viewer)

    def network_report(self, number: int, day: date) -> NetworkReport:
        return found(queries.network_report(self.views, self.viewer, number, day))

    def deposits(self, *, before: int = 0, limit: int = 100) -> DepositsPage:
        return queries.deposits(self.views, self.viewer, before=before, limit=limit)

    def queue(self, *, after: int = 0, limit: int = 1_000) -> QueuePage:
        return queries.queue(self.views, self.viewer, after=after, limit=limit)

    def sets(self, *, unanswered: bool = False) -> tuple[SetLine, ...]:
        return contracts.agreed_sets(self.views, self.viewer, unanswered=unanswered)

    def mandates(self) -> tuple[MandateLine, ...]:
        return contracts.mandates(self.views, self.viewer)

    def penalties(self, month: date | None = None) -> PenaltyReport:
        return queries.penalties(self.views, self.viewer, month)

    def penalty_rates(self) -> PenaltyRates:
        return queries.penalty_rates(self.views, self.viewer)

    def buy_ins(self) -> tuple[BuyInLine, ...]:
        return queries.buy_ins(self.views, self.viewer)

    def fees(self) -> tuple[FeeSchedule, ...]:
        return fees.schedules(self.views, self.viewer)

    def usage(self, month: date | None = None) -> tuple[UsageLine, ...]:
        return fees.usage(self.views, self.viewer, month)

    def bills(self) -> tuple[BillPage, ...]:
        return fees.bills(self.views, self.viewer)

    def bill(self, number: int) -> BillPage:
        return found(fees.bill(self.views, self.viewer, number))

    def settlement(
        self, by: str = "day", first: date | None = None, last: date | None = None
    ) -> tuple[EfficiencyGroup, ...]:
        return efficiency(self.views, self.viewer, by, first, last)

    def liquidity(self, *, party: int = 0, days: int = DAYS) -> tuple[ForecastDay, ...]:
        return liquidity(self.views, self.viewer, party=party, days=days)

    def payments(self, *, unanswered: bool = False) -> tuple[model.PaymentLine, ...]:
        return queries.payments(self.views, self.viewer, unanswered=unanswered)

    def proposals(self) -> tuple[model.ProposalLine, ...]:
        return queries.proposals(self.views, self.viewer)

    def refusals(self, limit: int = 100) -> tuple[model.RefusalLine, ...]:
        return queries.refusals(self.views, self.viewer, limit)

    def powers(self) -> tuple[model.PowerLine, ...]:
        return queries.powers(self.views, self.viewer)

    def events(self, after: str = "", limit: int = 100) -> EventPage:
        return event_page(self.views, self.viewer, after, limit)

    def follow(self, after: str = "") -> Iterator[model.EventLine]:
        while True:
            seen = self.views.height
            page = self.events(after, PAGE)
            yield from page.events
            after = page.after
            if not page.events and not self.following.reach(seen + 1, SECONDS) and self.following.failure:
                raise DoorRefused(Door.STOPPED, "the views follow no more")
