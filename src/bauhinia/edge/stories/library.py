"""The stories that come with Bauhinia, by name."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path


def stories_folder() -> Path:
    """Where they are: beside the source, or inside the installed package."""
    packaged = Path(str(files("bauhinia"))) / "_stories"
    return packaged if packaged.is_dir() else Path(str(files("bauhinia"))).parents[1] / "stories"


def story_names() -> list[str]:
    return sorted(path.stem for path in stories_folder().glob("*.toml"))


def story_file(story: str | Path) -> Path:
    """A story by its file, or by its name among those that come with it; LookupError says what was probably meant."""
    if Path(story).is_file():
        return Path(story)
    names, name = story_names(), str(story)
    if name in names:
        return stories_folder() / f"{name}.toml"
    close = get_close_matches(name, names, 1)
    meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}" if names else ""
    raise LookupError(f"there is no story {name}{meant}")
