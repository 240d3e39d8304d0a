"""What stands behind the debit caps of a network: collateral posted beforehand, each bank's own and a part of everyone
else's.

Two rules of the network's rulebook. `network.own_cover` is the fraction of its cap that each bank's own collateral must
cover; `network.loss_share` the fraction of its collateral that each bank pledges for others. Whichever two banks fail
at once, with their caps used up, what their own collateral leaves open must lie within what the others have pledged.
"""

from __future__ import annotations

import re
from fractions import Fraction

from bauhinia.ledger.networks import Member, Network
from bauhinia.ledger.state import State
from bauhinia.rules.routing import provision_of
from bauhinia.words.ids import PartyNumber, Units
from bauhinia.words.reasons import Reason, require

OWN_COVER = "network.own_cover"
LOSS_SHARE = "network.loss_share"
_FRACTION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?|[0-9]{1,6}/[1-9][0-9]{0,5}")


def collateral_of(state: State, network: Network, member: Member) -> Units:
    """What a bank has posted."""
    return state.positions.available(member.collateral, network.settlement)


def pledged_of(state: State, network: Network, member: Member) -> Units:
    """What a bank's collateral pays at most for the losses of others; rounded down, nothing of one that has failed."""
    if member.failed:
        return 0
    return int(loss_share(state, network) * collateral_of(state, network, member))


def own_cover(state: State, network: Network) -> Fraction:
    """The fraction of its cap that a bank's own collateral must cover; all of it where nothing is said."""
    return _fraction(provision_of(state, network, OWN_COVER))


def loss_share(state: State, network: Network) -> Fraction:
    """The fraction of its collateral that a bank pledges for others; all of it where nothing is said."""
    return min(_fraction(provision_of(state, network, LOSS_SHARE)), Fraction(1))


def _fraction(said: str) -> Fraction:
    """A fraction as a rulebook writes it, such as 0.35 or 1/3; 1 where it says none."""
    return Fraction(said) if _FRACTION.fullmatch(said) else Fraction(1)


def covered(
    state: State, network: Network, caps: dict[PartyNumber, Units], withdrawn: dict[PartyNumber, Units]
) -> bool:
    """Whether collateral, less what is to be withdrawn of it, covers these caps."""
    own, share = own_cover(state, network), loss_share(state, network)
    pledged: list[Units] = []
    burdens: list[Units] = []  # what falls on the others where a bank fails: its open part, and that it shares no more
    for bank, member in network.members.items():
        collateral = collateral_of(state, network, member) - withdrawn.get(bank, 0)
        if collateral < own * caps[bank]:
            return False
        pledge = 0 if member.failed else int(share * collateral)
        pledged.append(pledge)
        burdens.append(max(caps[bank] - collateral, 0) + pledge)
    return sum(sorted(burdens)[-2:]) <= sum(pledged)


def require_covered(
    state: State, network: Network, bank: PartyNumber, *, cap: Units | None = None, withdrawn: Units = 0
) -> None:
    """Refuse a bank's higher cap, or the withdrawal of its collateral, that would leave anything uncovered."""
    caps = {each: member.cap for each, member in network.members.items()}
    if cap is not None:
        caps[bank] = cap
    require(covered(state, network, caps, {bank: withdrawn}), Reason.UNCOVERED, "network", network.number, "bank", bank)


def coverable(state: State, network: Network) -> dict[PartyNumber, Units]:
    """The caps that collateral as it is now still covers: as ordered; else what each bank's own covers by the rulebook;
    and where that leaves too much to the others, no more than its own collateral. None of a bank that has failed or
    owes what others have borne for it."""
    own = own_cover(state, network)
    defaulters = {debtor for debtor, _ in network.owed}
    caps: dict[PartyNumber, Units] = {}
    for bank, member in network.members.items():
        out = member.failed or bank in defaulters
        most = int(collateral_of(state, network, member) / own) if own else member.ordered
        caps[bank] = 0 if out else min(member.ordered, most)
    if not covered(state, network, caps, {}):
        for bank, member in network.members.items():
            caps[bank] = min(caps[bank], collateral_of(state, network, member))
    return caps
