"""What a restored site writes must count against what it wrote after the backup and others have kept.

Other sites and screens keep the highest version of each thing and know the numbers that were given. The restored stores
have forgotten both; so versions and numbers go on well beyond what can have been used meanwhile.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Final

VERSIONS_BEYOND: Final = 1000
"""No incident, unit or call-out is written so often between two backups."""
NUMBERS_BEYOND: Final = 500
"""No site of a district takes so many reports on the day of the loss."""
DOCUMENTS_BEYOND: Final = 100
"""No district signs so many papers between two backups."""
_OWN: Final = {
    "incident_intake": (("incident", "home_site"), ("warning", "home_site")),
    "resource_dispatch": (("unit", "home_site"), ("assignment", None), ("conflict", None)),
    "duty_roster": (("person", None), ("shift", None), ("handover", None), ("roll_call", None), ("relief", None)),
    "information_reporting": (("report", "home_site"), ("report_clock", None)),
    "notification": (("notification", "home_site"),),
    "operations": (("site_check", None),),
}
"""Tables of things that the site itself writes, and the column that tells where they are another site's."""
_GRANTS: Final = ("version", "arrived_version")


def raise_versions(connection: sqlite3.Connection, store: str, site: str) -> None:
    """Let the next version of everything that is this site's be higher than any that was lost."""
    for table, home in _OWN.get(store, ()):
        if not _columns(connection, table):
            continue
        mine = f" WHERE {home} = ?" if home else ""
        raised = f"UPDATE {table} SET version = version + {VERSIONS_BEYOND}{mine}"  # noqa: S608 — constants above
        connection.execute(raised, (site,) if home else ())
    if store == "information_reporting" and _columns(connection, "document_series"):
        # A number that was given after the backup stands on a paper that somebody has.
        connection.execute(f"UPDATE document_series SET last = last + {DOCUMENTS_BEYOND}")  # noqa: S608 — a constant
    if store == "identity":
        for column in _GRANTS:
            if column in _columns(connection, "account_grant"):
                connection.execute(
                    f"UPDATE account_grant SET {column} = {column} + {VERSIONS_BEYOND}"  # noqa: S608 — constants above
                )


def raise_numbers(
    connection: sqlite3.Connection, former: sqlite3.Connection | None, days: Iterable[date]
) -> dict[str, int]:
    """Let incident numbers of these days go on beyond those that may have been given after the backup.

    Args:
        former: the store that is replaced, if it can be read: it may know more than the backup.

    Returns:
        The first free serial of each day.
    """
    found = {}
    for day in sorted({each.isoformat() for each in days}):
        known = max(_last(each, day) for each in (connection, former) if each is not None)
        connection.execute(
            "INSERT INTO number_series (day, last) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET last = excluded.last",
            (day, known + NUMBERS_BEYOND),
        )
        found[day] = known + NUMBERS_BEYOND + 1
    return found


def _last(connection: sqlite3.Connection, day: str) -> int:
    try:
        row = connection.execute("SELECT last FROM number_series WHERE day = ?", (day,)).fetchone()
    except sqlite3.DatabaseError:
        return 0  # of the former store: it may be what is broken
    return int(row[0]) if row else 0


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
