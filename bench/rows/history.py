"""A long past: how fast the relay sends it, how soon a restart shows the picture, how fast it is folded anew."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Row, verdict
from bench.product import Product, product
from bench.run import Run
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope, encode
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id

_GOAL_RELAY, _GOAL_READY, _GOAL_FOLD = 10_000, 5.0, 20_000
_VERSIONS = 20
"""Facts an incident has on average; all but the youngest incidents are closed."""
_OPEN = 500
_APPEND = "INSERT INTO outbox (event_id, subject, body, recorded_at) VALUES (?, ?, ?, ?)"


async def history(run: Run) -> list[Row]:
    folder, count = run.folder / "history", run.of(100_000, 2_000)
    async with product(folder) as site:
        await site.settle()
    _write_past(folder / "db" / "incident_intake.db", count)
    async with product(folder) as site:
        relayed, aggregated = await _drained(site, count)
    async with product(folder) as site:
        ready = site.seconds_to_ready
    for file in (folder / "db").glob("operational_picture.db*"):
        file.unlink()
    bare = ready
    async with product(folder) as site:
        await site.settle()
        rebuilt = site.seconds_to_ready
    folded = count / max(rebuilt - bare, 0.001)
    return [
        Row(f"relay of {count:,} facts", "", f"{relayed:,.0f}/s", "", f"≥ {_GOAL_RELAY:,}/s",
            verdict(relayed >= _GOAL_RELAY)),
        Row("  until the picture has them", "", f"{aggregated:,.0f}/s"),
        Row(f"restart with {count:,} facts", "", f"{ready:.1f} s", "", f"≤ {_GOAL_READY:g} s",
            verdict(ready <= _GOAL_READY)),
        Row("  picture folded anew", "", f"{folded:,.0f}/s", "", f"≥ {_GOAL_FOLD:,}/s", verdict(folded >= _GOAL_FOLD)),
    ]  # fmt: skip


def _write_past(file: Path, count: int) -> None:
    """Into the outbox of a site that is stopped, as intake would have written it."""
    connection = sqlite3.connect(file)
    incidents = max(count // _VERSIONS, 1)
    begun = datetime.now(UTC) - timedelta(seconds=count)
    with connection:
        for number in range(count):
            version, incident = divmod(number, incidents)
            fact = _fact(incident, version + 1, begun + timedelta(seconds=number), closes=incident < incidents - _OPEN)
            connection.execute(_APPEND, (fact.id, fact.type, encode(fact), wire_time(fact.time)))
    connection.close()


def _fact(number: int, version: int, at: datetime, *, closes: bool) -> Envelope:
    closed = closes and version == _VERSIONS
    incident = f"bench-{number:06d}"
    payload = IncidentFact(
        id=incident,
        number=f"DX-20260101-{number:06d}",
        type_code="11A01",
        title="示例仓库起火",
        status=IncidentStatus.CLOSED if closed else IncidentStatus.ACTIVE,
        occurred_at=at,
        received_at=at,
        closed_at=at if closed else None,
        updated_at=at,
        home_site="hub",
        location=Location(lon=116.3, lat=39.7, text="示例路 12 号"),
        description="二层厂房起火,火势较大,有浓烟,现场有人员被困,已通知周边群众疏散。",
    )
    fact = "reported" if version == 1 else "closed" if closed else "updated"
    return draft(
        site="hub",
        service="incident_intake",
        kind=f"intake.incident.{fact}.v1",
        aggregate_id=incident,
        version=version,
        payload=payload,
        now=at,
        exercise=False,
        correlation_id=new_id(),
    )


async def _drained(site: Product, count: int) -> tuple[float, float]:
    """Facts a second that the relay sent, and that the picture has seen, from the start of the process."""
    started = time.perf_counter()
    relayed = 0.0
    while True:
        status = await site.status()
        waiting = max(each["depth"] for each in status["outbox"])
        seen = status["services"]["operational_picture"]["view"]["seq"]
        spent = time.perf_counter() - started
        if not waiting and not relayed:
            relayed = count / spent
        if seen >= count and relayed:
            return relayed, count / spent
