"""Which posts of the desk changed hands without a handover, in words for the screen."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.domain.change_of_shift import unhanded
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.handlers.handovers import handover_of
from services.duty_roster.schemas import watch_of
from services.duty_roster.store.records import records_page
from services.duty_roster.tables import HANDOVER, RELIEF
from shared.contracts.events.relief import ReliefFact
from shared.i18n import label
from shared.kernel.clock import wire_time

_MOMENT = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_MOST = 500


def unhanded_posts(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Posts whose change of shift nobody has begun to sign, with whose hands it should go from and to."""
    since = now - RosterPolicy().handover_within.value
    rows = {row.id: row for row in store.shifts_between(connection, since, now + _MOMENT)}
    papers = [
        handover_of(row) for row in records_page(connection, HANDOVER, start=since - _DAY, after=None, limit=_MOST)
    ]
    reliefs = [
        ReliefFact.model_validate(row.body)
        for row in records_page(connection, RELIEF, start=since - _DAY, after=None, limit=_MOST)
    ]
    relieved = frozenset(one.new_shift_id for one in reliefs if one.new_shift_id is not None)
    found = unhanded(map(watch_of, rows.values()), papers, now, relieved=relieved)
    return [
        {
            "post": one.post.value,
            "post_label": label(f"duty_post.{one.post.value}"),
            "at": wire_time(one.at),
            "from_names": [rows[watch.shift_id].person_name for watch in one.outgoing],
            "to_names": [rows[watch.shift_id].person_name for watch in one.incoming],
        }
        for one in found
    ]
