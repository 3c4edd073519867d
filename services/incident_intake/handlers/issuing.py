"""Warnings of our own: issued, raised, lowered, lifted; each is a message that refers to those before it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.cap.kinds import code_initials, code_names
from services.incident_intake.domain.cap_alert import CapAlert, CapArea, WarningKind
from services.incident_intake.domain.cap_words import CapStatus, MessageType
from services.incident_intake.domain.checks import refuse
from services.incident_intake.domain.own_warning import (
    DISTRICT_COLORS,
    Notice,
    Office,
    authority_of,
    compose,
    identifiers_at,
    is_higher,
    next_identifier,
    references_of,
    require_authority,
    require_step,
    require_times,
)
from services.incident_intake.domain.warning import WarningState
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.warning_areas import district_code
from services.incident_intake.handlers.warning_shapes import draw_alert
from services.incident_intake.handlers.warning_views import warning_view
from services.incident_intake.handlers.warnings import take_alert
from services.incident_intake.schemas import CancelWarning, ChangeWarning, IssueWarning
from services.incident_intake.store.warnings import (
    StoredWarning,
    find_by_identifier,
    find_warning,
    known_identifiers,
)
from shared.contracts.events.acts import Act
from shared.contracts.levels import WarningColor
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.district import incident_types
from shared.kernel.errors import Conflict, FieldFault, NotFound
from shared.storage.system import append_facts

_KIND_LEVEL = 3
_FORESEEABLE = ("11", "12", "13")
"""自然灾害、事故灾难、公共卫生事件: what may be warned of (突发事件应对法 §63); social security is not among them."""


def warning_kinds() -> dict[str, tuple[str, str]]:
    """Code to name and initials of all that may be warned of: national warning signals first, then incident types."""
    signals = {code: (name, code_initials()[code]) for code, name in code_names().items()}
    types = {
        kind.code: (kind.name, kind.initials)
        for kind in incident_types()
        if kind.level == _KIND_LEVEL and kind.code.startswith(_FORESEEABLE) and kind.code not in signals
    }
    return signals | types


def kinds_view(intake: Intake) -> dict[str, Any]:
    """What the form needs: kinds with the first letters of their pinyin, the issuer, and which colours need leave."""
    office = _office(intake)
    return {
        "items": [
            {"code": code, "name": name, "initials": initials} for code, (name, initials) in warning_kinds().items()
        ],
        "issuer": office.name,
        "own_colors": [] if office.needs_leave else sorted(color.value for color in DISTRICT_COLORS),
        "exercise": intake.deps.exercise,
    }


def issue_warning(
    connection: Connection, intake: Intake, actor: Actor, cmd: IssueWarning, areas: tuple[CapArea, ...], now: datetime
) -> Answer:
    """Issue a warning of the district; with `references` it is the next message of one that holds.

    Raises:
        Invalid: one of the eight statutory points cannot be so, or the colour needs the authority's reference.
        NotFound, Conflict: as of `change_warning`.
    """
    if cmd.references:
        before = find_by_identifier(connection, cmd.references[-1]) or find_warning(connection, cmd.references[-1])
        color = before.record.alert.color if before else None
        said = cmd.model_dump(exclude={"event_code", "references", "exercise"})
        change, upwards = ChangeWarning.model_validate(said), is_higher(cmd.color, color)
        found = before.id if before else cmd.references[-1]
        return change_warning(connection, intake, actor, found, change, areas, now, upwards=upwards)
    office = _office(intake)
    require_authority(office, cmd.color, cmd.authority_reference)
    starts_at = cmd.starts_at or now
    require_times(starts_at, cmd.ends_at, now)
    notice = Notice(
        kind=_kind(cmd.event_code),
        color=cmd.color,
        starts_at=starts_at,
        ends_at=cmd.ends_at,
        areas=areas,
        caution=cmd.caution,
        measures=cmd.measures,
        issuer=office.name,
        headline=cmd.headline or "",
        authority_reference=cmd.authority_reference,
    )
    status = CapStatus.EXERCISE if cmd.exercise or intake.deps.exercise else CapStatus.ACTUAL
    words = "{issuer}发布{name}{color}预警"
    return _send(connection, intake, actor, notice, None, MessageType.ALERT, status, now, words=words)


def change_warning(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    warning_id: str,
    cmd: ChangeWarning,
    areas: tuple[CapArea, ...],
    now: datetime,
    *,
    upwards: bool,
) -> Answer:
    """Raise or lower a warning of ours; what is left out stays as it was (突发事件应对法 §70).

    Args:
        areas: none if they stay.

    Raises:
        NotFound: `warning.not_found`.
        Conflict: `warning.not_ours`, `warning.not_current`, with the present state as `current`.
        Invalid: as of `issue_warning`, or the colour does not go that way.
    """
    before = _own_current(connection, warning_id, now)
    office, alert = _office(intake), before.record.alert
    require_step(alert.color, cmd.color, upwards=upwards)
    require_authority(office, cmd.color, cmd.authority_reference)
    notice = _changed(_notice(alert), cmd, areas, office, now)
    if cmd.starts_at or cmd.ends_at:
        require_times(notice.starts_at, notice.ends_at, now)
    words = "{issuer}将{name}" + ("{before}预警升级为{color}预警" if upwards else "{before}预警降级为{color}预警")
    return _send(connection, intake, actor, notice, before, MessageType.UPDATE, alert.status, now, words=words)


def cancel_warning(
    connection: Connection, intake: Intake, actor: Actor, warning_id: str, cmd: CancelWarning, now: datetime
) -> Answer:
    """Lift a warning of ours; that ends the period of warning and its measures (突发事件应对法 §70).

    Raises:
        NotFound, Conflict: as of `change_warning`.
    """
    before = _own_current(connection, warning_id, now)
    alert = before.record.alert
    notice = replace(_notice(alert), issuer=_office(intake).name, headline=cmd.headline or "", ends_at=None)
    notice = replace(notice, authority_reference=cmd.authority_reference or notice.authority_reference)
    words = "{issuer}解除{name}{color}预警"
    return _send(
        connection, intake, actor, notice, before, MessageType.CANCEL, alert.status, now, words=words, note=cmd.reason
    )


def _office(intake: Intake) -> Office:
    config = intake.config
    return Office(
        adcode=district_code(),
        agency=config.agency.value,
        name=config.issuer.value,
        needs_leave=intake.deps.site != config.hub,
    )


def _kind(code: str) -> WarningKind:
    known = warning_kinds().get(code)
    refuse([] if known else [FieldFault("/event_code", "warning.kind_unknown", event_code=code)])
    return WarningKind(code=code, name=known[0] if known else None, original_code=code)


def _own_current(connection: Connection, warning_id: str, now: datetime) -> StoredWarning:
    found = find_warning(connection, warning_id)
    if found is None:
        raise NotFound("warning.not_found", id=warning_id)
    if not found.record.is_own:
        raise Conflict("warning.not_ours", current=warning_view(found, now))
    state = found.record.state(now)
    if state is not WarningState.CURRENT:
        raise Conflict(
            "warning.not_current", state=label(f"warning_state.{state.value}"), current=warning_view(found, now)
        )
    return found


def _notice(alert: CapAlert) -> Notice:
    """What one of our warnings says."""
    info = alert.infos[0]
    assert info.kind is not None, "every warning of ours names its kind"
    return Notice(
        kind=info.kind,
        color=info.color or WarningColor.BLUE,
        starts_at=info.onset or alert.sent,
        ends_at=info.expires,
        areas=info.areas,
        caution=info.description or "",
        measures=info.instruction or "",
        issuer=info.sender_name or "",
        headline=info.headline or "",
        authority_reference=authority_of(alert),
    )


def _changed(notice: Notice, cmd: ChangeWarning, areas: tuple[CapArea, ...], office: Office, now: datetime) -> Notice:
    """The notice as it reads after the change. Leave for another colour is not leave for this one."""
    return replace(
        notice,
        color=cmd.color,
        starts_at=cmd.starts_at or max(notice.starts_at, now),
        ends_at=cmd.ends_at or notice.ends_at,
        areas=areas or notice.areas,
        caution=cmd.caution or notice.caution,
        measures=cmd.measures or notice.measures,
        issuer=office.name,
        headline=cmd.headline or "",
        authority_reference=cmd.authority_reference,
    )


def _send(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    notice: Notice,
    before: StoredWarning | None,
    msg_type: MessageType,
    status: CapStatus,
    now: datetime,
    *,
    words: str,
    note: str | None = None,
) -> Answer:
    """Compose the message, let it act on the one before, tell of both."""
    old = before.record.alert if before else None
    sent = _moment(now, old)
    said = {"issuer": notice.issuer, "name": notice.kind.name, "color": _word(notice.color)}
    headline = notice.headline or words.format(**said, before=_word(old.color) if old else "")
    if status is not CapStatus.ACTUAL and "演练" not in headline:
        headline = f"【演练】{headline}"
    office = _office(intake)
    alert = compose(
        office,
        replace(notice, headline=headline),
        identifier=next_identifier(office, sent, known_identifiers(connection, identifiers_at(office, sent))),
        sent=sent,
        status=status,
        msg_type=msg_type,
        references=references_of(old) if old else (),
        note=note,
    )
    kept = take_alert(connection, intake, actor, alert, draw_alert(alert), (), now, is_own=True)
    new = next(warning for warning, is_new in kept if is_new)
    intake.metrics.warnings.labels("own").inc()
    act = Act.WARNING_LIFTED if msg_type is MessageType.CANCEL else Act.WARNING_ISSUED
    detail: dict[str, Any] = {"headline": headline, "color": notice.color.value, "status": status.value}
    append_facts(connection, intake.deps.acted("intake", act, actor, now=now, target=alert.identifier, detail=detail))
    return Answer(201, warning_view(new, now))


def _moment(now: datetime, before: CapAlert | None) -> datetime:
    """Whole seconds, and never before what it acts on: a clock that was set back must not keep a warning alive."""
    second = now.replace(microsecond=0)
    return max(second, before.sent.replace(microsecond=0)) if before else second


def _word(color: WarningColor | None) -> str:
    return label(f"warning_color.{color.value}") if color else ""
