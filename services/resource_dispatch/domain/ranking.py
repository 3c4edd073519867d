"""Which unit first: able before unable, free before busy, near before far, each with its reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.events.dispatch import UnitFact, UnitKind, UnitStatus
from shared.kernel.geo import distance_m
from shared.kernel.limits import Limit

K = UnitKind

WANTED: Limit[dict[str, tuple[UnitKind, ...]]] = Limit(
    {
        "11A": (K.FLOOD, K.DRAINAGE, K.TOWNSHIP, K.SOCIAL, K.MILITIA_SUPPORT),
        "11B": (K.FLOOD, K.DRAINAGE, K.POWER, K.TOWNSHIP),
        "11C": (K.FIRE_RESCUE, K.ENGINEERING, K.MEDICAL, K.COMMUNICATIONS, K.SOCIAL, K.MILITIA_SUPPORT),
        "11D": (K.ENGINEERING, K.FIRE_RESCUE, K.TOWNSHIP, K.SOCIAL),
        "11G": (K.FOREST_FIRE, K.FIRE_RESCUE, K.TOWNSHIP),
        "12C": (K.ENGINEERING, K.FIRE_RESCUE, K.MEDICAL, K.POLICE, K.SOCIAL),
        "12D": (K.HAZMAT, K.FIRE_RESCUE, K.MEDICAL, K.GAS, K.POLICE),
        "12E": (K.FIRE_RESCUE, K.HAZMAT, K.MEDICAL, K.POLICE),
        "12G": (K.FIRE_RESCUE, K.TOWNSHIP, K.MEDICAL, K.POWER, K.POLICE, K.GAS),
        "12H": (K.POLICE, K.FIRE_RESCUE, K.MEDICAL, K.ENGINEERING),
        "12M": (K.FIRE_RESCUE, K.MEDICAL, K.POLICE),
        "12N": (K.ENGINEERING, K.FIRE_RESCUE, K.MEDICAL, K.HAZMAT),
        "12P": (K.ENGINEERING, K.POWER, K.GAS, K.WATER, K.DRAINAGE, K.COMMUNICATIONS),
        "12P08": (K.POWER,),
        "12P09": (K.GAS, K.HAZMAT, K.FIRE_RESCUE),
        "12P10": (K.COMMUNICATIONS, K.POWER),
        "12P13": (K.ENGINEERING, K.FIRE_RESCUE, K.MEDICAL, K.SOCIAL),
        "12Q": (K.HAZMAT, K.WATER, K.DRAINAGE),
        "12S": (K.POLICE, K.MEDICAL, K.FIRE_RESCUE),
        "12U": (K.POWER, K.GAS),
        "13": (K.MEDICAL, K.POLICE),
        "14": (K.POLICE, K.MEDICAL),
        "": (K.TOWNSHIP, K.FIRE_RESCUE, K.MEDICAL, K.POLICE),
    },
    "chosen for the sample district; the bureau signs its own table",
)
"""Incident type prefix → kinds of unit that can help, the most wanted first; the longest prefix counts."""

DEPARTMENTS: Limit[dict[str, tuple[str, ...]]] = Limit(
    {
        "11A": ("水务",),
        "11B": ("水务", "城市管理", "交通"),
        "11G": ("园林绿化",),
        "12C": ("住房城乡建设", "卫生健康"),
        "12D": ("生态环境", "卫生健康", "经济信息化"),
        "12G": ("住房城乡建设", "城市管理", "卫生健康"),
        "12H": ("交通", "卫生健康"),
        "12N": ("市场监管",),
        "12P": ("城市管理", "水务"),
        "12P13": ("住房城乡建设", "卫生健康"),
        "12Q": ("生态环境", "水务"),
        "13": ("卫生健康", "市场监管"),
        "": (),
    },
    "联动部门(突发事件应对法第六十一条);哪类事件通报哪个部门是示例区的选定,局方自定",
)
"""Incident type prefix → matters of the departments that are told; a department names its matter as a capability."""

POSITION_IS_FRESH = Limit(timedelta(minutes=30), "chosen: a team that reports every few minutes is not there any more")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit stands where it stands in the list; the sentence is `dispatch_reason.<code>`."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What must be known of an incident to choose units."""

    type_code: str | None
    lon: float | None
    lat: float | None
    township: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit with its place in the list."""

    unit: UnitFact
    able: bool
    free: bool
    distance_m: float | None
    reasons: tuple[Reason, ...]


def wanted_kinds(type_code: str | None) -> Sequence[UnitKind]:
    """The kinds that can help with this type, the most wanted first."""
    code = type_code or ""
    best = max((prefix for prefix in WANTED.value if code.startswith(prefix)), key=len)
    return WANTED.value[best]


def told_matters(type_code: str | None) -> Sequence[str]:
    """The matters whose departments are told of incidents of this type."""
    code = type_code or ""
    best = max((prefix for prefix in DEPARTMENTS.value if code.startswith(prefix)), key=len)
    return DEPARTMENTS.value[best]


def is_free(unit: UnitFact) -> bool:
    """Whether the unit can take an order now."""
    return unit.status is UnitStatus.STANDBY and unit.active_assignment_id is None


def rank(units: Iterable[UnitFact], scene: Scene, now: datetime) -> list[Candidate]:
    """All units, the best choice first."""
    wanted = wanted_kinds(scene.type_code)
    candidates = [_candidate(unit, scene, wanted, now) for unit in units]
    return sorted(candidates, key=_order)


def _order(candidate: Candidate) -> tuple[bool, bool, float, str]:
    far = float("inf") if candidate.distance_m is None else candidate.distance_m
    return not candidate.able, not candidate.free, far, candidate.unit.name


def _candidate(unit: UnitFact, scene: Scene, wanted: Sequence[UnitKind], now: datetime) -> Candidate:
    free = is_free(unit)
    distance = _distance(unit, scene)
    first = _fitness(unit, scene, wanted)
    reasons = [first]
    if distance is None:
        reasons.append(Reason("no_position", {}))
    else:
        reasons.append(Reason("distance", {"km": round(distance / 1000, 1)}))
        if unit.position_at and now - unit.position_at > POSITION_IS_FRESH.value:
            minutes = int((now - unit.position_at).total_seconds() // 60)
            reasons.append(Reason("old_position", {"minutes": minutes}))
    if unit.active_assignment_id:
        reasons.append(Reason("busy", {"status": unit.status.value}))
    elif not free:
        reasons.append(Reason("not_standby", {"status": unit.status.value}))
    return Candidate(unit, first.code != "not_able", free, distance, tuple(reasons))


def _fitness(unit: UnitFact, scene: Scene, wanted: Sequence[UnitKind]) -> Reason:
    """Whether the unit can help: a team by its kind, a department by its matter."""
    if unit.kind is K.DEPARTMENT:
        matters = [matter for matter in told_matters(scene.type_code) if matter in unit.capabilities]
        if matters:
            return Reason("department", {"kind": unit.kind.value, "matter": "、".join(matters)})
    return Reason("able" if unit.kind in wanted else "not_able", {"kind": unit.kind.value})


def _distance(unit: UnitFact, scene: Scene) -> float | None:
    if unit.lon is None or unit.lat is None or scene.lon is None or scene.lat is None:
        return None
    return distance_m(unit.lon, unit.lat, scene.lon, scene.lat)
