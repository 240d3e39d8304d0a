"""Day counts, one convention a file; `bauhinia.bond.daycount` is the table of them."""

from __future__ import annotations
