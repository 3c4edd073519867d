"""The index follows the journal of facts: a report costs nothing for it, and is found a moment later.

What is indexed is the row as it stands, never the fact's copy of it, so that order and repetition do not matter.
"""

from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, func, or_, select

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.search.incidents import index_text, searched, searched_of_call
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.known import known_incidents
from services.incident_intake.store.calls import calls_of, find_calls
from services.incident_intake.store.homes import elsewhere_to_index, mark_indexed, unmark_indexed
from services.incident_intake.store.search import (
    CALL,
    INCIDENT,
    Entry,
    IndexState,
    empty_index,
    find_state,
    keep_entries,
    save_state,
)
from shared.kernel.clock import wire_time
from shared.kernel.precedence import Precedence
from shared.storage.prepared import Prepared
from shared.storage.system import OUTBOX

RULES = 2
"""Grows when texts are folded in another way; then everything is indexed anew."""
MOST = 8
"""Things in one transaction, a millisecond or two each: commands wait behind it. 32 of them held reports up for 175 ms
(p99 at 50 a second)."""
_WAITS = 10
"""Turns of the patience that a consequence has."""
_FACTS = 64
"""Read at once: few are of other sorts, and what is read beyond a bite is read again with the next."""
_AHEAD = 2_000
"""Facts of other sorts are passed over without a commit, but not more than so many."""


@dataclass(slots=True)
class Follower:
    """Up to which position this process has read the journal."""

    position: int = 0


@dataclass(slots=True)
class _Batch:
    state: IndexState
    position: int
    is_full: bool = False
    oldest: datetime | None = None
    entries: list[Entry] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    @property
    def must_begin(self) -> bool:
        """Whether nothing was indexed yet by these rules."""
        return self.state.rules != RULES


async def index_changes(intake: Intake, follower: Follower) -> bool:
    """Bring the next changes into the index; returns whether more of them wait."""
    database, site = intake.deps.database, intake.deps.site
    batch = await database.read(lambda connection: _collect(connection, site, follower.position))
    now = intake.deps.clock.now()
    intake.metrics.search_lag.set(max((now - batch.oldest).total_seconds(), 0.0) if batch.oldest else 0.0)
    await _give_way(intake.deps.precedence)
    if batch.must_begin or batch.entries or batch.others or batch.position - batch.state.position > _AHEAD:
        await database.write(lambda connection: _keep(connection, batch))
    follower.position = batch.position
    return batch.is_full


async def _give_way(precedence: Precedence) -> None:
    """Let commands go first, but not for ever: in a flood, too, what was reported is to be found within seconds."""
    for _ in range(_WAITS):
        if await precedence.turn():
            return


_JOURNAL = Prepared(
    select(OUTBOX.c.position, OUTBOX.c.subject, OUTBOX.c.body, OUTBOX.c.recorded_at)
    .where(OUTBOX.c.position > bindparam("position"))
    .order_by(OUTBOX.c.position)
    .limit(bindparam("most"))
)


def _collect(connection: Connection, site: str, read_until: int) -> _Batch:
    state = find_state(connection)
    batch = _Batch(state, 0 if state.rules != RULES else max(state.position, read_until))
    ids: dict[str, dict[str, None]] = {INCIDENT: {}, CALL: {}}
    begun: list[str] = []
    rows = _JOURNAL.rows(connection, {"position": batch.position, "most": _FACTS})
    for row in rows:
        kind = _kind_of(row.subject, site)
        if kind is not None:
            batch.oldest = batch.oldest or row.recorded_at
            subject = orjson.loads(bytes(row.body))["subject"]
            ids[kind][subject] = None
            if kind == INCIDENT and row.subject.endswith(_REPORTED):
                begun.append(subject)
        batch.position = row.position
        if sum(map(len, ids.values())) >= MOST:
            break
    batch.is_full = len(rows) == _FACTS or (bool(rows) and batch.position < rows[-1].position)
    if not batch.must_begin:
        batch.others = elsewhere_to_index(connection, MOST)
        batch.is_full |= len(batch.others) == MOST
    incidents = known_incidents(connection, list(ids[INCIDENT] | dict.fromkeys(batch.others)))
    # The call with which an incident was taken has no fact of its own.
    calls = {call.id: call for call in calls_of(connection, begun)} | find_calls(connection, list(ids[CALL]))
    batch.entries = [entry_of(incident) for incident in incidents.values()]
    batch.entries += [entry_of_call(call, site) for call in calls.values()]
    return batch


_REPORTED = ".reported.v1"


def _kind_of(subject: str, site: str) -> str | None:
    return next((kind for kind in (INCIDENT, CALL) if subject.startswith(f"evt.{site}.intake.{kind}.")), None)


def entry_of(incident: Incident) -> Entry:
    """The incident as it is found."""
    return Entry(
        kind=INCIDENT,
        id=incident.id,
        received_at=incident.received_at,
        home_site=incident.home_site,
        status=incident.status.value,
        grade=incident.grade.value if incident.grade else None,
        type_code=incident.type_code,
        township=incident.township,
        sensitive=incident.sensitive,
        text=index_text(searched(incident)),
    )


def entry_of_call(call: Call, site: str) -> Entry:
    """The call as it is found; its outcome stands in the place of a status."""
    return Entry(
        kind=CALL,
        id=call.id,
        received_at=call.received_at,
        home_site=site,
        status=call.outcome.value,
        grade=None,
        type_code=call.type_code,
        township=call.township,
        sensitive=False,
        text=index_text(searched_of_call(call)),
    )


def _keep(connection: Connection, batch: _Batch) -> None:
    if batch.must_begin:
        empty_index(connection)
        unmark_indexed(connection)
    keep_entries(connection, batch.entries)
    mark_indexed(connection, batch.others)
    save_state(connection, IndexState(RULES, batch.position))


def index_standing(connection: Connection, site: str) -> dict[str, object]:
    """How many changes cannot be found yet, and when the oldest of them was made (None: everything can)."""
    state = find_state(connection)
    starts = (f"evt.{site}.intake.{kind}." for kind in (INCIDENT, CALL))
    told = or_(*(OUTBOX.c.subject.startswith(start, autoescape=True) for start in starts))
    behind = (OUTBOX.c.position > state.position, told)
    row = connection.execute(select(func.count(), func.min(OUTBOX.c.recorded_at)).where(*behind)).one()
    waiting = int(row[0]) + len(elsewhere_to_index(connection, _AHEAD))
    return {"waiting": waiting, "since": wire_time(row[1]) if row[1] else None}
