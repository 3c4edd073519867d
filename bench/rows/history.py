"""A long past: how fast the relay sends it, how soon a restart shows the picture, how fast it is folded anew."""

import asyncio
import contextlib
import re
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.figures import Row, verdict
from bench.product import launched, product
from bench.run import Run
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope, encode
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id

_GOAL_RELAY, _GOAL_READY, _GOAL_FOLD = 10_000, 5.0, 20_000
_SENT = re.compile(r'^yzt_relay_published_total\{service="incident_intake"\} (\S+)$', re.MULTILINE)
_SEEN = re.compile(r"^yzt_view_seq (\S+)$", re.MULTILINE)
_POLL_SECONDS, _POLL_SHORT_SECONDS, _SAVED_SECONDS, _PATIENCE_SECONDS = 0.25, 0.05, 3.0, 600.0
"""Whoever asks makes the site write out some 70 kB of metrics, which takes the processor that is measured: seldom,
where the past is long enough for that."""
_LEAST_RATE = 100
"""Facts a second; whoever is slower is given up."""
_LONG = 50_000
_VERSIONS = 20
"""Facts an incident has on average; all but the youngest incidents are closed."""
_OPEN = 500
_HOSTED = ("identity", "incident_intake", "operational_picture")
"""Without those who would first call people for every incident of that past, which never happened."""
_APPEND = "INSERT INTO outbox (event_id, subject, body, recorded_at) VALUES (?, ?, ?, ?)"


async def history(run: Run) -> list[Row]:
    folder, count = run.folder / "history", run.facts or run.of(100_000, 2_000)
    async with product(folder, *_HOSTED) as site:
        await site.settle()
        bare = site.seconds_to_ready
    await asyncio.to_thread(write_past, folder / "db" / "incident_intake.db", count)
    async with launched(folder, *_HOSTED) as (port, _):
        sent, seen = await _rates(port, (_SENT, _SEEN), count)
        await asyncio.sleep(_SAVED_SECONDS)
    async with product(folder, *_HOSTED) as site:
        ready = site.seconds_to_ready
    for file in (folder / "db").glob("operational_picture.db*"):
        file.unlink()
    async with launched(folder, *_HOSTED) as (port, _):
        (folded,) = await _rates(port, (_SEEN,), count)
    return [
        Row(f"relay of {count:,} facts", "", f"{sent:,.0f}/s", "", f"≥ {_GOAL_RELAY:,}/s",
            verdict(sent >= _GOAL_RELAY)),
        Row("  until the picture has them", "", f"{seen:,.0f}/s"),
        Row(f"restart with {count:,} facts", f"{bare:.1f} s", f"{ready:.1f} s", f"{ready / bare:.1f}",
            f"≤ {_GOAL_READY:g} s", verdict(ready <= _GOAL_READY)),
        Row("  picture folded anew", "", f"{folded:,.0f}/s", "", f"≥ {_GOAL_FOLD:,}/s", verdict(folded >= _GOAL_FOLD)),
    ]  # fmt: skip


def write_past(file: Path, count: int, site: str = "hub") -> None:
    """Into the outbox of a site, as intake would have written it."""
    connection = sqlite3.connect(file)
    incidents = max(count // _VERSIONS, 1)
    begun = datetime.now(UTC) - timedelta(seconds=count)
    with connection:
        for number in range(count):
            version, incident = divmod(number, incidents)
            at = begun + timedelta(seconds=number)
            fact = _fact(site, incident, version + 1, at, closes=incident < incidents - _OPEN)
            connection.execute(_APPEND, (fact.id, fact.type, encode(fact), wire_time(fact.time)))
    connection.close()


def _fact(site: str, number: int, version: int, at: datetime, *, closes: bool) -> Envelope:
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
        home_site=site,
        location=Location(lon=116.3, lat=39.7, text="示例路 12 号"),
        description="二层厂房起火,火势较大,有浓烟,现场有人员被困,已通知周边群众疏散。",
    )
    fact = "reported" if version == 1 else "closed" if closed else "updated"
    return draft(
        site=site,
        service="incident_intake",
        kind=f"intake.incident.{fact}.v1",
        aggregate_id=incident,
        version=version,
        payload=payload,
        now=at,
        exercise=False,
        correlation_id=new_id(),
    )


async def _rates(port: int, metrics: tuple[re.Pattern[str], ...], count: int) -> list[float]:
    """How fast each grows to `count`, from the first sight of it moving; not a number if it was there at once."""
    growths = [_Growth(metric, count) for metric in metrics]
    pause = _POLL_SECONDS if count >= _LONG else _POLL_SHORT_SECONDS
    async with (
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
        asyncio.timeout(max(_PATIENCE_SECONDS, count / _LEAST_RATE)),
    ):
        while any(growth.rate is None for growth in growths):
            await asyncio.sleep(pause)
            with contextlib.suppress(httpx.TransportError):
                text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
                for growth in growths:
                    growth.look(text)
    return [growth.rate or 0.0 for growth in growths]


class _Growth:
    def __init__(self, metric: re.Pattern[str], count: int) -> None:
        self._metric = metric
        self._count = count
        self._first: tuple[float, float] | None = None
        self.rate: float | None = None

    def look(self, text: str) -> None:
        found = self._metric.search(text)
        value, now = float(found[1]) if found else 0.0, time.perf_counter()
        if self._first is None and value > 0:
            self._first = value, now
        if self._first is not None and value >= self._count and self.rate is None:
            began, at = self._first
            self.rate = (value - began) / (now - at) if now > at else float("nan")
