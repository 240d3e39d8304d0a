"""How the events of series of values are projected."""

from __future__ import annotations

from bauhinia.rules import observing
from bauhinia.views import series_tables
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection


def series_defined(to: Projection, event: observing.SeriesDefined) -> None:
    to.series.put(series_tables.SeriesRow(event.number, event.name, event.sources, event.needed, event.days_open))


def value_told(to: Projection, event: observing.ValueTold) -> None:
    to.told.put(series_tables.ToldRow(event.series, event.day, event.source, event.value))


def observed(to: Projection, event: observing.Observed) -> None:
    to.values.put(series_tables.ValueRow(event.series, event.day, event.value, to.time, event.corrects))


PROJECT: dict[type, Project] = {
    observing.SeriesDefined: series_defined,
    observing.ValueTold: value_told,
    observing.Observed: observed,
}
