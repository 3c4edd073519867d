"""Searching as people do it, on both stores: any part of a text, pinyin letters, numbers; kept searches; bad input."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.index import Follower, index_changes
from services.incident_intake.metrics import IntakeMetrics
from shared.kernel.words import fold, terms
from tests.integration.intake_site import IntakeSite, intake_site


async def _nothing_more(_intake: Intake, _follower: Follower) -> bool:
    return False


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[IntakeSite]:
    """A site whose own follower rests, so that tests say when the index follows."""
    monkeypatch.setattr("services.incident_intake.jobs.index_changes", _nothing_more)
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


def intake_of(site: IntakeSite) -> Intake:
    return Intake(site.node.deps("incident_intake"), IntakeConfig(), IntakeMetrics(CollectorRegistry()))


async def bring_in(site: IntakeSite) -> None:
    """Let the index follow up to now."""
    intake, follower = intake_of(site), Follower()
    while await index_changes(intake, follower):
        pass


async def found(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/search", params={"kinds": "incident", **asked})
    assert answer.status_code == 200, answer.text
    assert answer.json()["index"] == {"waiting": 0, "since": None}
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def titles(client: httpx.AsyncClient, **asked: Any) -> list[str]:
    return [item["title"] for item in await found(client, **asked)]


async def test_an_incident_is_found_by_every_part_of_it(site: IntakeSite) -> None:
    client = await site.officer()
    place = {"lon": 116.44, "lat": 39.80, "text": "旧宫镇幸福路3号院"}
    fire = await site.report(
        title="自建房起火，多人被困", type_code="12G03", location=place, description="三层 Ａ 座浓烟，100%烧毁"
    )
    await site.report(title="路面塌陷", location={"text": "长子营镇朝林路", "township": "110115104"})
    answer = await client.get("/api/search", params={"q": "旧宫"})
    assert answer.json()["index"]["waiting"] == 2, "what is not in the index yet is said"
    assert answer.json()["index"]["since"] is not None
    await bring_in(site)
    serial = fire["number"].rsplit("-", 1)[1]
    for asked in (
        "旧", "起火", "自建房起火，多人", "宫镇幸福", "福路３号", "jgz", "JGZ", "zjfqh", "火灾", "hz", fire["number"],
        fire["number"].replace("-", ""), f"-{serial}", "浓烟", "a座", "旧宫 被困", "100%烧",
    ):  # fmt: skip
        assert "自建房起火，多人被困" in await titles(client, q=asked), asked
    for asked in ("旧火", "困人", "旧宫 塌陷", "宫旧", "zzzz", "房镇"):
        assert await titles(client, q=asked) == [], asked
    assert await titles(client, q="czy") == await titles(client, q="zzy") == ["路面塌陷"]
    (hit,) = await found(client, q="jgz 浓烟 被困")
    assert set(hit["found_in"]) == {"initials", "description", "title"}
    assert "caller" not in hit


async def test_the_list_beside_the_map_finds_by_the_letters_of_pinyin_too(site: IntakeSite) -> None:
    client = await site.officer()
    place = {"text": "旧宫镇幸福路3号院"}
    await site.report(title="自建房起火", type_code="12G03", location=place, description="100%烧毁")
    await site.report(title="路面塌陷", location={"text": "长子营镇朝林路", "township": "110115104"})

    async def listed(asked: str) -> list[str]:
        answer = await client.get("/api/incidents", params={"q": asked})
        assert answer.status_code == 200, answer.text
        return [item["title"] for item in answer.json()["items"]]

    assert await listed("幸福路") == await listed("100%") == ["自建房起火"], "at once, as it is written"
    await bring_in(site)
    for asked in ("jgz", "zjf", "XFL", "旧宫 zjf", "hz", "幸福路", "100%"):
        assert await listed(asked) == ["自建房起火"], asked
    assert await listed("czy") == await listed("zzy") == ["路面塌陷"]
    for asked in ("旧火", "zzzz", "jgz 塌陷", "%"):
        assert await listed(asked) == (["自建房起火"] if asked == "%" else []), asked
    assert len((await client.get("/api/incidents", params={"q": "z", "status": "closed"})).json()["items"]) == 0


async def test_calls_are_found_by_what_was_said_and_never_by_who_called(site: IntakeSite) -> None:
    client = await site.officer()
    who = {"name": "欧阳小明", "phone": "13812345678"}
    fire = await site.report(title="仓库冒烟", description="门口有焦糊味", caller=who)
    said = {"said": "我看见旧宫桥下有黑烟", "location": {"text": "旧宫桥"}, "source": "public", "caller": who}
    made = await client.post("/api/calls", json=said)
    assert made.status_code == 201, made.text
    await bring_in(site)
    (hit,) = await found(client, kinds="call", q="jgq 黑烟")
    assert (hit["kind"], hit["number"], hit["outcome"]) == ("call", made.json()["number"], "pending")
    assert hit["caller"]["phone"] == "138****5678"
    (first,) = await found(client, kinds="call", q="焦糊")
    assert first["incident_number"] == fire["number"]
    for private in ("欧阳", "13812345678", "oyxm"):
        assert await found(client, kinds="incident,call", q=private) == [], private
    assert len(await found(client, kinds="incident,call", q="焦糊")) == 2
    assert await found(client, kinds="report", q="焦糊") == [], "reports are searched by the service that has them"
    linked = await client.post(f"/api/calls/{made.json()['id']}/link", json={"incident_id": fire["id"]})
    assert linked.status_code == 200, linked.text
    await bring_in(site)
    (hit,) = await found(client, kinds="call", q="黑烟")
    assert (hit["outcome"], hit["incident_number"]) == ("linked", fire["number"])


async def test_what_changes_is_found_by_what_it_says_now(site: IntakeSite) -> None:
    client = await site.officer()
    incident = await site.report(title="井盖丢失")
    await bring_in(site)
    await site.change(incident, title="燃气泄漏", grade="III", sensitive=True)
    await site.act(incident, "close", summary="完")
    await bring_in(site)
    assert await titles(client, q="井盖") == []
    assert await titles(client, q="燃气", status="closed", grade="III", sensitive=True) == ["燃气泄漏"]
    assert await titles(client, q="燃气", open=True) == []
    assert len(await site.rows("select place from search_entry where kind = 'incident'")) == 1


async def test_the_index_says_what_reading_everything_would_say(site: IntakeSite) -> None:
    dice = random.Random(20261123)
    words = ["火", "火灾", "旧宫", "宫", "12", "1", "a", "b座", "泄漏", "２1", "水", " ", "-"]
    client = await site.officer()
    said = ["".join(dice.choices(words, k=6)) or "x" for _ in range(40)]
    for title in said:
        await site.report(title=f"件{title}", location=None)
    await bring_in(site)
    for _ in range(60):
        asked = "".join(dice.choices(words, k=dice.randint(1, 3)))
        if not terms(asked):
            continue
        hits = {item["title"] for item in await found(client, q=asked, limit=200)}
        texts = [title.strip() for title in (f"件{one}" for one in said)]
        plain = {title for title in texts if all(term in fold(title) for term in terms(asked))}
        assert plain <= hits, asked
        wrong = [title for title in hits - plain if not _by_letters(title, asked)]
        assert not wrong, (asked, wrong)


def _by_letters(title: str, asked: str) -> bool:
    """Letters and digits may stand in the number, or in the pinyin of a title."""
    return all(term.isascii() or term in fold(title) for term in terms(asked))


async def test_pages_go_on_where_they_ended_and_filters_hold(site: IntakeSite) -> None:
    client = await site.officer()
    for number in range(7):
        await site.report(title=f"第{number}起", type_code="12G03" if number % 2 else "11A02")
    await bring_in(site)
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        body = (await client.get("/api/search", params={"q": "起", "kinds": "incident", "limit": 3, **after})).json()
        seen += [item["title"] for item in body["items"]]
        if body["next"] is None:
            break
        after = {"after": body["next"]}
    assert seen == [f"第{number}起" for number in reversed(range(7))]
    assert len(await titles(client, type="12000")) == 3
    assert await titles(client, since="2999-01-01T00:00:00Z") == []


async def test_an_officer_of_a_territory_finds_the_own_only(site: IntakeSite) -> None:
    await site.report(title="本镇起火", location={"township": "110115107"})
    await site.report(title="外镇起火", location={"township": "110115104"})
    await bring_in(site)
    own = await site.node.client("territory_officer", territory="110115107")
    assert await titles(own, q="起火") == ["本镇起火"]
    assert await titles(own, q="起火", township="110115104") == []


async def test_bad_questions_are_answered_with_a_sentence(site: IntakeSite) -> None:
    client = await site.officer()
    for asked, code in (
        ("%", "search.no_words"),
        ("_*?", "search.no_words"),
        ("x" * 10_000, "field.too_long"),
        ("火" * 2_000, "field.too_long"),
        ("a\0b", "field.control_character"),
    ):
        answer = await client.get("/api/search", params={"q": asked})
        assert answer.status_code == 422, asked[:5]
        body = answer.json()
        assert code in {body["code"], *(error["code"] for error in body["errors"])}, body
    for asked in ("'; drop table incident; --", '" OR "', "a* NEAR b", "(火)", "火" * 200, "x" * 199, "{a,b}"):
        assert (await client.get("/api/search", params={"q": asked})).status_code == 200, asked
    assert (await client.get("/api/search", params={"after": "x"})).json()["code"] == "request.cursor_invalid"
    assert (await client.get("/api/search", params={"kinds": "unit"})).status_code == 422


async def test_kept_searches_belong_to_their_account(site: IntakeSite) -> None:
    mine, other = await site.officer(), await site.node.client("dispatcher")
    body = {"name": "旧宫较大", "query": {"q": "旧宫", "grade": "III", "days": 30, "status": ["active"]}}
    made = await mine.post("/api/views", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["query"] == body["query"]
    assert (await mine.post("/api/views", json=body)).json()["code"] == "view.name_taken"
    assert (await other.get("/api/views")).json()["items"] == []
    path = f"/api/views/{made.json()['id']}"
    assert (await other.delete(path)).json()["code"] == "view.not_found"
    assert [one["name"] for one in (await mine.get("/api/views")).json()["items"]] == ["旧宫较大"]
    assert (await mine.delete(path)).status_code == 204
    assert (await mine.delete(path)).status_code == 404
    for wrong in ({"name": "", "query": {}}, {"name": "x", "query": {"q": "火" * 201}},
                  {"name": "x", "query": {"days": 0}}, {"name": "x", "query": {"other": 1}}):  # fmt: skip
        assert (await mine.post("/api/views", json=wrong)).status_code == 422, wrong
    for number in range(50):
        assert (await mine.post("/api/views", json={"name": f"{number}", "query": {}})).status_code == 201
    assert (await mine.post("/api/views", json={"name": "多", "query": {}})).json()["code"] == "view.too_many"


async def test_new_rules_of_folding_index_everything_anew(site: IntakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.report(title="旧规则")
    await bring_in(site)
    monkeypatch.setattr("services.incident_intake.handlers.finding.index.RULES", 99)
    monkeypatch.setattr("services.incident_intake.handlers.finding.index.index_text", lambda _incident: "新文字")
    await bring_in(site)
    client = await site.officer()
    assert await titles(client, q="新文字") == ["旧规则"]
    assert await titles(client, q="旧规则") == []


async def test_the_running_site_follows_by_itself(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        client = await site.officer()
        await site.report(title="自己跟上")
        for _ in range(200):
            if (await client.get("/api/search", params={"q": "跟上"})).json()["items"]:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the job never indexed it")
