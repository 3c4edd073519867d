"""The store of notification: schema as declared, tries that nobody changes, and that every call-out ends."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.notification.tables import Base
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.roster import DutyPost
from shared.kernel.errors import Conflict
from shared.storage.system import SYSTEM
from tests.integration.call_gateway import gateway
from tests.integration.calls_bed import DUTY, FIRST, CallBed, actor, call_bed

ENDS = {"acknowledged", "cancelled", "exhausted"}


async def test_the_migrated_schema_is_the_declared_one(tmp_path: Path, store_url: str | None) -> None:
    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        ours = set(SYSTEM.tables) | {"alembic_version"}
        return [one for one in found if not (isinstance(one, tuple) and getattr(one[1], "name", "") in ours)]

    async with call_bed(tmp_path, store_url) as bed:
        found = await bed.database.write(differences)
    assert [one for one in found if "outbox" not in str(one)] == []


@pytest.mark.parametrize("change", ["UPDATE attempt SET outcome = 'accepted'", "DELETE FROM attempt"])
async def test_a_try_that_is_written_down_stays_as_it_is(tmp_path: Path, store_url: str | None, change: str) -> None:
    async with call_bed(tmp_path, store_url) as bed:
        await bed.shift(DUTY, await bed.person(FIRST))
        await bed.report()
        with pytest.raises(DBAPIError, match="append-only"):
            await bed.database.write(lambda connection: connection.execute(text(change)))
        assert len((await bed.call())["targets"][0]["attempts"]) == 1


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.integers(0, 2)),
        st.tuples(st.just("forward"), st.sampled_from([0.5, 2, 15, 59, 60, 61, 400])),
        st.tuples(st.just("jump"), st.sampled_from([-86400, -3600, -30, 3600, 86400])),
        st.tuples(st.just("answer"), st.integers(0, 2)),
        st.tuples(st.just("cancel"), st.integers(0, 2)),
        st.tuples(st.just("close"), st.integers(0, 2)),
        st.tuples(st.just("reopen"), st.integers(0, 2)),
        st.tuples(st.sampled_from(["late report", "late close", "late reopen"]), st.integers(0, 2)),
        st.tuples(st.just("seen"), st.integers(0, 2)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("gateway"), st.sampled_from([202, 400, 500])),
        st.tuples(st.just("policy"), st.integers(1, 3)),
    ),
    max_size=14,
)


class _Story:
    """What may happen to a desk, in any order."""

    def __init__(self, bed: CallBed, answers: list[int]) -> None:
        self.bed, self.answers = bed, answers
        self.versions = [0, 0, 0]

    async def act(self, name: str, value: Any) -> None:
        if name == "forward":
            await self.bed.forward(seconds=value)
        elif name == "jump":
            self.bed.clock.advance(seconds=value)
        elif name == "restart":
            await self.bed.reopen()
        elif name == "gateway":
            self.answers[:] = [value] * 20
        elif name == "policy":
            steps = [
                {"after_seconds": 30 * n, "posts": ["duty_officer"], "channels": ["webhook"]} for n in range(value)
            ]
            await self.bed.policy(*steps)
        elif name.removeprefix("late ") in {"report", "close", "reopen"}:
            await self._incident(name.removeprefix("late "), value, age=7200 * name.startswith("late "))
        else:
            await self._person(name, value)

    async def _incident(self, name: str, value: int, *, age: int) -> None:
        self.versions[value] += 1
        fact, status = {
            "report": ("reported", IncidentStatus.REPORTED),
            "close": ("closed", IncidentStatus.CLOSED),
            "reopen": ("reopened", IncidentStatus.ACTIVE),
        }[name]
        await self.bed.incident_becomes(f"incident-{value}", fact, status, self.versions[value], "带班乙", age=age)

    async def _person(self, name: str, value: int) -> None:
        for call in (await self.bed.calls())[value : value + 1]:
            try:
                if name == "answer":
                    await self.bed.answer(call["id"])
                elif name == "cancel":
                    await self.bed.stop(call["id"])
                else:
                    await self.bed.seen(call["id"], actor())
            except Conflict:
                assert call["state"] in ENDS


async def _play(folder: Path, acts: list[tuple[str, Any]], *, is_staffed: bool) -> None:
    async with gateway() as sms, call_bed(folder, webhook_url=sms.url, webhook_secret="s") as bed:
        if is_staffed:
            for post in (DUTY, DutyPost.DUTY_LEADER):
                await bed.shift(post, await bed.person(FIRST), begins=-9000, hours=18000)
        story = _Story(bed, sms.answers)
        for name, value in acts:
            await story.act(name, value)
        for _ in range(40):
            await bed.forward(seconds=61)
        assert await bed.database.read(lambda c: c.execute(text("SELECT count(*) FROM late_report")).scalar()) == 0
        calls = await bed.calls()
        assert {call["state"] for call in calls} <= ENDS
        assert all(call["next_due_at"] is None for call in calls)
        assert "waiting" not in {t["state"] for call in calls if call["state"] == "exhausted" for t in call["targets"]}
        facts = await bed.facts()
        for call in calls:
            told = [fact for fact in facts if fact.subject == call["id"]]
            assert [fact.aggregateversion for fact in told] == list(range(1, call["version"] + 1))
            assert told[-1].data["state"] == call["state"]


@settings(max_examples=25, deadline=None)
@given(_ACTS, st.booleans())
def test_every_call_out_ends_answered_cancelled_or_with_the_alarm(
    acts: list[tuple[str, Any]], is_staffed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), acts, is_staffed=is_staffed))
