"""Which events are projected, which deliberately are not, and which bond an event is about."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from bauhinia.machine.events import EVENTS
from bauhinia.rules import cycles, onboarding, rtgs, sealing, settlement, together
from bauhinia.views import (
    project,
    project_bonds,
    project_clearing,
    project_contracts,
    project_control,
    project_fees,
    project_money,
    project_networks,
    project_penalties,
    project_series,
    project_servicing,
    project_tax,
)
from bauhinia.views.projection import Projection

PROJECTIONS: dict[type, project.Project] = {
    **project.PROJECT,
    **project_bonds.PROJECT,
    **project_control.PROJECT,
    **project_servicing.PROJECT,
    **project_series.PROJECT,
    **project_networks.PROJECT,
    **project_clearing.PROJECT,
    **project_tax.PROJECT,
    **project_money.PROJECT,
    **project_contracts.PROJECT,
    **project_penalties.PROJECT,
    **project_fees.PROJECT,
}

# In the feed of events like all others, but no table changes by them.
NOT_PROJECTED: dict[type, str] = {
    sealing.StateSealed: "what the state was, for who joins",
    onboarding.ClassesRenewed: "classes follow from attributes, which expire by their own date",
    settlement.Retried: "what is tried again tells what came of it",
    cycles.CycleRun: "what a cycle settles is told as settled",
    together.OffsetTaken: "what a proposal settles is told as settled",
    rtgs.PaymentsStated: "what a statement changes, the payments tell",
    **project_bonds.NOT_PROJECTED,
    **project_clearing.NOT_PROJECTED,
    **project_control.NOT_PROJECTED,
    **project_servicing.NOT_PROJECTED,
    **project_tax.NOT_PROJECTED,
    **project_fees.NOT_PROJECTED,
}

NAMES = ("bond", "asset", "action")
_ABOUT: dict[type, str] = {
    each.kind: name
    for each in EVENTS
    for name in reversed(NAMES)
    if each.kind is not settlement.Waits and any(field.name == name for field in fields(each.kind))
}


def bond_of(to: Projection, event: Any) -> int:
    """The number of the bond that an event is about; zero where it is about none, or another asset."""
    name = _ABOUT.get(type(event))
    if name is None:
        return 0
    number = getattr(event, name)
    if not isinstance(number, int):
        number = getattr(number, "asset", 0)
    if name == "action":
        action = to.actions.find(to.db, number)
        number = action.asset if action else 0
    asset = to.assets.find(to.db, number) if number else None
    return asset.base if asset and not asset.money else 0
