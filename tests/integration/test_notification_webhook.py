"""Calls over a real HTTP gateway: signed, tried again, never redirected, and sent again after a break."""

import asyncio
import hashlib
import hmac
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.notification.domain.limits import CallLimits
from services.notification.service import Config
from shared.contracts.events.intake import IncidentStatus
from shared.kernel.limits import Limit
from tests.integration.call_gateway import Gateway, gateway
from tests.integration.calls_bed import DUTY, FIRST, CallBed, actor, call_bed, outcomes

ROOT = Path(__file__).parents[2]
SECRET = "shared-with-the-gateway"


@pytest.fixture
async def sms() -> AsyncIterator[Gateway]:
    async with gateway() as running:
        yield running


@pytest.fixture
async def bed(tmp_path: Path, store_url: str | None, sms: Gateway) -> AsyncIterator[CallBed]:
    async with call_bed(tmp_path, store_url, webhook_url=sms.url, webhook_secret=SECRET) as running:
        await running.shift(DUTY, await running.person(FIRST, account="zhiban1"), hours=100)
        yield running


def by_webhook(call: dict[str, Any], step: int = 0) -> dict[str, Any]:
    (target,) = [one for one in call["targets"] if one["channel"] == "webhook" and one["step"] == step]
    return dict(target)


async def test_the_gateway_gets_one_signed_document_with_all_it_needs(bed: CallBed, sms: Gateway) -> None:
    incident_id, _ = await bed.report(number="DX-20270205-0007")
    await bed.tick()
    (got,) = sms.received
    stamp = got.headers["x-yizhangtu-timestamp"]
    signed = hmac.new(SECRET.encode(), stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-yizhangtu-signature"] == f"sha256={signed}"
    assert int(stamp) == int(bed.clock.now().timestamp())
    document = got.document
    assert document["delivery_id"] == got.delivery
    assert document["person"]["name"] == FIRST
    assert document["person"]["phone"] == "13800000002"
    assert document["incident_id"] == incident_id
    assert document["text"] == (
        "【区指挥中心】突发事件 DX-20270205-0007：旧宫地区 三层自建房火灾。地点：旧宫镇幸福路 3 号。"
        "第 1 轮呼叫（共 4 轮），请立即应答。"
    )
    target = by_webhook(await bed.call())
    assert (target["state"], target["attempts"][0]["outcome"], target["attempts"][0]["detail"]) == (
        "sent", "accepted", "http_202",
    )  # fmt: skip


async def test_an_exercise_says_so_first(tmp_path: Path, sms: Gateway) -> None:
    async with call_bed(tmp_path, webhook_url=sms.url, webhook_secret=SECRET, exercise=True) as bed:
        await bed.shift(DUTY, await bed.person(FIRST))
        await bed.report()
        await bed.tick()
        assert sms.received[0].document["text"].startswith("【演练】")
        assert sms.received[0].document["exercise"] is True
        assert (await bed.call())["exercise"] is True


async def test_a_temporary_error_is_tried_again_with_the_same_delivery_id_and_the_screen_does_not_wait(
    bed: CallBed, sms: Gateway
) -> None:
    sms.answers = [503, 429, 202]
    await bed.report()
    await bed.tick()
    screen = (await bed.call())["targets"][0]
    assert (screen["channel"], screen["state"]) == ("in_app", "sent")
    assert by_webhook(await bed.call())["state"] == "waiting"
    assert await bed.forward(seconds=1.9) == 0
    await bed.forward(seconds=0.1)
    assert await bed.forward(seconds=3.9) == 0
    await bed.forward(seconds=0.1)
    assert len({got.delivery for got in sms.received}) == 1
    target = by_webhook(await bed.call())
    assert [one["outcome"] for one in target["attempts"]] == ["temporary", "temporary", "accepted"]
    assert target["state"] == "sent"
    told = [fact for fact in await bed.facts() if fact.fact == "attempted"]
    assert [by_webhook(fact.data)["state"] for fact in told] == ["sent"], "screens learn it once, when it is so"


async def test_what_cannot_be_sent_within_its_step_has_failed_and_the_next_step_is_sent_anew(
    bed: CallBed, sms: Gateway
) -> None:
    sms.answers = [500] * 8
    await bed.report()
    for _ in range(59):
        await bed.forward(seconds=1)
    assert by_webhook(await bed.call())["state"] == "failed"
    sms.answers = []
    await bed.forward(seconds=1)
    assert by_webhook(await bed.call(), 1)["state"] == "sent"
    assert sms.received[-1].delivery != sms.received[0].delivery


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_a_permanent_error_is_not_tried_again(bed: CallBed, sms: Gateway, status: int) -> None:
    sms.answers = [status]
    await bed.report()
    await bed.tick()
    await bed.forward(seconds=59)
    assert by_webhook(await bed.call())["state"] == "failed"
    assert by_webhook(await bed.call())["attempts"][0]["detail"] == f"http_{status}"
    assert len(sms.received) == 1
    assert by_webhook((await bed.facts())[-1].data)["state"] == "failed"


async def test_a_redirect_is_never_followed(bed: CallBed, sms: Gateway) -> None:
    sms.answers = [307]
    sms.location = sms.url.replace("/calls", "/inner")
    await bed.report()
    await bed.tick()
    assert [got.path for got in sms.received] == ["/calls"]
    assert by_webhook(await bed.call())["state"] == "failed"


async def test_a_gateway_that_hangs_up_or_is_away_is_a_temporary_error(bed: CallBed, sms: Gateway) -> None:
    sms.answers = [0]
    await bed.report()
    await bed.tick()
    assert [one["outcome"] for one in by_webhook(await bed.call())["attempts"]] == ["temporary"]


async def test_a_gateway_that_hangs_is_given_up_in_time_and_holds_no_escalation(tmp_path: Path, sms: Gateway) -> None:
    limits = replace(CallLimits(), send_timeout=Limit(timedelta(seconds=0.3), "测试"))
    async with call_bed(tmp_path, webhook_url=sms.url, webhook_secret=SECRET, limits=limits) as bed:
        await bed.shift(DUTY, await bed.person(FIRST))
        sms.hold.clear()
        await bed.report()
        assert await bed.engine.tick() == 1
        bed.clock.advance(seconds=60)
        assert await bed.engine.tick() >= 1
        assert (await bed.call())["step"] == 1
        await bed.engine.sender.settle()
        assert by_webhook(await bed.call())["attempts"][0]["detail"] == "timeout"


async def test_a_send_that_was_under_way_when_the_process_died_goes_out_again_with_the_same_delivery_id(
    bed: CallBed, sms: Gateway
) -> None:
    sms.hold.clear()
    await bed.report()
    await bed.engine.tick()
    await sms.wait_for(1)
    await bed.reopen()
    sms.hold.set()
    assert by_webhook(await bed.call())["attempts"] == []
    assert await bed.forward(seconds=14) == 0
    await bed.forward(seconds=1)
    assert [got.delivery for got in sms.received] == [sms.received[0].delivery] * 2
    assert by_webhook(await bed.call())["state"] == "sent"


_CHILD = """
import asyncio, sys
from pathlib import Path
from tests.integration.calls_bed import DUTY, FIRST, call_bed

async def main(folder, url):
    async with call_bed(Path(folder), webhook_url=url, webhook_secret="s") as bed:
        await bed.shift(DUTY, await bed.person(FIRST))
        await bed.report()
        await bed.engine.tick()
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_killed_while_it_sends_loses_neither_the_call_nor_the_next_step(
    tmp_path: Path, sms: Gateway
) -> None:
    sms.hold.clear()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, str(tmp_path), sms.url, cwd=tmp_path, env=environment
    )
    await sms.wait_for(1)
    child.kill()
    await child.wait()
    sms.hold.set()
    async with call_bed(tmp_path, webhook_url=sms.url, webhook_secret=SECRET) as bed:
        assert by_webhook(await bed.call())["attempts"] == []
        await bed.forward(seconds=15)
        assert [got.delivery for got in sms.received] == [sms.received[0].delivery] * 2
        await bed.forward(seconds=45)
        assert (await bed.call())["step"] == 1


async def test_a_send_lost_in_a_long_outage_still_goes_out_although_its_step_is_over(
    bed: CallBed, sms: Gateway
) -> None:
    await bed.report()
    bed.clock.advance(minutes=10)
    await bed.reopen()
    await bed.tick()
    assert sorted(got.document["step"] for got in sms.received) == [0, 1]


async def test_two_senders_on_one_store_send_a_call_once(bed: CallBed, sms: Gateway) -> None:
    replica = await CallBed(bed.url, bed.clock, bed.config).open()
    sms.hold.clear()
    await bed.report()
    await asyncio.gather(bed.engine.tick(), replica.engine.tick(), bed.engine.tick())
    await sms.wait_for(1)
    sms.hold.set()
    await asyncio.gather(bed.engine.sender.settle(), replica.engine.sender.settle())
    await replica.close()
    assert len(sms.received) == 1


async def test_after_an_answer_nothing_more_is_sent_than_what_was_in_flight(bed: CallBed, sms: Gateway) -> None:
    sms.hold.clear()
    await bed.report()
    await bed.report()
    await bed.engine.tick()
    await sms.wait_for(2)
    for call in await bed.calls():
        await bed.answer(call["id"], actor("别人", username="u2"))
    sms.answers = [503, 202]
    sms.hold.set()
    await bed.engine.sender.settle()
    assert await bed.forward(hours=1) == 0
    assert len(sms.received) == 2
    assert sorted(by_webhook(call)["state"] for call in await bed.calls()) == ["failed", "sent"]


async def test_a_call_answered_between_claim_and_send_does_not_go_out(bed: CallBed, sms: Gateway) -> None:
    await bed.report()
    await bed.engine.sender.start_due()
    await bed.answer((await bed.call())["id"])
    await bed.engine.sender.settle()
    late = len(sms.received)
    assert late <= 1
    assert await bed.forward(hours=1) == 0
    assert len(sms.received) == late


async def test_the_words_follow_the_newest_that_is_known_of_the_incident(bed: CallBed, sms: Gateway) -> None:
    ident, _ = await bed.report(title="冒烟")
    fact = bed.incident(ident, title="仓库火灾,有人被困", status=IncidentStatus.ACTIVE)
    await bed.tell("incidents", "intake.incident.updated.v1", fact, ident, 2)
    await bed.forward(seconds=60)
    assert "仓库火灾,有人被困" in sms.received[-1].document["text"]


async def test_a_person_whose_number_was_corrected_is_reached_at_the_new_one(bed: CallBed, sms: Gateway) -> None:
    sms.answers = [503, 503]
    person = await bed.person("换号的人", phone="13800000003")
    await bed.shift(DUTY, person)
    await bed.report()
    await bed.tick()
    await bed.person("换号的人", id=person, phone="13800000004", version=2)
    sms.answers = []
    await bed.forward(seconds=2)
    phones = [got.document["person"]["phone"] for got in sms.received if got.document["person"]["id"] == person]
    assert phones == ["13800000003", "13800000004"]


async def test_the_console_writes_one_line_with_the_number_masked(tmp_path: Path) -> None:
    async with call_bed(tmp_path) as bed:
        await bed.policy({"after_seconds": 0, "posts": ["duty_officer"], "channels": ["console"]})
        await bed.shift(DUTY, await bed.person(FIRST))
        await bed.report()
        with capture_logs() as logs:
            await bed.tick()
        (line,) = [one for one in logs if one["event"] == "call"]
        assert line["phone"] == "138****0002"
        assert "13800000002" not in str(line)
        assert outcomes(await bed.call()) == ["accepted", "accepted"]


async def test_a_channel_that_is_no_longer_configured_fails_openly(tmp_path: Path, sms: Gateway) -> None:
    async with call_bed(tmp_path, webhook_url=sms.url, webhook_secret=SECRET) as bed:
        await bed.shift(DUTY, await bed.person(FIRST))
        await bed.report()
        bed.config = Config()
        await bed.reopen()
        await bed.tick()
        target = by_webhook(await bed.call())
        assert (target["state"], target["attempts"][0]["detail"]) == ("failed", "not_configured")


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [("ftp://gateway/x", "s", "YZT_WEBHOOK_URL"), ("gateway", "s", "YZT_WEBHOOK_URL"), ("http://g/x", None, "SECRET")],
)
async def test_a_gateway_that_is_configured_wrongly_is_refused_at_the_start(
    tmp_path: Path, url: str, secret: str | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        async with asyncio.timeout(60), call_bed(tmp_path, webhook_url=url, webhook_secret=secret):
            pass
