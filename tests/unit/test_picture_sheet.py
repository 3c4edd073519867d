"""The printed sheet: what stands on it, in which order, for whom; and that it is a PDF that says its pages."""

import base64
import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.operational_picture.domain.items import DESK, Item
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.sheet import Sheet, draw_sheet
from services.operational_picture.paper import render_sheet
from shared.kernel.clock import wire_time

NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)


def at(minutes: float) -> str:
    return wire_time(NOW + timedelta(minutes=minutes))


@pytest.fixture
def picture() -> Picture:
    return Picture("hub", "区指挥中心")


def put(picture: Picture, kind: str, ident: str, *, audience: str | None = None, **properties: Any) -> None:
    item = Item(f"{kind}:{ident}", 1, "hub", 1, 1, None, audience)
    item.feature = {"type": "Feature", "id": item.id, "geometry": None, "properties": {"kind": kind, **properties}}
    picture.put(item)


def drawn(picture: Picture, key: str | None = None) -> Sheet:
    return draw_sheet(picture, key, NOW, NOW)


def test_open_incidents_stand_in_the_order_of_their_grade_and_then_the_newest_first(picture: Picture) -> None:
    for ident, grade, minute in (("a", None, -1), ("b", "III", -9), ("c", "III", -5), ("d", "I", -60)):
        put(picture, "incident", ident, status="reported", grade=grade, received_at=at(minute))
    put(picture, "incident", "closed", status="closed", grade="I", received_at=at(0))
    assert [row["id"] for row in drawn(picture).incidents] == ["d", "c", "b", "a"]


def test_who_is_bound_to_a_township_gets_only_what_he_may_see(picture: Picture) -> None:
    put(picture, "incident", "mine", audience="110115006", status="active", received_at=at(-1))
    put(picture, "incident", "other", audience="110115106", status="active", received_at=at(-1))
    put(picture, "incident", "desk", audience=DESK, status="active", received_at=at(-1))
    assert [row["id"] for row in drawn(picture, "110115006").incidents] == ["mine"]
    assert len(drawn(picture).incidents) == 3


def test_units_that_are_out_stand_with_their_task_and_all_are_counted(picture: Picture) -> None:
    put(picture, "unit", "rests", name="甲队", status="standby")
    put(picture, "unit", "ordered", name="乙队", status="standby")
    put(picture, "unit", "works", name="丙队", status="working")
    put(picture, "assignment", "1", active=True, unit_id="ordered", incident_id="x", incident_title="火情")
    put(picture, "assignment", "2", active=False, unit_id="rests", incident_id="x", incident_title="旧事")
    sheet = drawn(picture)
    assert [(row["name"], title) for row, title in sheet.units] == [("丙队", ""), ("乙队", "火情")]
    assert sheet.unit_states == {"standby": 2, "working": 1}
    assert sheet.forces == {"x": 1}


def test_on_duty_is_who_has_a_shift_now_half_open_and_not_cancelled(picture: Picture) -> None:
    def shift(ident: str, name: str, start: float, end: float, *, cancelled: bool = False) -> None:
        put(
            picture, "shift", ident, post="duty_officer", person_name=name, starts_at=at(start), ends_at=at(end),
            cancelled=cancelled,
        )  # fmt: skip

    shift("1", "赵一", -60, 0)
    shift("2", "钱二", 0, 60)
    shift("3", "孙三", -60, 60, cancelled=True)
    assert drawn(picture).on_duty == {"duty_officer": ("钱二",)}


def test_cut_townships_and_unanswered_calls_are_named(picture: Picture) -> None:
    put(picture, "territory", "1", name="榆垡镇", state="disconnected", last_fact_at=at(-90), since=at(-89))
    put(picture, "territory", "2", name="旧宫地区", state="connected", last_fact_at=at(0), since=at(-99))
    put(picture, "notification", "late", state="calling", created_at=at(-2), title="后", targets=[])
    put(picture, "notification", "early", state="exhausted", created_at=at(-9), title="先", targets=[])
    put(picture, "notification", "done", state="acknowledged", created_at=at(-20), title="了", targets=[])
    sheet = drawn(picture)
    assert [row["name"] for row in sheet.cut] == ["榆垡镇"]
    assert sheet.connected == 1
    assert [row["title"] for row in sheet.calls] == ["先", "后"]


def words(pdf: bytes) -> str:
    """All text that is drawn in the Chinese font, which writes two bytes a character."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        content = zlib.decompress(_ascii85(stream))
        for literal in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", content, re.DOTALL):
            plain = re.sub(
                rb"\\([0-7]{3}|.)",
                lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else m[1],
                literal,
                flags=re.DOTALL,
            )
            found.append(plain.decode("utf-16-be", "replace"))
    return "".join(found)


def _ascii85(stream: bytes) -> bytes:
    return base64.a85decode(b"<~" + stream.strip(), adobe=True)


def test_the_paper_says_pages_age_and_exercise_on_every_page(picture: Picture) -> None:
    for number in range(120):
        put(picture, "incident", f"{number}", status="active", grade="II", number=f"DX-{number}", title="示例火情",
            location={"text": "示例村"}, casualties={"dead": 0, "injured": 3}, received_at=at(-number))  # fmt: skip
    plain = render_sheet(drawn(picture))
    assert plain.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type /Page\b", plain))
    text = words(plain)
    assert pages >= 3
    assert text.count(f"共 {pages} 页") == pages
    assert "死0 伤3" in text
    assert "演练" not in text

    exercise = words(render_sheet(replace(drawn(picture), exercise=True, as_of=NOW - timedelta(minutes=5))))
    assert exercise.count("演练  演练") == pages
    assert "【演练】" in exercise
    assert "数据已旧" in exercise


def test_words_of_people_are_never_read_as_markup_and_a_missing_character_is_marked(picture: Picture) -> None:
    put(
        picture,
        "incident",
        "1",
        status="active",
        title="<b>粗</b>&<img src='file:///etc/passwd'/>𠮷",
        received_at=at(0),
    )
    text = words(render_sheet(drawn(picture)))
    assert "〓" in text
    assert "<b>" in text
