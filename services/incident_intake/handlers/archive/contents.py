"""What is in an incident's file: itself, its timeline, calls, orders, notifications, and what was merged into it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, has_caller, open_caller
from services.incident_intake.domain.caller import masked, unmasked
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.views import entry_view, incident_view
from services.incident_intake.store.callers import find_caller
from services.incident_intake.store.calls import calls_of
from services.incident_intake.store.homes import find_home
from services.incident_intake.store.incidents import find_incident, merged_beneath
from services.incident_intake.store.personal_data import destructions_of, retentions_of
from services.incident_intake.store.short_lines import lines_of_incident
from services.incident_intake.store.timelines import TimelineEntry, list_entries
from shared.http.table_out import CsvTable
from shared.i18n import label
from shared.kernel.clock import wire_time

_ALL = 1_000_000
_HEAD = ["时间", "记录时间", "类别", "记录人", "事项", "内容", "迟到"]
_SAID = ("text", "summary", "reason", "note")
_RETENTION = ("incident_id", "at", "before", "until", "reason", "assessment", "decided_by")
_DESTRUCTION = ("incident_id", "at", "due_at", "records", "readings", "decided_by", "reason")
_FIXED = ("number", "unit_id", "unit_name", "relation", "title")
_ACTS = {"assignment": "assignment_id", "notification": "notification_id"}


def contents_of(connection: Connection, intake: Intake, incident: Incident, *, is_open: bool) -> dict[str, Any]:
    """Files by name: bytes as they are, everything else to be written as JSON.

    Args:
        is_open: whether callers are in it unmasked.
    """
    merged = [one for each in merged_beneath(connection, incident.id) if (one := find_incident(connection, each))]
    ids = [incident.id, *(one.id for one in merged)]
    lines = _timeline(connection, incident.id)
    home = find_home(connection, incident.id)
    files: dict[str, Any] = {
        "incident.json": {
            **_whole(connection, intake, incident, is_open=is_open),
            "merged": [one.number for one in merged],
            "handover": home.handover.model_dump(mode="json") if home.handover else None,
            "former_homes": list(home.succession),
        },
        "calls.json": [_call(intake, one, incident, is_open=is_open) for one in calls_of(connection, ids)],
        "timeline.json": [entry_view(line) for line in lines],
        "timeline.csv": timeline_table(lines),
        "orders.json": acts_of(lines, "assignment"),
        "notifications.json": acts_of(lines, "notification"),
        "short_lines.json": [_line_view(one) for one in lines_of_incident(connection, incident.id)],
        "personal_data.json": _decisions(connection, ids),
    }
    for one in merged:
        files[f"merged/{one.number}/incident.json"] = _whole(connection, intake, one, is_open=is_open)
        files[f"merged/{one.number}/timeline.json"] = [entry_view(line) for line in _timeline(connection, one.id)]
    return files


def _timeline(connection: Connection, incident_id: str) -> list[TimelineEntry]:
    """All lines, in the order in which things happened."""
    return list_entries(connection, incident_id, after=None, limit=_ALL)[::-1]


def _whole(connection: Connection, intake: Intake, incident: Incident, *, is_open: bool) -> dict[str, Any]:
    caller = find_caller(connection, incident.id)
    shown = None if caller is None else unmasked(caller) if is_open else masked(caller)
    return incident_view(incident, caller, exercise=intake.deps.exercise, open_caller=shown)


def _call(intake: Intake, call: Call, incident: Incident, *, is_open: bool) -> dict[str, Any]:
    caller = open_caller(call) if is_open and has_caller(call) else None
    return call_view(intake, call, incident.number if call.incident_id == incident.id else None, caller=caller)


def acts_of(lines: Iterable[TimelineEntry], kind: str) -> list[dict[str, Any]]:
    """Orders or call-outs as they were heard: each with its steps, oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        key = line.params.get(_ACTS.get(kind, ""))
        if line.kind != kind or not isinstance(key, str):
            continue
        fixed = {name: line.params[name] for name in _FIXED if name in line.params}
        act = found.setdefault(key, {"id": key, **fixed, "steps": []})
        rest = {name: value for name, value in line.params.items() if name not in {*fixed, _ACTS[kind]}}
        step = {
            "at": wire_time(line.at),
            "recorded_at": wire_time(line.recorded_at),
            "code": line.code,
            "words": label(line.code, **line.params),
            "actor_name": line.actor_name,
            "late": line.late,
        }
        act["steps"].append({**step, **rest})
    return list(found.values())


def timeline_table(lines: Iterable[TimelineEntry]) -> bytes:
    """The timeline as people read it in twenty years: a table without codes."""
    table = CsvTable(_HEAD)
    return table.rows(
        [line.at, line.recorded_at, label(f"timeline_kind.{line.kind}"), line.actor_name,
         label(line.code, **line.params), _said(line.params), line.late]
        for line in lines
    ) + table.end()  # fmt: skip


def _said(params: dict[str, Any]) -> str:
    said = [str(params[name]) for name in _SAID if params.get(name)]
    changes = params.get("changes")
    said += [_changed(change) for change in (changes if isinstance(changes, list) else [])]
    return "；".join(said)


def _changed(change: dict[str, Any]) -> str:
    before, after = change.get("before"), change.get("after")
    if before is None and after is None:  # by its name alone
        return str(change.get("field"))
    return f"{change.get('field')}：{_plain(before)} → {_plain(after)}"


def _plain(value: object) -> str:
    return "（空）" if value in (None, "", []) else str(value)


def _line_view(line: Any) -> dict[str, Any]:
    names = ("unit", "serial", "content", "given_check", "checked", "confirmed_by", "channel", "taken_by")
    times = ("received_at", "recorded_at", "occurred_at")
    return {name: getattr(line, name) for name in names} | {name: wire_time(getattr(line, name)) for name in times}


def _decisions(connection: Connection, incident_ids: list[str]) -> dict[str, Any]:
    """What was decided about personal data: how long they were kept, why, and when they were destroyed."""
    return {
        "extended": [_plain_row(one, _RETENTION) for one in retentions_of(connection, incident_ids)],
        "destroyed": [_plain_row(one, _DESTRUCTION) for one in destructions_of(connection, incident_ids)],
    }


def _plain_row(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: wire_time(value) if isinstance(value, datetime) else value for name, value in values.items()}
