"""Builders for tests of the picture: valid facts of a small district, and a screen that folds what it is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from services.operational_picture.domain.items import Position
from services.operational_picture.domain.positions import move
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope, encode
from shared.contracts.events.base import Fact
from shared.contracts.events.calls import CallFact, CallOutcome
from shared.contracts.events.command import (
    ActivationFact,
    ActivationState,
    CommandPostFact,
    CommandPostState,
    EvacuationFact,
    EvacuationState,
)
from shared.contracts.events.dispatch import AssignmentFact, AssignmentStatus, UnitFact, UnitKind, UnitStatus
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location, WarningFact, WarningState
from shared.contracts.events.marks import MarkFact, MarkKind
from shared.contracts.events.notify import NotificationFact, NotificationKind, NotificationState
from shared.contracts.events.ops import SiteFact
from shared.contracts.events.roster import DutyPost, ShiftFact
from shared.contracts.levels import ResponseLevel
from shared.kernel.clock import wire_time

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SITES = ("hub", "jiugong")
TOWNSHIPS = ("110115006", "110115007", None)


class ManualClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def set(self, now: datetime) -> None:
        self._now = max(now, self._now)


@dataclass(frozen=True)
class Step:
    """One thing that happens: to which of a few aggregates, what of a few possibilities, how long after the last."""

    kind: str
    number: int
    choice: int
    seconds: int


_STATUSES = (
    IncidentStatus.REPORTED,
    IncidentStatus.ACTIVE,
    IncidentStatus.CLOSED,
    IncidentStatus.MERGED,
    IncidentStatus.RECOVERING,
)
KINDS = (
    *("incident", "warning", "unit", "assignment", "notification", "shift", "site", "call"),
    *("mark", "evacuation", "post", "activation"),
)
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(KINDS),
        st.integers(0, 2),
        st.integers(0, 11),
        st.sampled_from([0, 1, 20, 300, 4000, 100_000]),
    ),
    max_size=40,
)


def history(steps: Iterable[Step]) -> list[Envelope]:
    """The facts of these steps, in the order in which they were recorded."""
    now, versions, facts = START, dict[str, int](), []
    for step in steps:
        now += timedelta(seconds=step.seconds)
        site = SITES[step.number % 2] if step.kind != "site" else SITES[1]
        ident = site if step.kind == "site" else f"{step.kind}-{step.number}"
        key = f"{step.kind}:{ident}"
        versions[key] = versions.get(key, 0) + 1
        kind, payload = _PAYLOADS[step.kind](ident, site, step.choice, now)
        facts.append(
            draft(
                site=site,
                service="test",
                kind=kind,
                aggregate_id=ident,
                version=versions[key],
                payload=payload,
                now=now,
                exercise=False,
            )
        )
    return facts


def incident(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    status = _STATUSES[choice % len(_STATUSES)]
    fact = IncidentFact(
        id=ident,
        number="DX-20261122-0001",
        title=f"旧宫 自建房火灾 {choice}",
        status=status,
        occurred_at=now,
        received_at=now,
        updated_at=now,
        closed_at=now if status is IncidentStatus.CLOSED else None,
        home_site=site,
        location=Location(lon=116.44, lat=39.8, township=TOWNSHIPS[choice % 3]),
        merged_into="incident-9" if status is IncidentStatus.MERGED else None,
    )
    return "intake.incident.updated.v1", fact


def _warning(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = WarningFact(
        id=ident,
        identifier=ident,
        sender="test",
        sent=now,
        status="Actual",
        msg_type="Alert",
        is_real=choice % 2 == 0,
        state=list(WarningState)[choice % 4],
        expires=now + timedelta(hours=3) if choice % 3 else None,
        received_at=now,
        home_site=site,
    )
    return "intake.warning.issued.v1", fact


def _unit(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = UnitFact(
        id=ident,
        name="旧宫消防站一中队",
        kind=UnitKind.FIRE_RESCUE,
        status=list(UnitStatus)[choice % 9],
        status_since=now,
        home_site=site,
        lon=116.4,
        lat=39.7,
        position_at=now if choice % 2 else None,
    )
    return "dispatch.unit.status_changed.v1", fact


def _assignment(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = AssignmentFact(
        id=ident,
        number="RW-0001",
        incident_id=f"incident-{choice % 3}",
        unit_id="unit-0",
        unit_name="旧宫消防站一中队",
        status=list(AssignmentStatus)[choice % 10],
        active=choice % 10 < 7,
        ordered_at=now,
        home_site=site,
    )
    return "dispatch.assignment.status_changed.v1", fact


def _notification(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = NotificationFact(
        id=ident,
        incident_id=f"incident-{choice % 3}" if choice < 9 else None,
        title="请应答",
        kind=NotificationKind.INCIDENT,
        state=list(NotificationState)[choice % 5],
        created_at=now,
        home_site=site,
    )
    return "notify.notification.escalated.v1", fact


def _shift(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = ShiftFact(
        id=ident,
        post=DutyPost.DUTY_OFFICER,
        person_id="p",
        person_name="李四",
        starts_at=now,
        ends_at=now + timedelta(hours=1 + choice),
        cancelled=choice % 5 == 4,
        home_site=site,
    )
    return "roster.shift.changed.v1", fact


def _site(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    fact = SiteFact(site=site, name="旧宫地区", product_version="0.1.0", beat_at=now)
    return f"ops.site.{'stopping' if choice == 11 else 'heartbeat'}.v1", fact


def _call(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    outcome = list(CallOutcome)[choice % 5]
    is_joined = outcome in {CallOutcome.NEW, CallOutcome.LINKED}
    fact = CallFact(
        id=ident,
        number="DX-J20261122-0001",
        outcome=outcome,
        received_at=now,
        incident_id=f"incident-{choice % 3}" if is_joined else None,
        location=Location(lon=116.44, lat=39.8, township=TOWNSHIPS[choice % 3]),
        home_site=site,
    )
    return "intake.call.updated.v1", fact


def _mark(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    is_removed = choice % 4 == 3
    fact = MarkFact(
        id=ident,
        incident_id=f"incident-{choice % 3}" if choice < 9 else None,
        kind=list(MarkKind)[choice % len(MarkKind)],
        label="核心区",
        geometry={"type": "Point", "coordinates": [116.44, 39.8]},
        valid_until=now + timedelta(hours=1) if choice % 2 else None,
        drawn_at=now,
        removed_at=now if is_removed else None,
        home_site=site,
    )
    return f"dispatch.mark.{'removed' if is_removed else 'changed'}.v1", fact


def _evacuation(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    is_over = choice % 4 == 3
    fact = EvacuationFact(
        id=ident,
        number="DX-20261122-0001-撤01",
        incident_id=f"incident-{choice % 3}",
        incident_number="DX-20261122-0001",
        incident_title="旧宫 自建房火灾",
        reason="有坍塌危险",
        state=EvacuationState.ENDED if is_over else EvacuationState.OPEN,
        ordered_at=now,
        due_at=now + timedelta(minutes=5),
        minutes=5,
        basis="chosen",
        called=3,
        confirmed=choice % 3,
        ended_at=now if is_over else None,
        home_site=site,
    )
    return f"dispatch.evacuation.{'ended' if is_over else ('joined', 'confirmed')[choice % 2]}.v1", fact


def _post(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    is_over = choice % 4 == 3
    fact = CommandPostFact(
        id=ident,
        incident_id=f"incident-{choice % 3}",
        incident_number="DX-20261122-0001",
        incident_title="旧宫 自建房火灾",
        name="现场指挥部",
        state=CommandPostState.CLOSED if is_over else CommandPostState.OPEN,
        lon=116.44 if choice % 2 else None,
        lat=39.8 if choice % 2 else None,
        commander_name="示例副区长",
        set_up_at=now,
        closed_at=now if is_over else None,
        home_site=site,
    )
    return f"dispatch.post.{'closed' if is_over else 'changed'}.v1", fact


def _activation(ident: str, site: str, choice: int, now: datetime) -> tuple[str, Fact]:
    is_over = choice % 4 == 3
    fact = ActivationFact(
        id=ident,
        incident_id=f"incident-{choice % 3}" if choice < 9 else None,
        matter="防汛",
        level=list(ResponseLevel)[choice % 4],
        state=ActivationState.ENDED if is_over else ActivationState.ACTIVE,
        measures="转移、抢险",
        started_at=now,
        expected_until=now + timedelta(hours=12),
        ended_at=now if is_over else None,
        home_site=site,
    )
    return f"dispatch.activation.{'ended' if is_over else 'adjusted'}.v1", fact


_PAYLOADS = {
    "incident": incident,
    "warning": _warning,
    "unit": _unit,
    "assignment": _assignment,
    "notification": _notification,
    "shift": _shift,
    "site": _site,
    "call": _call,
    "mark": _mark,
    "evacuation": _evacuation,
    "post": _post,
    "activation": _activation,
}


def raw(fact: Envelope) -> dict[str, Any]:
    """The fact as it comes out of the stream."""
    document: dict[str, Any] = orjson.loads(encode(fact))
    return document


def position(number: int, choice: int, now: datetime) -> Position:
    """A reading of a unit's position."""
    return Position(f"unit-{number}", "unit", 116.3 + choice / 100, 39.7, wire_time(now), SITES[number % 2])


@dataclass
class ClientFold:
    """What a screen makes of the events that it is sent; it knows nothing else."""

    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    positions: dict[str, dict[str, Any]] = field(default_factory=dict)
    sites: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None
    snapshots: int = 0

    def hear(self, chunk: bytes) -> None:
        """Take events; comments are skipped."""
        for block in chunk.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
            if lines:
                self._take(lines["event"], orjson.loads(lines["data"]))
                self.cursor = lines["id"]

    def _take(self, event: str, body: dict[str, Any]) -> None:
        if event == "snapshot":
            self.snapshots += 1
            self.features.clear()
            self.positions.clear()
        if event != "frame":
            self.sites = body["sites"]
        for feature in body.get("features", []):
            self._merge(feature)
        for ident in body.get("removed", []):
            self.features.pop(ident, None)
        for one in body.get("positions", []):
            self.positions[f"{one['kind']}:{one['id']}"] = one
            self._place(f"{one['kind']}:{one['id']}")

    def _merge(self, feature: dict[str, Any]) -> None:
        known, new = self.features.get(feature["id"]), feature["properties"]
        if known is not None:
            old = known["properties"]
            assert (new["version"], new["seq"]) >= (old["version"], old["seq"]), "a feature went back"
        self.features[feature["id"]] = feature
        self._place(feature["id"])

    def _place(self, ident: str) -> None:
        one, feature = self.positions.get(ident), self.features.get(ident)
        if one and feature and one["site"] == feature["properties"]["home_site"]:
            move(feature, Position(**one))
