"""S3 自建出租房火灾 (scenarios of the domain, S3): played whole, with the deaths of the third and the eighth day."""

from datetime import UTC, datetime
from typing import Any

from tests.e2e.scenes.matching import All, Count, Each, Has, Holds, Not, T, Until
from tests.e2e.scenes.table import Do, OnMap, Row, See, clock, forces, on_duty, phoned, said_of_teams, sent, taken_over

START = datetime(2026, 4, 24, 17, 13, tzinfo=UTC)
"""01:13 in Daxing: the hour of 2011."""
DAY = 24 * 60
HOUSE: dict[str, Any] = {
    "lon": 116.4612, "lat": 39.8093, "text": "旧宫地区示例村中街 12 号三层自建房", "township": "110115006",
}  # fmt: skip
FIRE = {
    "type_code": "12G03",
    "title": "三层自建房火灾",
    "source": "fire_119",
    "description": "村内三层自建房起火,多人被困",
    "location": HOUSE,
    "sensitive": True,
    "sensitive_reasons": ["人员密集", "夜间"],
}
CALLS = (
    (1.0, "police_110", "一栋楼着火"),
    (1.5, "hotline_12345", "村里很大烟"),
    (2.0, "grid_worker", "示例村中街起火"),
    (3.0, "public", "三楼有人喊救命"),
    (4.0, "police_110", "着火了"),
    (5.0, "public", "烟很大"),
    (6.0, "hotline_12345", "一层服装厂起火"),
)
NOTICE = (("示例供电公司值班室", "power"), ("示例旧宫地区办事处值班室", "township"))
"""Departments that are told, not sent (突法§61)."""
STATIONS = ("示例旧宫消防救援站", "示例西红门消防救援站", "示例黄村消防救援站")
OF_FIRE = "/api/incidents/{fire.id}"


def _call(index: int, minute: float, source: str, said: str) -> Row:
    """Every other one the second desk has filed before it saw the proposal; both ways lead to one incident."""
    where = {**HOUSE, "lat": HOUSE["lat"] + (index + 1) * 0.0002, "text": f"示例村中街 {index}"}
    draft = {"type_code": "12G03", "location": where, "source": source}
    proposed = Do("/api/duplicates/check", draft, who="second", says={"items": [{"incident": {"id": "{fire.id}"}}]})
    if index % 2 == 0:
        acts = (proposed, Do("/api/calls", {**draft, "said": said, "incident_id": "{fire.id}"}, who="second"))
    else:
        other = f"other{index}"
        acts = (
            Do("/api/incidents", {**draft, "description": said}, who="second", keep=other),
            Do(f"/api/incidents/{{{other}.id}}/merge", {"into": "{fire.id}", "reason": "同一起火灾"}, who="second"),
        )
    return Row(minute, f"来电:{source}", acts)


def _badge(line: str, grade: str, possible: str | None, **more: Any) -> OnMap:
    wanted = {"id": "{fire.id}", "kind": "incident", "grade": grade, "possible_grade": possible, **more}
    return OnMap(line, Count(1, wanted))


ARRIVAL = Row(
    0,
    "119 联动:村内三层自建房火灾,多人被困",
    (Do("/api/incidents", FIRE, keep="fire"),),
    (
        See("接报单", "/api/calls?incident_id={fire.id}",
            {"items": [{"outcome": "new", "source": "fire_119", "received_at": T(0), "said": Has("多人被困")}]}),
        OnMap("事件点",
            Count(1, {"id": "{fire.id}", "geometry": {"type": "Point", "coordinates": [116.4612, 39.8093]}})),
        See("最近站", "/api/units?for_incident={fire.id}&kind=fire_rescue&limit=1",
            {"items": [{"name": STATIONS[0], "able": True}]}),
        See("路宽、消火栓、最近站在事件旁", "/api/facilities/near?incident_id={fire.id}",
            {"road": {"name": "示例村中街", "road_width_m": 3.2}, "nearest_station": {"name": STATIONS[0]},
             "groups": All((Count(1, {"group": "hydrant", "count": 3}), Count(1, {"group": "water_intake"})))}),
        See("消火栓、路宽在图上", "/api/facilities/map",
            {"items": All((Count(6, {"group": "hydrant"}), Count(1, {"name": "示例村中街", "road_width_m": 3.2})))}),
        See("带班领导 ≤3 min", OF_FIRE + "/guidance",
            {"steps": Count(1, {"id": "report_leader", "due_at": T(3), "state": "open"})}),
        clock("电话报市 ≤15 min", "fire", "city_phone", state="running", due_at=T(15), seconds_left=900,
              verified=False, basis=Has("第 38 条")),
    ),
)  # fmt: skip
LEADER = Row(
    2,
    "双人双岗:A 接报、B 通知带班领导",
    (
        *taken_over("fire"),
        Do("/api/notifications", {"incident_id": "{fire.id}", "title": "三层自建房火灾", "posts": ["duty_leader"]},
           who="second", keep="call"),
        Do("/api/notifications/{call.id}/ack", {"note": "收到,即到"}, who="leader", keep="call"),
        Do(OF_FIRE + "/guidance/steps/report_leader/done", {"note": "电话"}, who="second"),
    ),
    (
        See("B 通知带班领导 ≤3 min", "/api/notifications/{call.id}",
            {"created_by": "值班员乙", "acknowledged_by": "带班丙", "acknowledged_at": Until(3)}),
        See("A 接报、B 通知:两人", OF_FIRE + "/guidance",
            {"steps": Count(1, {"id": "report_leader", "state": "done", "by": "值班员乙", "at": Until(3)})}),
    ),
)  # fmt: skip
MERGED = Row(
    6.5,
    "全部合并",
    (),
    (
        See("全部合并", "/api/incidents?open=true", {"items": [{"id": "{fire.id}"}]}),
        See("来电时间保留", "/api/calls?incident_id={fire.id}&limit=200", {"items": All((
            *(Count(1, {"received_at": T(minute), "source": source, "said": said}) for minute, source, said in CALLS),
            Count(8, {}),
        ))}),
        OnMap("来电密度", Count(7, {"kind": "call", "incident_id": "{fire.id}"})),
        See("合并不再叫应", "/api/notifications?open=true", {"items": []}),
        See("合并不删原接报单", "/api/incidents/{other1.id}", {"status": "merged", "merged_into": "{fire.id}"}),
    ),
)  # fmt: skip
FORCES = Row(
    5,
    "119 已出 3 站",
    (
        *(Do("/api/units", {"name": name, "kind": kind, "relation": "notify"}, who="admin") for name, kind in NOTICE),
        *forces("fire", (*STATIONS, "示例急救中心旧宫站", NOTICE[0][0], "示例公安分局指挥室", NOTICE[1][0])),
        *(act for index in range(3) for act in said_of_teams(index, "accepted", "en_route")),
        Do("/api/reports", {"kind": "initial", "incident_id": "{fire.id}"}, keep="first"),
        phoned("first"),
    ),
    (
        See("不“派遣”消防,状态=协调同步", "/api/assignments?incident_id={fire.id}",
            {"items": Count(3, {"relation": "coordinate", "unit_name": Has("消防"), "status": "en_route"})}),
        See("120 协调", "/api/assignments?incident_id={fire.id}",
            {"items": Count(1, {"relation": "coordinate", "unit_name": Has("急救")})}),
        See("供电、公安、镇政府通报", "/api/assignments?incident_id={fire.id}",
            {"items": All((Count(3, {"relation": "notify"}), Count(0, {"relation": "dispatch"})))}),
        OnMap("力量分组显示", All((
            Count(4, {"kind": "assignment", "incident_id": "{fire.id}", "relation": "coordinate"}),
            Count(3, {"kind": "assignment", "incident_id": "{fire.id}", "relation": "notify"}),
        ))),
        clock("电话报市 ≤15 min", "fire", "city_phone", state="met", met_at=Until(15), report_id="{first.id}"),
        See("缺项不阻止初报,写明缺项", "/api/reports/{first.id}",
            {"state": "draft", "phone": {"to": "市应急管理局值班室", "at": T(5)}, "gaps": Count(1, {"field": "dead"})}),
    ),
)  # fmt: skip
TWELVE = Row(
    12,
    "现场:确认 2 死 5 伤",
    (
        Do(OF_FIRE + "/casualties", {"dead": 2, "injured": 5, "source": "fire_119"},
           says={"grade": "IV", "possible_grade": None, "clock_grade": "III"}),
        Do("/api/reports/{first.id}", verb="GET", keep="first",
           says={"newer": All((Count(1, {"field": "dead", "value": 2}), Count(1, {"field": "injured", "value": 5})))}),
        Do("/api/reports/{first.id}", {"fields": {"dead": 2, "injured": 5}}, verb="PATCH", keep="first",
           says={"fields": {"dead": 2, "injured": 5}, "kind": "initial"}),
    ),
    (
        _badge("一般", "IV", None),
        clock("一般→敏感按较大走时限", "fire", "city_written", state="running", due_at=T(60)),
        See("不按一般的时限", "/api/report-clocks?incident_id={fire.id}",
            {"items": Count(0, {"rule_id": "city_written_general"})}),
    ),
)  # fmt: skip
THIRTY = Row(
    30,
    "死亡 4、失联 9",
    (
        Do(OF_FIRE + "/casualties", {"dead": 4, "missing": 9, "source": "fire_119"},
           says={"grade": "III", "possible_grade": "II", "clock_grade": "II",
                 "grading": {"reported_deaths": 13, "confirmed": "III", "possible": "II"}}),
        Do("/api/reports/{first.id}", {"fields": {"dead": 4, "missing": 9, "grade_text": "较大（可能重大）；敏感事件"}},
           verb="PATCH", keep="first"),
        *sent("first", sent_at=T(30)),
        Do("/api/reports", {"kind": "initial", "incident_id": "{fire.id}"}, status=409,
           says={"code": "report.initial_exists"}),
    ),
    (
        See("死亡仍记 4,区分确认与可能", OF_FIRE,
            {"casualties": {"dead": 4, "missing": 9}, "command_transfer": None}),
        _badge("级别“较大(可能重大)”", "III", "II", casualties={"dead": 4, "missing": 9}),
        clock("书面 ≤30 min(初报若未书面)", "fire", "city_written", state="met", met_at=Until(30)),
        clock("每次升级再报市", "fire", "city_phone", "grade:II", starts_at=T(30), due_at=T(45)),
        clock("续报较大以上每 60 分钟", "fire", "follow_up_major", "after:{first.id}:phone",
              state="running", due_at=T(65)),
    ),
)  # fmt: skip
FORTYFIVE = Row(
    45,
    "微博出现视频",
    (
        Do(OF_FIRE, {"first_public_at": T(43), "first_public_where": "微博视频"}, verb="PATCH"),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{fire.id}"}, keep="second_report",
           says={"title": Has("续报（一）"), "fields": {"public_opinion": Has("微博视频")},
                 "changes": All((Count(1, {"field": "public_opinion"}), Count(0, {"field": "place"}),
                                 Count(0, {"field": "dead"})))}),
        *sent("second_report"),
        Do("/api/reports/{second_report.id}/receipt", {"by": "市局值班员丁"}, keep="second_report"),
    ),
    (
        See("记录 first_public_at", OF_FIRE, {"first_public_at": T(43), "first_public_where": "微博视频"}),
        See("初报不晚于舆情", "/api/reports/{first.id}", {"behind_public": None}),
        See("报送各步进事件时间线", OF_FIRE + "/timeline?limit=200", {"items": All((
            Count(1, {"code": "timeline.report.phoned", "at": T(5), "params": {"report": "初报"}}),
            Count(1, {"code": "timeline.report.signed", "at": T(30), "params": {"whom": "带班丙", "report": "初报"}}),
            Count(1, {"code": "timeline.report.sent", "at": T(45), "params": {"report": "续报 1"}}),
            Count(1, {"code": "timeline.report.receipted", "params": {"whom": "市局值班员丁"}})))}),
        See("提示舆情组", OF_FIRE + "/guidance",
            {"steps": Count(1, {"id": "follow_opinion", "state": "open", "text": Has("舆情组"), "due_at": T(45)})}),
        See("续报含舆情", "/api/reports/{second_report.id}",
            {"state": "receipted", "receipted_by": "市局值班员丁", "fields": {"public_opinion": Has("微博视频")}}),
    ),
)  # fmt: skip
SEVENTY = Row(
    70,
    "死亡 12 → 重大",
    (
        Do(OF_FIRE + "/casualties", {"dead": 12, "missing": 1, "source": "fire_119"},
           says={"grade": "II", "possible_grade": None, "grading": {"rule_id": "fire.deaths.II", "command": "city"},
                 "hints": Count(1, {"code": "command.due", "detail": Has("市应急委")})}),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{fire.id}"}, keep="third_report",
           says={"serial": 2, "changes": All((
               Count(1, {"field": "dead", "before": 4, "after": 12, "numeric": True}),
               Count(1, {"field": "missing", "before": 9, "after": 1, "numeric": True}),
               Count(1, {"field": "grade_text", "after": Has("重大")}),
               Count(0, {"field": "public_opinion"})))}),
    ),
    (
        _badge("徽章变", "II", None, command_transfer={"due_since": T(70), "done_at": None}),
        See("升级", OF_FIRE + "/timeline?limit=200",
            {"items": All((Count(1, {"code": "timeline.graded", "params": {"after": "重大"}}),
                           Count(1, {"code": "timeline.command_due"})))}),
        clock("每次升级再报市", "fire", "city_phone", "confirmed:II", state="running", starts_at=T(70), due_at=T(85)),
    ),
)  # fmt: skip
TRANSFER = Row(
    74,
    "指挥权移交市应急委",
    (
        Do(OF_FIRE + "/command-transfer", {"to_whom": "市应急委值班室", "note": "电话移交"},
           says={"command_transfer": {"done_at": T(74), "done_by": "值班员甲", "to_whom": "市应急委值班室"}}),
        phoned("third_report"),
        *sent("third_report"),
    ),
    (
        _badge("指挥权已移交", "II", None, command_transfer={"done_at": T(74)}),
        clock("升级后电话再报市", "fire", "city_phone", "confirmed:II", state="met", met_at=Until(85)),
        clock("升级后书面再报市", "fire", "city_written", "confirmed:II", state="met"),
    ),
)  # fmt: skip
RECOVERING = Row(
    180,
    "明火扑灭,处置→善后",
    (Do(OF_FIRE + "/recover", {"note": "明火扑灭,转入善后,家属安置点设在示例中学"}, says={"status": "recovering"}),),
    (
        OnMap("善后也在图上", Count(1, {"id": "{fire.id}", "status": "recovering", "grade": "II"})),
        See("善后仍是未结事件", "/api/incidents?open=true", {"items": [{"id": "{fire.id}", "status": "recovering"}]}),
        See("时间线写明", OF_FIRE + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.recovering"})}),
        clock("时限照走", "fire", "follow_up_major", Has("after:"), state="overdue"),
    ),
)  # fmt: skip
OUT = Row(
    180,
    "明火扑灭",
    (
        Do("/api/marks", {"kind": "settlement_point", "incident_id": "{fire.id}", "label": "家属安置点(示例中学)",
                          "geometry": {"type": "Point", "coordinates": [116.43, 39.77]}, "capacity": 120,
                          "contact": {"name": "民政助理庚", "phone": "13900000007"}},
           says={"contact": {"phone": "13900000007"}}),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{fire.id}"}, keep="fourth_report"),
        Do("/api/reports/{fourth_report.id}", {"fields": {"trend": "明火已扑灭,转入善后"}}, verb="PATCH"),
        *sent("fourth_report"),
        Do(OF_FIRE + "/close", {"summary": "明火扑灭,转入善后"}, who="leader", keep="closed"),
        Do("/api/reports", {"kind": "final", "incident_id": "{fire.id}"}, keep="final",
           says={"fields": {"dead": 12, "missing": 1, "injured": 5, "trend": Has("善后")}}),
        *sent("final"),
    ),
    (
        See("终报前续报", "/api/reports?incident_id={fire.id}&kind=follow_up",
            {"items": [{"serial": 3, "state": "sent"}, {"serial": 2}, {"serial": 1}]}),
        See("终报经带班领导签发", "/api/reports/{final.id}", {"signer_name": "带班丙", "state": "sent"}),
        clock("终报", "fire", "final_report", Has("closed:"), state="met"),
        OnMap("事件置灰", Count(1, {"id": "{fire.id}", "status": "closed"})),
        OnMap("家属安置点", Count(1, {"mark_kind": "settlement_point", "label": Has("家属安置点"),
                                 "params": {"capacity": 120, "contact_name": "民政助理庚"}})),
        See("迟报可算:60 分钟续报迟发", "/api/report-failures",
            {"late": All((Count(1, {"rule_id": "follow_up_major"}), Count(0, {"rule_id": "city_phone"})))}),
        See("迟报也在时间线", OF_FIRE + "/timeline?limit=200", {"items": All((
            Count(1, {"code": "timeline.report.overdue", "params": {"rule_id": "follow_up_major"}}),
            Count(1, {"code": "timeline.report.met_late", "params": {"rule_id": "follow_up_major", "minutes": 46}})))}),
    ),
)  # fmt: skip
THIRD_DAY = Row(
    3 * DAY,
    "伤者死亡 1(在 7 日内)",
    (
        Do("/api/reports/{final.id}", verb="GET", keep="signed_final"),
        Do(OF_FIRE + "/timeline?limit=200", verb="GET", keep="timeline"),
        Do(OF_FIRE + "/casualties", {"dead": 13, "source": "medical_120", "note": "伤者不治"},
           says={"status": "closed", "grade": "II", "casualties": {"dead": 13},
                 "grading": {"reported_deaths": 14}}),
        Do("/api/reports/{final.id}/revise", {"reason": "伤者在七日内死亡"}, keep="revised",
           says={"revision": 2, "supersedes": "{final.id}", "fields": {"dead": 13},
                 "changes": [{"field": "dead", "before": 12, "after": 13, "numeric": True}]}),
        *sent("revised"),
    ),
    (
        See("报告生成新版本", "/api/reports/{revised.id}",
            {"state": "sent", "document_number": Not("{final.document_number}")}),
        See("历史不改:旧版本", "/api/reports/{final.id}",
            {"fields": {"dead": 12}, "digest": "{signed_final.digest}", "history": Holds("{signed_final.history}"),
             "superseded_by": "{revised.id}", "allowed": []}),
        See("历史不改:时间线", OF_FIRE + "/timeline?limit=200", {"items": Holds("{timeline.items}")}),
        See("重判级", OF_FIRE, {"grade": "II", "casualty_window": {"days": 7, "late": []}}),
    ),
)  # fmt: skip
EIGHTH_DAY = Row(
    8 * DAY,
    "又 1 人死亡",
    (
        Do(OF_FIRE + "/casualties", {"dead": 14, "source": "medical_120", "note": "又一人不治"},
           says={"hints": Each({"code": "casualty.after_window", "detail": Has("已超 7 日口径")}),
                 "casualties": {"dead": 13}}),
        Do("/api/reports/{revised.id}/revise", {"reason": "又一人死亡"}, status=409,
           says={"code": "report.revision_not_due"}),
        Do("/api/reports", {"kind": "special", "incident_id": "{fire.id}"}, keep="explained"),
        Do("/api/reports/{explained.id}",
           {"fields": {"process": "5 月 3 日又 1 人死亡,已超 7 日口径,不计入统计。"}}, verb="PATCH"),
        *sent("explained"),
    ),
    (
        See("仍可记录但不进入统计口径", OF_FIRE,
            {"casualties": {"dead": 13}, "grading": {"reported_deaths": 14}, "status": "closed",
             "casualty_window": {"late": [{"field": "dead", "value": 14, "counted": False, "note": "又一人不治"}]}}),
        See("时间线写明", OF_FIRE + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.figures_late"})}),
        See("不进入统计口径:检索", "/api/search?kinds=incident&q={fire.number}",
            {"items": [{"casualties": {"dead": 13}}]}),
        See("说明", "/api/reports/{explained.id}", {"state": "sent", "fields": {"process": Has("已超 7 日口径")}}),
    ),
)  # fmt: skip
ROWS = sorted(
    (
        on_duty(-30, 6 * DAY, officer="duty_officer", second="duty_officer", leader="duty_leader"),
        ARRIVAL, LEADER, *(_call(index, *call) for index, call in enumerate(CALLS)),
        MERGED, FORCES, TWELVE, THIRTY, FORTYFIVE, SEVENTY, TRANSFER, RECOVERING, OUT, THIRD_DAY, EIGHTH_DAY,
    ),
    key=lambda row: row.minute,
)  # fmt: skip
