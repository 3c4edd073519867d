"""交接班: what must be ticked by who goes and confirmed by who comes; until the second signature the first stays."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.contracts.events.duty import HandoverFact, HandoverItem, HandoverItemKind, HandoverState

UNSIGNED: Final = frozenset({HandoverState.OPEN, HandoverState.SIGNED_OUT})
"""The outgoing person is still responsible."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A line of the checklist that the bureau keeps: 在岗设备、钥匙密码."""

    id: str
    text: str


USUAL_CHECKS: Final[tuple[CheckLine, ...]] = (
    CheckLine("devices", "在岗设备：值班电话、传真、电台、卫星电话、大屏逐台试过"),
    CheckLine("keys", "钥匙、门禁卡当面清点"),
    CheckLine("passwords", "密码当面交接（密码本身不写进本单）"),
    CheckLine("instructions", "领导批示、上级指令和待办文电已交代"),
)
CHECKS_BASIS: Final = "值班制度通行做法，按本局值班室实际修改"


def current_items(handover: HandoverFact, now_open: Iterable[HandoverItem]) -> list[HandoverItem]:
    """The lines as they are now.

    While nobody has signed they follow what is open. Once the outgoing person has signed, nothing signed goes away or
    changes; what has come since is added, so that it cannot fall between the two signatures. Afterwards they stand.
    """
    if handover.state not in UNSIGNED:
        return list(handover.items)
    if handover.state is HandoverState.OPEN:
        return list(now_open)
    known = {item.id for item in handover.items}
    return [
        *handover.items,
        *(one.model_copy(update={"is_added": True}) for one in now_open if one.id not in known),
    ]


def open_incidents(items: Iterable[HandoverItem]) -> int:
    """未结事件: only with none of them may the explanation lack."""
    return sum(item.kind is HandoverItemKind.INCIDENT for item in items)


def unticked(items: Iterable[HandoverItem], ids: Collection[str]) -> list[HandoverItem]:
    """The lines that were not named."""
    return [item for item in items if item.id not in ids]


def ticked(items: Iterable[HandoverItem], notes: Mapping[str, str]) -> list[HandoverItem]:
    """All lines ticked, each with what was noted at it."""
    return [item.model_copy(update={"done": True, "note": notes.get(item.id) or None}) for item in items]


def confirmed(items: Iterable[HandoverItem]) -> list[HandoverItem]:
    """All lines confirmed."""
    return [item.model_copy(update={"confirmed": True}) for item in items]
