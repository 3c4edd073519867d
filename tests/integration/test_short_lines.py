"""代录 through the API on both stores: filed once, gaps told, later figures, a person's word, the far log knows it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.incident_intake.domain.short_line.checksum import checksum
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import Casualties, IncidentFact, IncidentSource, IncidentStatus, Location
from shared.kernel.clock import SHANGHAI
from tests.integration.intake_site import IntakeSite, intake_site

AT = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


def line(
    *, seq: int = 7, trapped: int | str = 60, unit: str = "107", event: str = "11A02", minutes: int = 0,
    dead: int | str = 0, risk: str = "堤外积水1.2米", check: str | None = None,
) -> str:  # fmt: skip
    at = (AT + timedelta(minutes=minutes)).astimezone(SHANGHAI)
    body = f"SD1|{unit}|{at:%m%d%H%M}|{event}|3|{dead}|2|3|{trapped}|120|NPR|{risk}|冲锋舟2艇|张三|{seq}|"
    return body + (checksum(body) if check is None else check)


async def post(site: IntakeSite, text: str | None = None, **more: Any) -> httpx.Response:
    body = {"channel": "beidou", **({} if text is None else {"text": text}), **more}
    return await (await site.officer()).post("/api/short-lines", json=body)


async def take(site: IntakeSite, text: str, **more: Any) -> dict[str, Any]:
    answer = await post(site, text, **more)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def incident(site: IntakeSite, ident: str) -> dict[str, Any]:
    answer = await (await site.officer()).get(f"/api/incidents/{ident}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def own_log(
    *, trapped: int = 60, minutes: int = 0, event: str = "11A02", version: int = 1, ident: str = "far-1",
    status: IncidentStatus = IncidentStatus.REPORTED,
) -> Envelope:  # fmt: skip
    at = AT + timedelta(minutes=minutes)
    fact = IncidentFact(
        id=ident, number="DX-YUFA-20250731-0001", title="内涝", type_code=event, status=status, occurred_at=at,
        received_at=at, updated_at=at, source=IncidentSource.GRID_WORKER, home_site="yufa",
        location=Location(township="110115107"),
        casualties=Casualties(dead=0, missing=2, injured=3, trapped=trapped),
    )  # fmt: skip
    return draft(
        site="yufa", service="incident_intake", kind="intake.incident.reported.v1", aggregate_id=ident, version=version,
        payload=fact, now=at, exercise=False,
    )  # fmt: skip


async def hear(site: IntakeSite, envelope: Envelope) -> None:
    for subscription in site.node.node.services["incident_intake"].subscriptions:
        if subscription.consumer == "incident_intake__other_logs":
            await subscription.handler(envelope)


async def test_a_line_becomes_an_incident_in_the_far_sites_name(site: IntakeSite) -> None:
    answer = await post(site, line())
    assert answer.status_code == 201, answer.text
    (filed,) = answer.json()["lines"]
    found = await incident(site, filed["incident"]["id"])
    assert (filed["outcome"], filed["site"], filed["checksum"]["ok"]) == ("new", "yufa", True)
    assert (found["source"], found["on_behalf_of_site"], found["relay_channel"]) == ("territory", "yufa", "beidou")
    assert (found["home_site"], found["location"]["township"], found["type_code"]) == ("hub", "110115107", "11A02")
    assert found["casualties"] == {"dead": 0, "missing": 2, "serious": None, "injured": 3, "trapped": 60}
    assert "冲锋舟" in found["description"]
    assert "三断:断网、断电、断路" in found["description"]
    (fact,) = [one for one in await site.node.facts("incident_intake") if one.kind == "intake.incident.reported.v1"]
    assert fact.data["on_behalf_of_site"] == "yufa"
    assert "张三" not in str(fact.data), "who reported stays in the store"


async def test_the_same_number_has_its_effect_once(site: IntakeSite) -> None:
    await take(site, line())
    again = await post(site, line())
    assert again.status_code == 200
    assert again.json()["lines"][0]["outcome"] == "repeated"
    assert await site.kinds() == ["intake.incident.reported.v1"]


async def test_later_figures_of_the_event_are_an_update_and_both_tellings_stay(site: IntakeSite) -> None:
    first = (await take(site, line()))["lines"][0]["incident"]["id"]
    later = await take(site, line(seq=8, trapped=65), channel="satellite")
    assert later["lines"][0]["outcome"] == "update"
    assert later["lines"][0]["incident"]["id"] == first
    assert (await incident(site, first))["casualties"]["trapped"] == 65
    told = [one for one in await site.timeline({"id": first}) if one["code"] == "timeline.short_line"]
    assert {(one["params"]["channel"], one["params"]["trapped"]) for one in told} == {
        ("beidou", 60), ("satellite", 65),
    }  # fmt: skip


async def test_several_lines_of_one_text_make_one_report_and_gaps_are_told(site: IntakeSite) -> None:
    found = await take(site, line() + "\n" + line(seq=10, trapped=65))
    assert [one["outcome"] for one in found["lines"]] == ["new", "update"]
    assert found["missing"] == [{"unit": "107", "site": "yufa", "township_name": "榆垡镇", "sequences": [8, 9]}]
    listed = (await (await site.officer()).get("/api/short-lines?unit=107")).json()
    assert [one["sequence"] for one in listed["items"]] == [10, 7]
    assert listed["missing"] == found["missing"]
    filled = await take(site, line(seq=8, trapped=61))
    assert filled["missing"][0]["sequences"] == [9]


async def test_a_line_that_came_late_changes_no_figure(site: IntakeSite) -> None:
    first = (await take(site, line(seq=9, trapped=65)))["lines"][0]["incident"]["id"]
    await take(site, line(seq=8, trapped=60))
    assert (await incident(site, first))["casualties"]["trapped"] == 65
    late = [one for one in await site.timeline({"id": first}) if one["late"]]
    assert [one["params"]["trapped"] for one in late] == [60]


async def test_unknown_numbers_do_not_erase_known_ones(site: IntakeSite) -> None:
    first = (await take(site, line()))["lines"][0]["incident"]["id"]
    await take(site, line(seq=8, trapped="X"))
    assert (await incident(site, first))["casualties"]["trapped"] == 60


async def test_a_wrong_check_needs_a_person_whose_name_is_kept(site: IntakeSite) -> None:
    wrong = line(check="00") if not line().endswith("|00") else line(check="01")
    refused = await post(site, wrong)
    assert refused.status_code == 422
    assert refused.json()["code"] == "short_line.unconfirmed"
    assert await site.kinds() == []
    done = (await take(site, wrong, confirmed=True))["lines"][0]
    assert not done["checksum"]["ok"]
    (told,) = [one for one in await site.timeline(done["incident"]) if one["code"] == "timeline.short_line"]
    assert told["params"]["confirmed_by"] == "测试员"
    assert "人工确认" in told["params"]["text"]


async def test_fields_typed_one_by_one_are_confirmed_by_a_person(site: IntakeSite) -> None:
    parts = line().split("|")
    names = ["fmt", "unit", "occurred", "event", "grade", "dead", "missing", "injured", "trapped", "moved", "outage",
             "risk", "need", "by", "seq"]  # fmt: skip
    fields = dict(zip(names, parts, strict=False))
    assert (await post(site, fields=fields)).json()["code"] == "short_line.unconfirmed"
    assert (await post(site, fields=fields, confirmed=True)).status_code == 201
    assert (await post(site, fields={**fields, "chk": parts[15]})).json()["lines"][0]["outcome"] == "repeated"


async def test_wrong_fields_are_named_and_nothing_is_filed(site: IntakeSite) -> None:
    refused = await post(site, line() + line(seq=8, unit="999"), confirmed=True)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/lines/1/unit"]
    assert await site.kinds() == []
    assert (await post(site, "榆垡来电,水涨得很快")).json()["code"] == "short_line.none_found"
    assert (await post(site)).json()["code"] == "short_line.nothing_said"


async def test_a_number_with_another_content_is_a_question(site: IntakeSite) -> None:
    await take(site, line())
    refused = await post(site, line(trapped=99))
    assert (refused.status_code, refused.json()["code"]) == (409, "short_line.sequence_used")
    anew = await take(site, line(seq=7, trapped=99), renumbered=True)
    assert anew["lines"][0]["outcome"] == "update"
    assert anew["missing"] == []
    assert (await take(site, line(seq=8, trapped=99)))["missing"] == []


async def test_nearly_the_same_time_is_decided_by_a_person(site: IntakeSite) -> None:
    first = (await take(site, line()))["lines"][0]["incident"]["id"]
    near = line(seq=8, trapped=65, minutes=8)
    refused = await post(site, near)
    assert (refused.status_code, refused.json()["code"]) == (409, "short_line.same_event_unclear")
    assert [one["id"] for one in refused.json()["candidates"]] == [first]
    same = await take(site, near, incident_id=first)
    assert same["lines"][0]["outcome"] == "update"
    other = await take(site, line(seq=9, trapped=5, minutes=8, dead=1), separate=True)
    assert other["lines"][0]["outcome"] == "new"


async def test_a_line_is_not_filed_under_an_event_that_it_cannot_be_about(site: IntakeSite) -> None:
    stranger = await site.report()
    refused = await post(site, line(), incident_id=stranger["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "short_line.not_this_event")


async def test_an_officer_takes_lines_of_the_own_township_only(site: IntakeSite) -> None:
    own = await site.node.client("territory_officer", territory="110115109")
    refused = await own.post("/api/short-lines", json={"text": line(), "channel": "sms"})
    assert refused.status_code == 403
    assert (await own.get("/api/short-lines")).json()["items"] == []


async def test_the_preview_keeps_nothing(site: IntakeSite) -> None:
    officer = await site.officer()
    seen = (await officer.post("/api/short-lines/read", json={"text": line()})).json()["lines"][0]
    assert (seen["outcome"], seen["township_name"], len(seen["fields"])) == ("new", "榆垡镇", 16)
    assert await site.kinds() == []
    broken = (await officer.post("/api/short-lines/read", json={"text": "SD1|107|"})).json()["lines"][0]
    assert broken["faults"]


async def test_the_far_sites_own_log_replaces_the_copy(site: IntakeSite) -> None:
    copy = (await take(site, line()))["lines"][0]["incident"]
    await take(site, line(seq=8, trapped=65))
    await hear(site, own_log(trapped=65))
    await hear(site, own_log(trapped=65))
    found = await incident(site, copy["id"])
    assert (found["status"], found["merged_into"]) == ("merged", "far-1")
    assert [one["code"] for one in await site.timeline(copy)].count("timeline.replaced_by_own_log") == 1
    assert (await site.kinds()).count("intake.incident.merged.v1") == 1
    split = await site.act(copy, "split", reason="不是同一起")
    assert split["status"] == "reported", "nothing was deleted"


async def test_a_copy_that_was_closed_before_the_link_came_back_is_known_again_too(site: IntakeSite) -> None:
    copy = (await take(site, line()))["lines"][0]["incident"]
    await site.act(copy, "close", summary="险情排除")
    await hear(site, own_log())
    found = await incident(site, copy["id"])
    assert (found["status"], found["merged_into"]) == ("merged", "far-1")
    split = await site.act(copy, "split", reason="不是同一起")
    assert split["status"] == "closed", "it is as it was"
    assert None not in {row[0] for row in await site.rows("select destroy_after from caller")}, "and so is its caller"


@pytest.mark.parametrize("other", [{"trapped": 61}, {"minutes": 1}, {"event": "11A01"}])
async def test_an_independent_event_of_the_far_site_is_not_merged(site: IntakeSite, other: dict[str, Any]) -> None:
    copy = (await take(site, line()))["lines"][0]["incident"]
    await hear(site, own_log(**other))
    assert (await incident(site, copy["id"]))["status"] == "reported"


async def test_a_line_after_the_own_log_makes_no_second_incident(site: IntakeSite) -> None:
    await hear(site, own_log())
    found = await post(site, line())
    assert found.status_code == 200
    assert (found.json()["lines"][0]["outcome"], found.json()["lines"][0]["own_log"]["id"]) == ("known", "far-1")
    assert await site.kinds() == []
    assert (await post(site, line(seq=8, trapped=65))).json()["lines"][0]["outcome"] == "known"


async def test_a_line_after_the_copy_was_replaced_changes_nothing_of_it(site: IntakeSite) -> None:
    copy = (await take(site, line()))["lines"][0]["incident"]
    await hear(site, own_log())
    assert (await post(site, line(seq=8, trapped=65))).json()["lines"][0]["outcome"] == "known"
    assert (await incident(site, copy["id"]))["casualties"]["trapped"] == 60


async def test_an_ended_own_incident_replaces_nothing(site: IntakeSite) -> None:
    copy = (await take(site, line()))["lines"][0]["incident"]
    await hear(site, own_log(status=IncidentStatus.CLOSED))
    assert (await incident(site, copy["id"]))["status"] == "reported"


async def test_an_order_is_rendered_for_reading_out(site: IntakeSite) -> None:
    order = {
        "number": "RW-0003", "ordered_at": AT.isoformat(), "unit": "榆垡防汛一队", "event": "11A02", "place": "榆垡镇",
        "task": "转移被困群众", "by": "李四",
    }  # fmt: skip
    answer = await (await site.officer()).post("/api/short-lines/render", json={"order": order})
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"].startswith("ML1|RW-0003|")
    assert [one["label"] for one in answer.json()["spoken"]][-1] == "校验"
