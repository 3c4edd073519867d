"""One correlation id from the request to the fact, through the writer's thread."""

from pathlib import Path

from tests.harness.hosting import hosted


async def test_a_fact_bears_the_correlation_id_of_the_request_that_made_it(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=("incident_intake",)) as app:
        client = await app.admin()
        answer = await client.post("/api/incidents", json={"title": "一"}, headers={"X-Request-Id": "desk-7.call-1"})
        assert answer.headers["x-request-id"] == "desk-7.call-1"
        [fact] = await app.facts("incident_intake")
        assert fact.correlationid == "desk-7.call-1"
