"""Searching incidents and calls: by any part of number, title, place, type or words, or by the letters of pinyin."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.incident import Incident
from services.incident_intake.domain.search.incidents import found_in, searched, searched_of_call
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.index import index_standing
from services.incident_intake.handlers.finding.known import known_incidents
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas.finding import SearchQuery
from services.incident_intake.store.calls import find_calls
from services.incident_intake.store.incidents import OPEN
from services.incident_intake.store.search import CALL, INCIDENT, Hit, Key, Wanted, find_hits
from shared.http.paging import encode_cursor, page
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.words import terms


def wanted_by(actor: Actor, asked: SearchQuery) -> Wanted | None:
    """What may be found of what was asked for; None for another township's, of which nothing is told.

    Raises:
        Invalid: `search.no_words`: signs and spaces only.
    """
    words = terms(asked.q or "")
    if asked.q and asked.q.strip() and not words:
        raise Invalid("search.no_words", faults=(FieldFault("/q", "search.no_words"),))
    bound = actor.bound_territory
    if bound is not None and asked.township not in {None, bound}:
        return None
    statuses = OPEN if asked.open else tuple(asked.status)
    return Wanted(
        terms=words,
        kinds=tuple(asked.kinds),
        statuses=tuple(status.value for status in statuses),
        grade=asked.grade.value if asked.grade else None,
        type_code=asked.type,
        township=bound or asked.township,
        sensitive=asked.sensitive,
        since=asked.since,
        until=asked.until,
        home_site=asked.home_site,
    )


def search_page(
    connection: Connection, intake: Intake, actor: Actor, asked: SearchQuery, *, after: Key, limit: int
) -> dict[str, Any]:
    """One page of what fits, newest report first, and how far the index is behind.

    Raises:
        Invalid: `search.no_words`.
    """
    wanted = wanted_by(actor, asked)
    standing = index_standing(connection, intake.deps.site)
    if wanted is None:
        return {**page([], limit, None), "index": standing}
    hits = find_hits(connection, wanted, after=after, limit=limit + 1)
    found = _viewed(connection, intake, hits[:limit], wanted)
    # A row that was taken away since it was indexed is left out; the page is one shorter, the cursor stays right.
    items = [found[hit.id] for hit in hits[:limit] if hit.id in found]
    last = hits[limit - 1] if len(hits) > limit else None
    cursor = None if last is None else encode_cursor(last.received_at, last.id)
    return {"items": items, "next": cursor, "index": standing}


def _viewed(connection: Connection, intake: Intake, hits: Sequence[Hit], wanted: Wanted) -> dict[str, dict[str, Any]]:
    calls = find_calls(connection, [hit.id for hit in hits if hit.kind == CALL])
    above = [call.incident_id for call in calls.values() if call.incident_id]
    incidents = known_incidents(connection, [hit.id for hit in hits if hit.kind == INCIDENT] + above)
    shown = {hit.id: _item(intake, incidents[hit.id], wanted) for hit in hits if hit.id in incidents}
    return shown | {call.id: _call_item(intake, call, incidents.get(call.incident_id or ""), wanted)
                    for call in calls.values()}  # fmt: skip


def _call_item(intake: Intake, call: Call, incident: Incident | None, wanted: Wanted) -> dict[str, Any]:
    view = call_view(intake, call, incident.number if incident else None)
    return {"kind": CALL, **view, "found_in": found_in(searched_of_call(call), wanted.terms)}


def _item(intake: Intake, incident: Incident, wanted: Wanted) -> dict[str, Any]:
    view = incident_view(incident, None, exercise=intake.deps.exercise)
    del view["caller"]  # nobody's is looked up for a list of hits
    return {"kind": INCIDENT, **view, "found_in": found_in(searched(incident), wanted.terms)}
