"""S2 氢能示范区加氢站泄漏 (scenarios of the domain, S2)."""

from datetime import UTC, datetime
from typing import Any

from tests.e2e.scenes.matching import All, Count, Each, Has, T, Until
from tests.e2e.scenes.table import Do, OnMap, Row, See, clock, forces, on_duty, phoned, said_of_teams, sent, taken_over

START = datetime(2026, 12, 31, 15, 55, tzinfo=UTC)
"""23:55 in Daxing: every clock of it runs across midnight and New Year."""
DAY = 24 * 60
STATION: dict[str, Any] = {"lon": 116.272, "lat": 39.686, "text": "氢能示范区示例路加氢站"}
OF = "/api/incidents/{leak.id}"
GUIDANCE = OF + "/guidance"
TEAMS = ("区危化品应急救援队", "示例黄村消防救援站", "示例急救中心黄村站", "区燃气抢修队", "示例公安分局指挥室")
DEPARTMENTS = ("示例生态环境局值班室", "示例卫生健康委值班室", "示例经信局值班室")

ALARM = Row(
    0,
    "物联报警:站区氢浓度超限",
    (
        Do("/api/calls", {"source": "sensor", "said": "站区氢浓度超限", "type_code": "12D02", "location": STATION},
           keep="alarm", says={"outcome": "pending", "incident_id": None, "verify_by": T(1)}),
    ),
    (
        See("不自动立案", "/api/incidents", {"items": []}),
        See("1 min 电话核实", "/api/calls/{alarm.id}", {"verify_by": T(1), "source": "sensor"}),
        See("接报单", "/api/calls", {"items": [{"id": "{alarm.id}", "received_at": T(0), "recorded_by": "值班员甲"}]}),
        OnMap("疑似点", Count(1, {"kind": "call", "outcome": "pending", "verify_by": T(1),
                               "geometry": {"type": "Point", "coordinates": [116.272, 39.686]}})),
        See("疑似不叫应", "/api/notifications", {"items": []}),
    ),
)  # fmt: skip
PLANT: dict[str, Any] = {
    "source": "enterprise", "type_code": "12D02", "title": "加氢站储氢瓶组泄漏", "location": STATION, "sensitive": True,
    "sensitive_reasons": ["氢能示范区"], "description": "储氢瓶组泄漏,已停机,1 人冻伤", "casualties": {"injured": 1},
    "caller": {"name": "站长戊", "phone": "13900000001", "organisation": "示例加氢站", "post": "站长"},
    "answers": {"substance": "氢气", "stopped": "已切断", "hydrogen": "储氢瓶组"}, "occurred_at": T(-1),
}  # fmt: skip
PHONED = Row(
    2,
    "企业电话:储氢瓶组泄漏,已停机,1 人冻伤",
    (
        Do("/api/duplicates/check", PLANT, says={"calls": [{"call": {"id": "{alarm.id}"}}]}),
        Do("/api/incidents", PLANT, keep="leak", says={"type_code": "12D02", "sensitive": True}),
        Do("/api/calls/{alarm.id}/link", {"incident_id": "{leak.id}", "reason": "同一站区,电话已核实"},
           says={"outcome": "linked"}),
        *taken_over("leak"),
        Do("/api/reports", {"kind": "initial", "incident_id": "{leak.id}"}, keep="first"),
        phoned("first"),
    ),
    (
        See("合并两来源", "/api/calls?incident_id={leak.id}",
            {"items": All((Count(1, {"source": "sensor"}), Count(1, {"source": "enterprise"}), Count(2, {})))}),
        See("定 12D02,敏感=是(示范区)",
            OF, {"type_code": "12D02", "sensitive": True, "sensitive_reasons": ["氢能示范区"]}),
        clock("电话 ≤15 min", "leak", "city_phone", due_at=T(17), state="met", met_at=Until(15)),
        clock("企业 1 小时内报到(493§9)", "leak", "unit_arrival", minutes=60, starts_at=T(-1), state="met"),
        OnMap("事件点", Count(1, {"id": "{leak.id}", "kind": "incident", "sensitive": True})),
        See("危险源属性(储量、联系人)在事件旁", "/api/facilities/near?incident_id={leak.id}",
            {"items": Count(1, {"name": "示例路加氢站", "code": "22A99", "subtype": "加氢站", "distance_m": 0,
                                "stock": [{"substance": "氢气", "amount": 4.8, "unit": "吨"}],
                                "contact_name": "示例站长戊", "contact_phone": "13800002001"})}),
        See("危险源在图上(联系人不上图)", "/api/facilities/map",
            {"items": Count(1, {"name": "示例路加氢站", "group": "hazard_source", "lon": 116.272, "lat": 39.686,
                                "stock": [{"substance": "氢气", "amount": 4.8, "unit": "吨"}]})}),
        See("未销号的重大隐患自动列出", "/api/facilities/near?incident_id={leak.id}",
            {"major_hazards": [{"name": "示例涉氢测试区", "hazard_state": "rectifying"}]}),
        See("储量、联系人问清", GUIDANCE, {"questions": All((Count(1, {"id": "amount"}),
                                                       Count(1, {"id": "hydrogen", "answer": "储氢瓶组"})))}),
    ),
)  # fmt: skip
OFFERED = Row(
    5,
    "推荐力量",
    (),
    (
        See("最近消防站", "/api/units?for_incident={leak.id}&kind=fire_rescue&limit=1",
            {"items": [{"name": "示例黄村消防救援站", "able": True}]}),
        See("危化队,按直线距离", "/api/units?for_incident={leak.id}&kind=hazmat",
            {"items": [{"name": "氢能示范区企业应急队", "able": True, "distance_m": 111},
                       {"name": TEAMS[0], "able": True}]}),
        See("120、燃气、公安交管", "/api/units?for_incident={leak.id}&kind=medical&kind=gas&kind=police&limit=200",
            {"items": Count(4, {"able": True})}),
        See("按直线距离排序,写明不是行车距离", "/api/units?for_incident={leak.id}&limit=200",
            {"items": Each({"distance_kind": "straight_line"})}),
        See("生态环境、卫健、经信作为候选", "/api/units?for_incident={leak.id}&kind=department&limit=200",
            {"items": Count(3, {"able": True, "relation": "notify"})}),
    ),
)  # fmt: skip
FORCES = Row(
    5,
    "派遣与通报",
    (
        *(Do("/api/units", {"name": name, "kind": "other", "relation": "notify"}, who="admin") for name in DEPARTMENTS),
        *forces("leak", TEAMS),
        *forces("leak", DEPARTMENTS, "told"),
        Do("/api/assignments/{told0.id}/status", {"status": "accepted", "source": "desk"}),
        Do(GUIDANCE + "/steps/pass_departments/done", {"note": "三家已通报"}),
    ),
    (
        See("通报生态环境、卫健、经信", "/api/assignments?incident_id={leak.id}",
            {"items": All((Count(1, {"unit_name": DEPARTMENTS[0], "relation": "notify"}),
                           Count(1, {"unit_name": DEPARTMENTS[1], "relation": "notify"}),
                           Count(1, {"unit_name": DEPARTMENTS[2], "relation": "notify"})))}),
        See("派遣/通报回执", "/api/assignments/{told0.id}", {"history": [{"status": "accepted", "occurred_at": T(5)}]}),
        OnMap("力量在图上", Count(8, {"kind": "assignment", "incident_id": "{leak.id}"})),
    ),
)  # fmt: skip
CORDON: dict[str, Any] = {
    "incident_id": "{leak.id}", "geometry": {"type": "Point", "coordinates": [STATION["lon"], STATION["lat"]]},
    "radius_m": 200, "basis": "示例加氢站应急预案 4.2 表 3",
}  # fmt: skip
SECTOR: dict[str, Any] = {**CORDON, "kind": "wind_sector", "spread_deg": 60}
LIFTED = ["cordon", "wind_sector", "closed_road", "evacuation_route"]
WIND = Row(
    8,
    "风向风速",
    (
        Do(GUIDANCE + "/answers", {"answers": [{"question_id": "wind", "answer": "西北风 3 级"}]}),
        Do(OF + "/wind", {"source": "weather_service", "text": "西北风 3 级", "at": T(7)}, keep="wind",
           says={"from_deg": 315.0, "force": 3, "speed_ms": None}),
        Do("/api/marks", {**CORDON, "kind": "cordon", "radius_m": None}, status=422,
           says={"errors": Count(1, {"pointer": "/radius_m", "code": "mark.radius_required"})}),
        Do("/api/marks", {**CORDON, "kind": "cordon", "basis": None}, status=422,
           says={"errors": Count(1, {"pointer": "/basis", "code": "mark.basis_required"})}),
        Do("/api/marks", SECTOR, status=422, says={"code": "mark.wind_required"}),
        Do("/api/marks", {**CORDON, "kind": "cordon"}, keep="cordon", says={"params": {"radius_m": 200.0}}),
        Do("/api/marks", {**SECTOR, "wind_id": "{wind.id}"}, keep="sector"),
        Do("/api/marks", {"kind": "closed_road", "incident_id": "{leak.id}", "label": "示例路与示例街路口",
                          "geometry": {"type": "Point", "coordinates": [116.274, 39.687]}}),
        Do("/api/marks", {"kind": "evacuation_route", "incident_id": "{leak.id}", "label": "向西北疏散",
                          "geometry": {"type": "LineString", "coordinates": [[116.271, 39.687], [116.268, 39.69]]}}),
    ),
    (
        See("公开警戒半径用预案给定值,不用系统猜的值", GUIDANCE,
            {"steps": Count(1, {"id": "pass_cordon", "text": All((Has("预案给定"), Has("不自行推算")))})}),
        See("风向记录", GUIDANCE, {"questions": Count(1, {"id": "wind", "answer": "西北风 3 级"})}),
        See("气象接入", OF + "/wind", {"items": [{"text": "西北风 3 级", "source": "weather_service", "at": T(7)}]}),
        OnMap("警戒圈:半径和依据是预案的", Count(1, {"kind": "mark", "mark_kind": "cordon", "basis": Has("预案"),
                                        "params": {"radius_m": 200.0, "lon": 116.272, "lat": 39.686}})),
        OnMap("下风向警戒扇区:西北风,向东南展开", Count(1, {
            "kind": "mark", "mark_kind": "wind_sector", "geometry": {"type": "Polygon"}, "basis": Has("预案"),
            "params": {"wind_from_deg": 315.0, "wind_force": 3, "spread_deg": 60.0, "radius_m": 200.0,
                       "wind_source": "weather_service", "wind_at": T(7)}})),
        OnMap("封控路口", Count(1, {"mark_kind": "closed_road", "geometry": {"type": "Point"}})),
        OnMap("疏散方向", Count(1, {"mark_kind": "evacuation_route", "geometry": {"type": "LineString"}})),
        See("标绘留痕", OF + "/timeline?limit=200", {"items": Count(4, {"code": "timeline.mark.drawn"})}),
    ),
)  # fmt: skip
COMPLAINT: dict[str, Any] = {"source": "hotline_12345", "location": {**STATION, "lat": 39.687, "text": "加氢站那边"}}
TURNED = Row(
    9,
    "风向变了",
    (
        Do(OF + "/wind", {"source": "on_scene", "text": "北风 4 级"}, keep="turned"),
        Do("/api/marks?incident_id={leak.id}&open=true", verb="GET",
           says={"items": Count(1, {"id": "{sector.id}", "version": 1, "params": {"wind_from_deg": 315.0}})}),
        Do("/api/marks/{sector.id}", {"wind_id": "{turned.id}", "version": 1}, verb="PATCH"),
    ),
    (
        OnMap("按新风向重画,由人决定", Count(1, {
            "mark_kind": "wind_sector", "version": 2, "params": {"wind_from_deg": 0.0, "wind_source": "on_scene"}})),
    ),
)  # fmt: skip
LINKED = Row(
    10,
    "12345 市民投诉异响",
    (
        Do("/api/duplicates/check", {**COMPLAINT, "description": "有很响的怪声"},
           says={"items": [{"incident": {"id": "{leak.id}"}}]}),
        Do("/api/calls", {**COMPLAINT, "said": "有很响的怪声", "incident_id": "{leak.id}"}),
    ),
    (
        See("关联,不新立", "/api/incidents", {"items": [{"id": "{leak.id}"}]}),
        See("关联不再叫应", "/api/notifications", {"items": [{"state": "acknowledged"}]}),
        OnMap("关联数 +1", Count(2, {"kind": "call", "incident_id": "{leak.id}"})),
    ),
)  # fmt: skip
TWENTY = Row(
    20,
    "现场:2 人中毒窒息失联 1 人",
    (
        Do(OF + "/casualties", {"acute_poisoned": 2, "missing": 1, "source": "fire_119"},
           says={"grade": "IV", "clock_grade": "III", "grading": {"reported_deaths": 1, "metric": "serious"}}),
        Do("/api/reports/{first.id}", {"fields": {"missing": 1, "serious": 2}}, verb="PATCH"),
        *sent("first"),
        Do(OF, {"description": "2 人中毒窒息,失联 1 人;储氢瓶组仍在泄漏"}, verb="PATCH"),
        Do("/api/reports", {"kind": "follow_up", "incident_id": "{leak.id}"}, keep="second_report",
           says={"title": Has("续报（一）"), "changes": Count(1, {"field": "process"})}),
        *sent("second_report"),
    ),
    (
        See("伤亡含失联 → 重新判级", OF + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.graded"})}),
        OnMap("级别徽章", Count(1, {"id": "{leak.id}", "grade": "IV", "casualties": {"missing": 1}})),
        clock("书面 ≤30 min", "leak", "city_written", state="met", met_at=Until(32)),
        See("续报一", "/api/reports/{second_report.id}", {"serial": 1, "state": "sent", "sent_at": T(20)}),
    ),
)  # fmt: skip
RESPONSE: dict[str, Any] = {
    "incident_id": "{leak.id}", "level": "3", "matter": "加氢站泄漏", "measures": "警戒、疏散、堵漏",
    "expected_until": T(360),
}  # fmt: skip
POST = Row(
    25,
    "指挥部成立",
    (
        Do(GUIDANCE + "/steps/follow_command/done", {"note": "总指挥:示例副区长,指挥部设在站区北门"}),
        Do(OF + "/command-post",
           {"commander_name": "示例副区长", "lon": 116.273, "lat": 39.689, "text": "站区北门"},
           keep="post", says={"state": "open", "groups": Count(9, {})}),
        Do(OF + "/attendance",
           {"name": "示例组长", "organisation": "示例消防支队", "group_id": "{post.groups.1.id}"},
           says={"present": 1}),
        Do(OF + "/orders", {"to": ["{a0.id}", "示例燃气公司"], "content": "关闭上游阀门,每十分钟报一次浓度",
                            "issued_by_name": "示例副区长"}, keep="order"),
        Do("/api/orders/{order.id}/feedback", {"receiver": "{a0.id}", "state": "received"}),
        Do("/api/activations", RESPONSE, status=403),
        Do("/api/activations", RESPONSE, who="leader", keep="response"),
    ),
    (
        See("总指挥留痕", GUIDANCE,
            {"steps": Count(1, {"id": "follow_command", "state": "done", "reason": Has("总指挥")})}),
        See("指令单编号", "/api/assignments?incident_id={leak.id}",
            {"items": Count(1, {"number": "{leak.number}-01", "unit_name": TEAMS[0]})}),
        See("现场指令单编号与反馈", OF + "/orders", {"items": [{
            "number": "{leak.number}-令01", "issued_by": "示例副区长",
            "receivers": [{"name": TEAMS[0], "state": "received"}, {"name": "示例燃气公司", "state": "sent"}]}]}),
        See("工作组、签到", OF + "/command-post", {
            "groups": All((Count(9, {}), Count(1, {"name": "抢险救援组"}))),
            "attendance": [{"name": "示例组长", "organisation": "示例消防支队", "signed_at": T(25)}]}),
        OnMap("指挥部图标", Count(1, {"kind": "command_post", "commander_name": "示例副区长", "present": 1,
                                 "geometry": {"type": "Point", "coordinates": [116.273, 39.689]}})),
        OnMap("响应启动在每个屏幕上", Count(1, {"kind": "activation", "level": "3", "state": "active",
                                        "expected_until": T(360)})),
        See("时间线", OF + "/timeline?limit=200", {"items": All((
            Count(1, {"code": "timeline.post.set_up"}), Count(1, {"code": "timeline.order.issued"}),
            Count(1, {"code": "timeline.order.answered"}), Count(1, {"code": "timeline.activation.started"})))}),
    ),
)  # fmt: skip
OUT = Row(
    40,
    "有爆燃风险,撤救援人员",
    (
        *(a for index in range(2) for a in said_of_teams(index, "accepted", "en_route", "on_scene", "working")),
        Do("/api/marks", {"kind": "assembly_point", "incident_id": "{leak.id}", "label": "站区北门外停车场",
                          "geometry": {"type": "Point", "coordinates": [116.27, 39.69]}}, keep="meeting"),
        Do(OF + "/evacuations",
           {"reason": "有爆燃风险", "assembly_mark_id": "{meeting.id}", "assembly_text": "站区北门外停车场"},
           keep="out",
           says={"called": 4, "confirmed": 0, "due_at": T(45), "number": "{leak.number}-撤01", "verified": False}),
        Do(OF + "/evacuations",
           {"reason": "再下一次", "assembly_text": "北门"}, status=409, says={"code": "evacuation.open"}),
    ),
    (
        See("一键撤离:四支队伍各一个呼叫", "/api/notifications?limit=200", {"items": Count(4, {"kind": "evacuation",
                                                                                  "title": Has("站区北门外停车场")})}),
        OnMap("撤离在每个屏幕上", Count(1, {"kind": "evacuation", "state": "open", "called": 4, "confirmed": 0})),
    ),
)  # fmt: skip
COUNTED = Row(
    44,
    "各队到集结点报人数",
    (
        *(Do(f"/api/evacuations/{{out.id}}/teams/{{a{index}.id}}/confirm",
             {"headcount": heads, "missing": 0, "source": "radio"}) for index, heads in enumerate((24, 32, 4, 6))),
        Do(GUIDANCE + "/steps/follow_rescuers/done", {"note": "危化队 24 人、消防 32 人全部到集结点"}),
    ),
    (
        See("逐队确认 ≤5 min", "/api/assignments?incident_id={leak.id}",
            {"items": Count(2, {"status": "assembling",
                                "history": Count(1, {"status": "assembling", "occurred_at": Until(45)})})}),
        See("逐队确认和人数 ≤5 min", "/api/evacuations/{out.id}", {
            "confirmed": 4, "headcount": 66, "unaccounted": 0, "is_overdue": False,
            "teams": Count(4, {"state": "confirmed", "late": False, "confirmed_at": Until(45)})}),
        See("确认即停止呼叫", "/api/notifications?limit=200",
            {"items": Count(4, {"kind": "evacuation", "state": "cancelled", "cancel_reason": "team_confirmed"})}),
        See("撤离记录:逐队", OF + "/timeline?limit=200", {"items": All((
            Count(1, {"code": "timeline.evacuation.ordered", "params": {"called": 4, "minutes": 5}}),
            Count(4, {"code": "timeline.evacuation.confirmed"})))}),
        See("人数", GUIDANCE, {"steps": Count(1, {"id": "follow_rescuers", "state": "done", "reason": Has("24 人"),
                                                "at": Until(45)})}),
        See("撤离记录(708§22)", OF + "/timeline?limit=200",
            {"items": All((Count(1, {"code": "timeline.step_done", "params": {"step_id": "follow_rescuers"}}),
                           Count(2, {"params": {"status": "assembling"}})))}),
        OnMap("集结的队伍", Count(2, {"kind": "unit", "status": "assembling"})),
        OnMap("集结点", Count(1, {"kind": "mark", "mark_kind": "assembly_point", "label": "站区北门外停车场"})),
    ),
)  # fmt: skip
END = Row(
    130,
    "堵漏成功,监测达标",
    (
        *(a for index in range(2) for a in said_of_teams(index, "returning", "back")),
        Do("/api/evacuations/{out.id}/end", {"reason": "复测达标,撤下休整"}),
        Do("/api/activations/{response.id}/end", {"reason": "堵漏成功,监测达标"}, who="leader"),
        Do(OF + "/command-post/close", {"reason": "处置结束"}),
        Do(OF + "/notes", {"text": "堵漏成功,监测达标,解除警戒,恢复交通"}),
        Do(OF + "/marks/clear", {"kinds": LIFTED, "reason": "堵漏成功,监测达标,恢复交通"}, keep="cleared",
           says={"removed": 4, "by_kind": {"cordon": 1, "wind_sector": 1, "closed_road": 1, "evacuation_route": 1}}),
        Do(OF + "/close", {"summary": "堵漏成功,监测达标"}, who="leader"),
        Do("/api/reports", {"kind": "final", "incident_id": "{leak.id}"}, keep="final"),
        *sent("final"),
    ),
    (
        clock("终报", "leak", "final_report", Has("closed:"), state="met"),
        See("30 日内补报窗口开着", OF, {"casualty_window": {"days": 30, "ends_at": "2027-01-30T16:00:00.000Z"}}),
        OnMap("撤销响应", All((Count(1, {"kind": "activation", "state": "ended", "end_reason": Has("监测达标")}),
                           Count(0, {"kind": "activation", "state": "active"})))),
        See("撤销响应留痕", OF + "/timeline?limit=200", {"items": Count(1, {"code": "timeline.activation.ended"})}),
        OnMap("事件置灰", Count(1, {"id": "{leak.id}", "status": "closed"})),
        OnMap("警戒圈消失", Count(0, {"mark_kind": "cordon"})),
        OnMap("扇区、封控路口、疏散方向消失,集结点还在",
              All((Count(1, {"kind": "mark"}), Count(1, {"mark_kind": "assembly_point"})))),
        See("解除警戒、恢复交通留痕", OF + "/timeline?limit=200",
            {"items": Count(4, {"code": "timeline.mark.removed", "params": {"reason": Has("恢复交通")}})}),
        OnMap("队伍归队", Count(2, {"kind": "assignment", "incident_id": "{leak.id}", "status": "back"})),
    ),
)  # fmt: skip
WITHIN = Row(
    20 * DAY,
    "二十日后伤者死亡",
    (
        Do(OF + "/casualties",
            {"dead": 1, "source": "medical_120"}, says={"casualties": {"dead": 1}, "status": "closed"}),
        Do("/api/reports/{final.id}/revise", {"reason": "30 日内伤亡变化"}, keep="revised",
           says={"revision": 2, "changes": [{"field": "dead", "after": 1, "numeric": True}]}),
    ),
    (See("30 日内补报", OF, {"grade": "IV", "casualty_window": {"late": []}}),),
)  # fmt: skip
ROWS = (
    on_duty(-30, 2 * DAY, officer="duty_officer", second="duty_officer", leader="duty_leader"),
    ALARM, PHONED, OFFERED, FORCES, WIND, TURNED, LINKED, TWENTY, POST, OUT, COUNTED, END, WITHIN,
)  # fmt: skip
