"""What everybody at this site must know of the machine below: a sentence on every screen, each with what to do."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from services.operations.disk import DiskState
from shared.i18n import label
from shared.kernel.homes import site_name
from shared.messaging.bus import Bus, BusState


class Level(StrEnum):
    """`danger`: something does not arrive now; `caution`: it will be so, or only a part is missing."""

    DANGER = "danger"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Notice:
    """One bar on the screens."""

    code: str
    level: Level
    title: str
    text: str


def notices(bus: Bus | None, disk: DiskState) -> list[Notice]:
    """The gravest first; none when all is well."""
    found = [*_of_disk(disk), *_of_broker(bus.state() if bus else None)]
    return sorted(found, key=lambda one: list(Level).index(one.level))


def notices_view(bus: Bus | None, disk: DiskState) -> list[dict[str, Any]]:
    """For `GET /api/status`."""
    return [asdict(one) for one in notices(bus, disk)]


def _of_disk(disk: DiskState) -> list[Notice]:
    match disk:
        case DiskState.FULL:
            return [_notice("storage.full", Level.DANGER)]
        case DiskState.LOW:
            return [_notice("storage.low", Level.CAUTION)]
        case _:
            return []


def _of_broker(state: BusState | None) -> list[Notice]:
    if state is None or not state.broker:
        return [_notice("broker.away", Level.DANGER)]
    lacking = [
        _notice("link.lacking", Level.CAUTION, of=link.state.site, site=site_name(link.state.site), count=link.lacking)
        for link in state.links
        if link.lacking
    ]
    if state.full:
        return [_notice("broker.full", Level.DANGER), *lacking]
    return [_notice("broker.nearly_full", Level.CAUTION), *lacking] if state.stored.nearly else lacking


def _notice(code: str, level: Level, *, of: str = "", **params: object) -> Notice:
    told = label(f"notice_title.{code}", **params), label(f"notice.{code}", **params)
    return Notice(f"{code}:{of}" if of else code, level, *told)
