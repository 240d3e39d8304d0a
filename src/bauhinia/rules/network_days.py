"""What the days of a system mean for the networks that run in it: cycles and closes, and what is remembered."""

from __future__ import annotations

from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.networks import Network
from bauhinia.ledger.state import State
from bauhinia.rules.routing import provision_of
from bauhinia.words.dates import DAY, micros_at, parse_minute
from bauhinia.words.ids import Micros, SystemNumber
from bauhinia.words.reasons import Refused

CYCLES = "network.cycles"
CLOSE = "network.close"
MOST_CYCLES = 48  # a day
RETURN_DAYS = "network.return_days"
LONGEST_RETURN = 400
DAYS = 10  # a deposit is remembered, and may be returned or recalled, for so many calendar days by default


def moments_of(state: State, network: Network, name: str) -> list[Micros]:
    """The moments of a network's business day that a provision names as local times; what is no time is passed over."""
    system = state.days.systems[network.system]
    found: list[Micros] = []
    for word in provision_of(state, network, name).split()[:MOST_CYCLES]:
        try:
            found.append(micros_at(system.date, parse_minute(word), system.timetable.offset))
        except Refused:
            continue
    return found


def schedule_cycles(state: State, system: SystemNumber, opened: Micros) -> None:
    """A system has opened: its networks' cycles and closes of the day are put on the agenda; for `evolve` only."""
    for network in state.networks.networks.values():
        if network.system == system:
            moments = (*moments_of(state, network, CYCLES), *moments_of(state, network, CLOSE))
            for moment in dict.fromkeys(moments):
                if moment >= opened:
                    state.schedule(moment, DutyKind.NET_CYCLE, network.number)


def return_days(state: State, network: Network) -> int:
    """For how many calendar days a deposit is remembered."""
    said = provision_of(state, network, RETURN_DAYS)
    return min(int(said), LONGEST_RETURN) if said.isascii() and said.isdecimal() and len(said) < 6 else DAYS


def forget_transfers(state: State, system: SystemNumber) -> None:
    """A network's day has ended: what was sent so long ago that nothing may be asked of it any more is forgotten, and
    so are requests to pay that are over; for `evolve` only."""
    networks = state.networks
    for network in networks.networks.values():
        if network.system != system:
            continue
        before = state.time - return_days(state, network) * DAY
        gone = []
        for number, transfer in networks.transfers.items():
            if transfer.sent > before:
                break
            if transfer.network == network.number and not transfer.aside:
                gone.append(number)
        for number in gone:
            del networks.transfers[number]
        over = [each.number for each in networks.requests.values() if each.until <= state.time]
        for each in over:
            del networks.requests[each]
        recalled = [each.number for each in networks.recalls.values() if each.transaction not in networks.transfers]
        for each in recalled:
            del networks.recalls[each]
