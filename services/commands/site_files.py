"""What a site needs besides its stores to be the same site for others: its members, its place, its keys.

The broker's own keys and ports are not among them: they are made anew and nobody else knows them.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.settings import Settings
from services.sites.registry import merge_members, register_of

_HOME, _DATA = "home", "data"
_NAMES = ("sites.json", "join.json", "ferry/signing.key")
_FOLDERS = ("ferry/trusted",)
_SHARED = "tls"
"""Certificates serve real and exercise alike and lie above both."""
_MEMBERS = f"{_HOME}/sites.json"


def site_files(settings: Settings) -> dict[str, Path]:
    """The files that are there, by their name in a backup."""
    found = {f"{_HOME}/{name}": settings.home / name for name in _NAMES}
    for folder in _FOLDERS:
        found |= {f"{_HOME}/{folder}/{file.name}": file for file in (settings.home / folder).glob("*.json")}
    shared = settings.data.resolve() / _SHARED
    found |= {f"{_DATA}/{_SHARED}/{file.name}": file for file in shared.glob("*") if not file.name.startswith(".")}
    return {name: file for name, file in sorted(found.items()) if file.is_file()}


def belongs(name: str) -> bool:
    """Whether a backup may bring a file of this name; nothing outside the few places above."""
    parts = Path(name).parts
    if len(parts) < 2 or name != Path(*parts).as_posix() or ".." in parts:
        return False
    inside = "/".join(parts[1:])
    at_home = parts[0] == _HOME and (inside in _NAMES or inside.rpartition("/")[0] in _FOLDERS)
    return at_home or (parts[0] == _DATA and len(parts) == 3 and parts[1] == _SHARED)


def place_of(settings: Settings, name: str) -> Path:
    """Where a file of a backup belongs."""
    first, *rest = Path(name).parts
    return (settings.home if first == _HOME else settings.data.resolve()).joinpath(*rest)


def differing(settings: Settings, folder: Path, names: Mapping[str, str]) -> Iterator[str]:
    """Those that are there already with another content and would be replaced."""
    for name in names:
        place = place_of(settings, name)
        if place.is_file() and name != _MEMBERS and place.read_bytes() != (folder / name).read_bytes():
            yield name


def bring_back(settings: Settings, folder: Path, names: Mapping[str, str], replaced: Path) -> bool:
    """Put them in place, readable by their owner only; what lay there goes to `replaced`. Whether anything did."""
    _add_members(settings, folder, names)
    moved = False
    for name in list(differing(settings, folder, names)):
        target = replaced / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place_of(settings, name).rename(target)
        moved = True
    for name in names:
        place = place_of(settings, name)
        if place.is_file():
            continue
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place.with_name(f".{place.name}.{os.getpid()}.new")
        shutil.copyfile(folder / name, draft)
        draft.chmod(0o600)
        draft.rename(place)
    return moved


def _add_members(settings: Settings, folder: Path, names: Mapping[str, str]) -> None:
    """Sites that joined after the backup stay members; those of the backup are members again."""
    if _MEMBERS in names and register_of(settings).is_file():
        merge_members(register_of(settings), folder / _MEMBERS)
