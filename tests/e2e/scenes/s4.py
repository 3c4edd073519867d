"""S4 建筑工地坍塌 (scenarios of the domain, S4)."""

from datetime import UTC, datetime
from typing import Any

from tests.e2e.scenes.matching import All, Count, Has, Not, T, Until
from tests.e2e.scenes.table import Do, OnMap, Row, See, clock, forces, on_duty, phoned, said_of_teams, sent, taken_over

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
"""14:00 in Daxing: the night that follows is cold."""
DAY = 24 * 60
PLACE: dict[str, Any] = {"lon": 116.33, "lat": 39.745, "text": "清源街道示例工地", "township": "110115003"}
OF = "/api/incidents/{fall.id}"
TEAMS = ("区建筑工程抢险队", "示例蓝色救援队", "示例西红门消防救援站", "示例急救中心黄村站", "示例公安分局指挥室")
GUIDANCE = OF + "/guidance"


def _badge(line: str, grade: str, possible: str | None, **more: Any) -> OnMap:
    return OnMap(line, Count(1, {"id": "{fall.id}", "kind": "incident", "grade": grade, "possible_grade": possible,
                                 **more}))  # fmt: skip


CALLED = Row(
    0,
    "12350/110 报",
    (
        Do("/api/calls",
            {"source": "hotline_12350", "said": "工地塌了,下面有人", "location": PLACE}, keep="call_12350"),
        Do("/api/calls", {"source": "police_110", "said": "示例工地坍塌", "location": PLACE}, keep="call_110"),
    ),
    (
        See("两路来电都在", "/api/calls", {"items": Count(2, {"outcome": "pending", "received_at": T(0)})}),
        OnMap("待判的来电", Count(2, {"kind": "call", "outcome": "pending"})),
    ),
)  # fmt: skip
JUDGED = Row(
    3,
    "判 12C01",
    (
        Do("/api/incidents",
            {"type_code": "12C01", "title": "示例工地坍塌", "source": "hotline_12350", "received_at": T(0),
                              "location": PLACE, "description": "埋 6 人", "casualties": {"trapped": 6},
                              "answers": {"unit": "示例建筑公司示例项目部"}},
           keep="fall", says={"type_code": "12C01", "casualties": {"trapped": 6}}),
        Do("/api/calls/{call_12350.id}/link", {"incident_id": "{fall.id}", "reason": "同一工地"}),
        Do("/api/calls/{call_110.id}/link", {"incident_id": "{fall.id}", "reason": "同一工地"}),
        *taken_over("fall"),
    ),
    (
        See("判 12C01", OF, {"type_code": "12C01", "grade": None}),
        See("推荐起重、破拆", "/api/units?for_incident={fall.id}&capability=起重&limit=200",
            {"items": [{"name": TEAMS[0], "able": True, "free": True}]}),
        See("推荐搜救犬(搜救)", "/api/units?for_incident={fall.id}&kind=social&limit=200",
            {"items": [{"name": TEAMS[1], "able": True, "capabilities": Has("搜救")}]}),
        See("推荐 120", "/api/units?for_incident={fall.id}&kind=medical&limit=1", {"items": [{"able": True}]}),
        See("推荐公安", "/api/units?for_incident={fall.id}&kind=police", {"items": [{"able": True}]}),
        See("住建部门作为候选力量,通报", "/api/units?for_incident={fall.id}&kind=department&limit=200",
            {"items": Count(1, {"able": True, "relation": "notify", "capabilities": ["住房城乡建设"],
                                "reasons": Count(1, {"code": "department"})})}),
        See("同一工地标注 31M00", "/api/facilities/near?incident_id={fall.id}",
            {"sites": [{"code": "31M00", "name": "示例清源工地"}]}),
        See("工地 1 km 内重大隐患自动列出", "/api/facilities/near?incident_id={fall.id}&within_m=100&codes=31M",
            {"major_hazards": [{"name": "示例清源脚手架租赁场", "hazard_state": "rectifying", "distance_m": Not(0)}]}),
        See("推荐住建(清单提示通报)", GUIDANCE,
            {"steps": Count(1, {"id": "pass_forces", "text": All((Has("搜救犬"), Has("住建")))})}),
        OnMap("事件点", Count(1, {"id": "{fall.id}", "geometry": {"type": "Point", "coordinates": [116.33, 39.745]}})),
    ),
)  # fmt: skip
EIGHT = Row(
    8,
    "现场:2 死 4 埋",
    (
        *forces("fall", TEAMS),
        Do(OF + "/casualties", {"dead": 2, "missing": 4, "trapped": 4, "source": "fire_119"},
           says={"grade": "IV", "possible_grade": "III", "clock_grade": "III",
                 "grading": {"reported_deaths": 6, "possible": "III"}}),
    ),
    (
        _badge("含失联=6 → 较大", "IV", "III", grading={"reported_deaths": 6, "possible": "III"}),
        See("时间线写明", OF + "/timeline?limit=200",
            {"items": Count(1, {"code": "timeline.graded", "params": {"after": "一般（可能较大）"}})}),
        clock("较大:电话报市", "fall", "city_phone", "grade:III", state="running", starts_at=T(8), due_at=T(23)),
        See("派遣、协调、通报各按关系", "/api/assignments?incident_id={fall.id}", {"items": All((
            Count(2, {"relation": "dispatch"}), Count(2, {"relation": "coordinate"}), Count(1, {"relation": "notify"}),
        ))}),
    ),
)  # fmt: skip
TEN = Row(
    10,
    "电话报",
    (Do("/api/reports", {"kind": "initial", "incident_id": "{fall.id}"}, keep="first"), phoned("first")),
    (clock("+10 电话报", "fall", "city_phone", "grade:III", state="met", met_at=T(10)),),
)
THIRTY = Row(
    30,
    "初报书面",
    (
        *sent("first", sent_at=T(30)),
        Do(GUIDANCE + "/steps/report_unit/done", {"note": "已提醒施工单位"}),
    ),
    (
        clock("+30 初报书面", "fall", "city_written", "grade:III", state="met", met_at=Until(30)),
        clock("单位 1 小时另计,我们的初报不算", "fall", "unit_arrival", state="running", starts_at=T(0), due_at=T(60)),
        See("单位 1 小时规则另计 493§9", "/api/report-rules",
            {"rules": Count(1, {"id": "unit_arrival", "minutes": 60, "clock_from": "occurred",
                                "basis": Has("第 9 条")})}),
        See("提醒单位 1 小时内报", GUIDANCE,
            {"steps": Count(1, {"id": "report_unit", "state": "done", "text": Has("1 小时")})}),
        See("书面初报带死亡、失联", "/api/reports/{first.id}", {"fields": {"dead": 2, "missing": 4}, "state": "sent"}),
    ),
)  # fmt: skip
UNIT = Row(
    38,
    "施工单位自己报",
    (
        Do(OF + "/unit-report",
           {"organisation": "示例建筑公司示例项目部", "by_name": "项目经理己", "said": "基坑支护坍塌,埋 6 人"},
           says={"unit_report": {"at": T(38), "organisation": "示例建筑公司示例项目部"}}),
    ),
    (
        clock("单位后到的报告停止单位自己的 1 小时时钟", "fall", "unit_arrival", state="met", met_at=T(38)),
        See("单位的报告也是一份接报单", "/api/calls?incident_id={fall.id}",
            {"items": Count(1, {"source": "enterprise", "said": Has("基坑支护")})}),
        See("时间线写明", OF + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.unit_reported"})}),
        See("单位的时限不叫应区里的人", "/api/notifications?limit=200",
            {"items": Count(0, {"kind": "report_clock", "title": Has("单位")})}),
    ),
)  # fmt: skip
FORTY = Row(
    40,
    "塔吊二次风险",
    (
        *(act for index in range(2) for act in said_of_teams(index, "accepted", "en_route", "on_scene", "working")),
        Do(OF + "/evacuations",
           {"reason": "塔吊基础变形", "assembly_text": "工地东门外"}, keep="out", says={"called": 4}),
        *(Do(f"/api/evacuations/{{out.id}}/teams/{{a{index}.id}}/confirm", {"headcount": heads, "missing": missing})
          for index, heads, missing in ((0, 18, 0), (1, 11, 1))),
        Do(GUIDANCE + "/steps/pass_clear/done", {"note": "塔吊回转半径内清场"}),
        Do("/api/marks", {"kind": "hazard_note", "incident_id": "{fall.id}", "label": "1 号塔吊回转范围",
                          "geometry": {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]}, "radius_m": 55,
                          "basis": "现场测定"}),
    ),
    (
        See("清场:各队到集结点", "/api/assignments?incident_id={fall.id}",
            {"items": Count(2, {"relation": "dispatch", "status": "assembling"})}),
        OnMap("队伍在集结点", Count(2, {"kind": "unit", "status": "assembling"})),
        See("清场留痕", GUIDANCE, {"steps": Count(1, {"id": "pass_clear", "state": "done", "by": "值班员甲"})}),
        OnMap("塔吊二次风险", Count(1, {"mark_kind": "hazard_note", "label": Has("塔吊"), "basis": "现场测定",
                                  "params": {"radius_m": 55.0}, "geometry": {"type": "Polygon"}})),
    ),
)  # fmt: skip
LATE = Row(
    45.5,
    "五分钟过去,两队没有确认",
    (),
    (
        OnMap("超时标红", Count(1, {"kind": "evacuation", "is_overdue": True, "called": 4, "confirmed": 2,
                                "headcount": 29, "unaccounted": 1})),
        See("超时呼叫值班", "/api/notifications?limit=200",
            {"items": Count(1, {"kind": "evacuation", "title": Has("2 支队伍没有确认人数"), "state": "calling"})}),
        See("撤离超时留痕", OF + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.evacuation.overdue"})}),
    ),
)  # fmt: skip
FOUND = Row(
    52,
    "走散的一人找到,另两队报清",
    (
        Do("/api/evacuations/{out.id}/teams/{a1.id}/confirm", {"headcount": 12, "source": "radio"}),
        *(Do(f"/api/evacuations/{{out.id}}/teams/{{a{index}.id}}/confirm", {"headcount": heads})
          for index, heads in ((2, 9), (3, 4))),
        Do("/api/evacuations/{out.id}/end", {"reason": "塔吊加固完毕,恢复搜救"}),
    ),
    (
        See("全员撤离与人数清点", "/api/evacuations/{out.id}", {
            "confirmed": 4, "headcount": 43, "unaccounted": 0, "state": "ended",
            "teams": All((Count(2, {"late": True}), Count(1, {"unit_name": TEAMS[1], "counts": Count(2, {})})))}),
        See("都清点了,不再呼叫", "/api/notifications?limit=200",
            {"items": Count(5, {"kind": "evacuation", "state": "cancelled"})}),
    ),
)  # fmt: skip
PROBE = Row(
    120,
    "请求市级生命探测仪",
    (
        *(act for index in range(2) for act in said_of_teams(index, "working")),
        Do("/api/units", {"name": "市级生命探测队(示例)", "kind": "other", "relation": "request_support"}, who="admin"),
        *forces("fall", ("市级生命探测队(示例)",), "probe"),
        Do("/api/support-requests",
           {"incident_id": "{fall.id}", "to": "市应急管理局值班室", "what": "生命探测仪及操作人员", "amount": "2 套",
            "needed_by": "18 时前", "reason": "仍有 4 人被埋,本区没有"},
           keep="ask", says={"kind": "support_request", "state": "draft",
                             "fields": {"support_needed": "生命探测仪及操作人员", "dead": 2, "missing": 4}}),
        Do("/api/support-requests/{ask.id}/answer", {"reply": "granted", "by": "市局"}, status=409,
           says={"code": "support.not_asked"}),
        phoned("ask"),
        *sent("ask"),
        Do("/api/support-requests/{ask.id}/answer", {"reply": "granted", "by": "市局值班员丁", "note": "16:40 出发"},
           keep="ask", says={"answer": {"reply": "granted", "by": "市局值班员丁"}}),
    ),
    (
        See("请求支援而非派遣", "/api/assignments?incident_id={fall.id}",
            {"items": Count(1, {"unit_name": Has("市级生命探测队"), "relation": "request_support"})}),
        OnMap("图上是请求支援", Count(1, {"kind": "assignment", "relation": "request_support"})),
        See("先电话后文稿,对方答复留痕", "/api/reports/{ask.id}",
            {"state": "sent", "phone": {"at": T(120)}, "answer": {"reply": "granted", "at": T(120)},
             "history": Count(1, {"act": "answer", "note": Has("同意")})}),
        See("请求不算报告:续报时限照走", "/api/report-clocks?incident_id={fall.id}&limit=200",
            {"items": Count(0, {"report_id": "{ask.id}"})}),
        See("请求不算派遣", "/api/assignments?incident_id={fall.id}", {"items": Count(2, {"relation": "dispatch"})}),
    ),
)  # fmt: skip
ALIVE = Row(
    360,
    "出 1 生还",
    (
        Do(OF + "/casualties", {"missing": 3, "trapped": 3, "serious": 1, "source": "fire_119"},
           says={"grade": "IV", "possible_grade": "III", "grading": {"reported_deaths": 5}}),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{fall.id}"}, keep="alive",
           says={"changes": All((Count(1, {"field": "missing", "before": 4, "after": 3, "numeric": True}),
                                 Count(1, {"field": "serious", "after": 1}), Count(0, {"field": "dead"})))}),
        *sent("alive"),
    ),
    (_badge("1 生还", "IV", "III", casualties={"dead": 2, "missing": 3, "serious": 1}),),
)  # fmt: skip
COLD = Row(
    365,
    "夜间低温",
    (
        Do(OF + "/observations", {"temperature_c": -3, "source": "现场人员"},
           says={"observation": {"temperature_c": -3}}),
    ),
    (
        See("夜间低温自动生成保障任务", GUIDANCE,
            {"steps": Count(1, {"id": "follow_shelter", "state": "open", "due_at": T(425), "why": "夜间，现场气温 -3℃",
                                "when": {"night": True, "below_c": 5}})}),
        See("时间线写明", OF + "/timeline?limit=200",
            {"items": Count(1, {"code": "timeline.step_due", "params": {"step_id": "follow_shelter"}})}),
    ),
)  # fmt: skip
UNWARMED = Row(
    427,
    "保障任务超时",
    (),
    (
        See("超时叫值班员", "/api/notifications?incident_id={fall.id}&limit=200",
            {"items": Count(1, {"kind": "step", "state": "calling", "title": Has("照明、取暖、轮换")})}),
        See("时间线写明超时", OF + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.step_overdue"})}),
    ),
)  # fmt: skip
WARMED = Row(
    428,
    "照明、取暖、轮换到位",
    (Do(GUIDANCE + "/steps/follow_shelter/done", {"note": "照明、取暖、轮换已到位"}),),
    (
        See("办了就不再叫", "/api/notifications?incident_id={fall.id}&limit=200",
            {"items": Count(1, {"kind": "step", "state": "cancelled", "cancel_reason": "step_settled"})}),
        See("晚办留痕", GUIDANCE, {"steps": Count(1, {"id": "follow_shelter", "state": "done", "overdue": True})}),
    ),
)  # fmt: skip
NEXT_DAY = Row(
    DAY,
    "每日续报",
    (
        Do(OF + "/casualties", {"dead": 5, "missing": 0, "trapped": 0, "source": "fire_119"},
           says={"grade": "III", "possible_grade": None}),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{fall.id}"}, keep="daily", says={"serial": 2}),
        *sent("daily"),
    ),
    (
        See("每日续报", "/api/reports?incident_id={fall.id}&kind=follow_up",
            {"items": [{"serial": 2, "state": "sent", "sent_at": T(DAY)}, {"serial": 1}]}),
        See("夜间低温 → 保障", GUIDANCE,
            {"steps": Count(1, {"id": "follow_shelter", "state": "done", "text": Has("夜间低温")})}),
        See("续报拖延记迟报", "/api/report-failures", {"late": Not([])}),
        _badge("较大", "III", None),
    ),
)  # fmt: skip
END = Row(
    DAY + 60,
    "终报",
    (
        *(act for index in range(2) for act in said_of_teams(index, "returning", "back")),
        Do(OF + "/close", {"summary": "搜救结束"}, who="leader"),
        Do("/api/reports", {"kind": "final", "incident_id": "{fall.id}"}, keep="final",
           says={"fields": {"dead": 5, "missing": 0, "serious": 1}}),
        *sent("final"),
    ),
    (
        clock("终报", "fall", "final_report", Has("closed:"), state="met"),
        See("30 日补报窗口开着", OF, {"casualty_window": {"days": 30, "late": []}, "status": "closed"}),
        See("708§27 评估", GUIDANCE, {"steps": Count(1, {"text": Has("评估"), "basis": Has("708")})}),
        OnMap("事件置灰", Count(1, {"id": "{fall.id}", "status": "closed"})),
    ),
)  # fmt: skip
ROWS = (
    on_duty(-30, 3 * DAY, officer="duty_officer", second="duty_officer", leader="duty_leader"),
    CALLED, JUDGED, EIGHT, TEN, THIRTY, UNIT, FORTY, LATE, FOUND, PROBE, ALIVE, COLD, UNWARMED, WARMED, NEXT_DAY, END,
)  # fmt: skip
