"""A bond on HIBOR 6M, of which two of three sources tell: of its two payments one is fixed."""

from __future__ import annotations

from pathlib import Path

from bauhinia.edge.stories.library import story_file

TERMS = """floating = { index = "HIBOR 6M", margin = "0.3%", centres = "HK" }"""
STEPS = """
[[step]]
at = 2025-01-15 12:00:00
by = "operator"
do = "define_series"
name = "HIBOR 6M"
sources = ["CMU", "Lead bank", "HKMA"]
needed = 2
days_open = 5

[[step]]
by = "CMU"
do = "observe"
series = "HIBOR 6M"
sources = ["CMU", "Lead bank"]
values = { 2025-01-13 = "3.1%" }

[[step]]
by = "HKMA"
do = "observe"
series = "HIBOR 6M"
values = { 2025-01-14 = "3.2%" }
sources = "HKMA"
"""


def floater_story(folder: Path) -> Path:
    """The story's file, in a folder."""
    text = story_file("missed-payment").read_text("utf-8")
    issued = text[: text.index("[[step]]\nat = 2025-01-16")]
    found = folder / "floater.toml"
    found.write_text(issued.replace('rate = "3.15%"', TERMS) + STEPS, "utf-8")
    return found
