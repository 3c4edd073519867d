"""S5 春节值守 + 违规燃放与火情高发 (scenarios of the domain, S5): from 18:00 of 除夕 to 08:00, midnight at +360."""

from datetime import UTC, datetime
from typing import Any

from shared.kernel.district import townships
from tests.e2e.scenes.matching import All, Count, Each, Has, Not, T, Until
from tests.e2e.scenes.table import Do, OnMap, Quick, Row, See, clock, forces, on_duty, phoned, taken_over

START = datetime(2027, 2, 5, 10, 0, tzinfo=UTC)
"""18:00 of 除夕 2027 in Daxing."""
NIGHT = 840
"""08:00 of the next day."""
TOWNSHIPS = tuple(one.code for one in townships())
MISSING = TOWNSHIPS[-2:]
CLOCKS = "/api/report-clocks?limit=200"
CALLS = "/api/notifications?limit=200"
HEADS = tuple(f"head{index}" for index in range(5))
SPOTS = (
    ("黄村西大街垃圾桶", 0.00, 0.00), ("林校南路草堆", 0.03, 0.00), ("兴政街北口垃圾桶", 0.06, 0.00),
    ("三中巷绿化带", 0.00, 0.03), ("康庄路燃放点", 0.03, 0.03), ("永华南里草堆", 0.06, 0.03),
    ("清源路垃圾桶", 0.00, 0.06), ("枣园东里落叶", 0.03, 0.06), ("富强路杂物", 0.06, 0.06),
    ("芦城工业区仓库旁草堆", 0.09, 0.00), ("团河路草堆", 0.09, 0.03),
)  # fmt: skip
AGAIN = {4: 0, 8: 3, 12: 9}
"""Which of the fourteen tells of which spot that is known already."""
FILED = 12
"""Of these the one that the second desk has filed as an incident before it was merged."""
WAREHOUSE = 9
TEAMS = {0: "旧宫地区微型消防队", WAREHOUSE: "区供水抢修队"}
"""Only these two need somebody to be sent."""


def _zero(code: str) -> tuple[Do, ...]:
    """A township says by telephone that all is well; the desk takes it down."""
    name = f"zero_{code}"
    return (
        Do("/api/reports", {"kind": "daily", "township": code}, keep=name, says={"fields": {"process": Has("平安")}},
           settles=False),
        Do(f"/api/reports/{{{name}.id}}/phone", {"to": "区值班室"}, settles=False),
    )  # fmt: skip


def _days(count: int, **like: Any) -> dict[str, Any]:
    return {"items": Count(count, {"channel": "daily", "day": "2027-02-05", **like})}


def _later(kept: dict[str, Any]) -> dict[str, Any]:
    """The rules with 18:30 for the daily report."""
    rules = [{key: one for key, one in rule.items() if not key.endswith("_label")} for rule in kept["rules"]["rules"]]
    for rule in rules:
        if rule["id"] == "daily_zero":
            rule["minutes"] = 18 * 60 + 30
    return {"rules": rules}


def _contacts(kept: dict[str, Any]) -> dict[str, Any]:
    """Who answers for each township, and who is called when there is no answer."""
    heads = [kept[name]["id"] for name in HEADS]
    return {"contacts": [
        {"code": code, "person_id": heads[index % 5], "leader_id": heads[(index + 1) % 5]}
        for index, code in enumerate(TOWNSHIPS)
    ]}  # fmt: skip


def _lines(kept: dict[str, Any]) -> list[str]:
    """Every line of the handover."""
    return [item["id"] for item in kept["handover"]["items"]]


BEGIN = Row(
    -50,
    "除夕:零报告时限 18:30",
    (
        Do("/api/report-rules", verb="GET", keep="rules"),
        Do("/api/report-rules", _later, who="leader", verb="PUT"),
        *(Do("/api/people", {"name": f"示例属地负责人{index}", "phone": "13800000000"}, who="admin", keep=name)
          for index, name in enumerate(HEADS)),
        Do("/api/roster/roll-call-contacts", _contacts, who="leader", verb="PUT"),
    ),
    (See("节假日 22 属地都欠零报告", CLOCKS, _days(22, state="running", due_at=T(30), basis=Has("第 38 条"))),),
)  # fmt: skip
SIGNED = "/api/roster/handovers/{handover.id}"
HANDOVER = Row(
    0,
    "18:00 交接班",
    (
        Do("/api/roster/handovers", {"post": "duty_officer", "from_person": "{day.id}", "to_person": "{officer.id}"},
           keep="handover",
           says={"state": "open", "items": All((Count(4, {"kind": "check"}),
                                                Count(1, {"kind": "report_clock", "text": Has("未收 22 家")})))}),
        Do(f"{SIGNED}/sign-out", lambda kept: {"done": _lines(kept)}, status=403, says={"code": "handover.not_yours"}),
        Do(f"{SIGNED}/sign-in", lambda kept: {"confirmed": _lines(kept)}, status=409, says={"code": "handover.state"}),
        Do(f"{SIGNED}/sign-out", lambda kept: {"done": _lines(kept)}, who="day",
           says={"state": "signed_out", "signed_out": {"at": T(0), "name": "值班员戊"}, "responsible": "值班员戊"}),
        Do("/api/roster/on-duty", verb="GET", says={"handovers": [{"responsible": "值班员戊", "to_name": "值班员甲"}]}),
        Do(f"{SIGNED}/sign-in", lambda kept: {"confirmed": _lines(kept)[1:]}, status=409,
           says={"code": "handover.items_unticked"}),
        Do(f"{SIGNED}/sign-in", lambda kept: {"confirmed": _lines(kept)},
           says={"state": "signed_in", "signed_in": {"at": T(0), "name": "值班员甲"}, "responsible": "值班员甲"}),
    ),
    (
        See("在班", "/api/roster/on-duty",
            {"posts": All((Has("值班员甲"), Has("值班员乙"), Has("带班丙"), Not(Has("值班员戊")))), "handovers": []}),
        See("交接班双签", SIGNED, {"signed_out": {"account": "day"}, "signed_in": {"account": "officer"},
                              "items": Each({"done": True, "confirmed": True})}),
        See("节假日“双带班”缺第二名带班领导 → 红条", "/api/roster/on-duty",
            {"gaps": [{"post": "duty_leader", "code": "roster.post_short", "required": 2, "present": 1,
                       "detail": Has("带班领导应有 2 人"), "basis": Has("双带班"), "verified": False}]}),
        See("缺岗红条", "/api/roster/on-duty?at=2027-02-06T02:00:00Z",
            {"gaps": All((Count(1, {"post": "duty_leader"}), Count(1, {"post": "duty_officer"})))}),
        See("到点前 30 min 提醒一次,不是 22 次", CALLS,
            {"items": [{"kind": "report_clock", "targets": Each({"post": "duty_officer"})}]}),
    ),
)  # fmt: skip
ZERO = Row(25, "零报告", tuple(act for code in TOWNSHIPS if code not in MISSING for act in _zero(code)))
URGED = Row(
    31,
    "18:30 缺 2",
    (
        Do(CALLS, verb="GET", keep="late", says={"items": All((Count(2, {}), Count(1, {"state": "cancelled"})))}),
        Do("/api/notifications/{late.items.0.id}/ack", {"note": "已安排催报"}, who="leader"),
        Do("/api/notifications", {"title": "催报零报告", "person_ids": ["{head0.id}", "{head1.id}"]}, keep="urge"),
        Do("/api/notifications/{urge.id}/ack", {"on_behalf_of": "{head0.id}", "phone_answer": True, "note": "马上报"}),
    ),
    (
        See("20 家已报", CLOCKS, _days(20, state="met")),
        See("缺 2", CLOCKS, {"items": All(tuple(
            Count(1, {"township": code, "day": "2027-02-05", "state": "overdue"}) for code in MISSING))}),
        See("缺 2 → 报带班领导,一呼", CALLS,
            {"items": Count(1, {"kind": "report_clock", "targets": Each({"post": "duty_leader"})})}),
        See("→ 催报", "/api/notifications/{urge.id}", {"phone_answer": True, "targets": Count(2, {"step": 0})}),
    ),
)  # fmt: skip
LATE = Row(
    45,
    "两家补报",
    tuple(act for code in MISSING for act in _zero(code)),
    (
        See("22 家收齐", CLOCKS,
            {"items": All((_days(20, state="met")["items"], _days(2, state="met_late")["items"]))}),
        See("逾期仍计迟报", "/api/report-failures", {"late": All(tuple(
            Count(1, {"rule_id": "daily_zero", "township": code}) for code in MISSING))}),
    ),
)  # fmt: skip


def _roll_call(minute: float, silent: int | None = None, stand_in: int | None = None) -> Row:
    """The plan draws five and calls each by a call of its own; whoever hears answers."""
    roll = f"roll{minute:g}".replace(".", "_")
    acts = [
        Do("/api/roll-calls?limit=1", verb="GET", keep="rolls"),
        Do("/api/roll-calls/{rolls.items.0.id}", verb="GET", keep=roll,
           says={"kind": "video", "state": "running", "started_by": None, "called": 5, "waiting": 5,
                 "seed": Not(None)}),
    ]  # fmt: skip
    acts += [
        Do(f"/api/roll-calls/{{{roll}.id}}/units/{{{roll}.units.{index}.code}}/answer",
           {"by": f"{{{roll}.units.{index}.person_name}}", "stand_in": index == stand_in}, settles=index >= 3)
        for index in range(len(HEADS)) if index != silent
    ]  # fmt: skip
    answered = len(HEADS) - (silent is not None)
    like = {"kind": "roll_call", "created_at": T(minute), "state": "acknowledged"}
    path = f"/api/roll-calls/{{{roll}.id}}"
    figures = {"called": 5, "answered": answered - (stand_in is not None), "stand_in": int(stand_in is not None)}
    return Row(minute, "视频点名", tuple(acts), (
        See("随机抽 5 单位", path, {"units": All((Count(5, {"name": Not(None)}), Each({"person_name": Not(None)})))}),
        See("点名统计:应答、代答、点名率", path, {**figures, "rate": 1.0}),
        See("逐个叫应,应答即停", CALLS, {"items": Count(answered, like)}),
    ))  # fmt: skip


SILENT = "/api/roll-calls/{roll120.id}"
AGAIN_CALLED = Row(
    121,
    "一分钟未应",
    (),
    (See("未应再呼", CALLS, {"items": Count(1, {"kind": "roll_call", "state": "calling", "step": 1})}),),
)
UNANSWERED = Row(
    123,
    "三分钟未应 1",
    (),
    (
        See("未应 1", SILENT, {"state": "running", "units": Count(1, {"overdue": True, "result": "waiting"})}),
        See("未应 1 → 升级:叫上级责任人", CALLS, {"items": Count(1, {
            "kind": "roll_call", "state": "calling", "step": 2, "targets": Count(1, {"step": 2})})}),
    ),
)  # fmt: skip
STILL = Row(
    124,
    "上级也未应",
    (),
    (
        See("无人应答", CALLS, {"items": Count(1, {"kind": "roll_call", "state": "exhausted"})}),
        OnMap("未应一直响", Count(1, {"kind": "notification", "state": "exhausted"})),
    ),
)
ANSWERED = Row(
    126,
    "上级责任人找到本人",
    (Do(f"{SILENT}/units/{{roll120.units.4.code}}/answer", {"by": "{roll120.units.4.person_name}", "note": "在路上"}),),
    (
        See("超时计超时", SILENT, {"state": "finished", "answered": 4, "late": 1, "missed": 0, "rate": 0.8}),
        See("应答即停止叫应", CALLS, {"items": Count(0, {"kind": "roll_call", "state": "exhausted"})}),
    ),
)


def _fire(number: int) -> Row:
    of = AGAIN.get(number, number - sum(1 for one in AGAIN if one < number))
    place, east, north = SPOTS[of]
    where = {"lon": 116.30 + east, "lat": 39.60 + north + (0.0005 if number in AGAIN else 0), "text": place}
    draft: dict[str, Any] = {"type_code": "12G99", "location": where, "source": "public"}
    proposed = [{"incident": {"id": f"{{fire{of}.id}}"}}] if number in AGAIN else []
    check = Do("/api/duplicates/check", draft, says={"items": proposed}, settles=False)
    if number not in AGAIN:
        acts: tuple[Do, ...] = (check, Do("/api/incidents", draft, keep=f"fire{of}"), *taken_over(f"fire{of}"))
    elif number == FILED:
        acts = (
            check,
            Do("/api/incidents", draft, who="second", keep="filed"),
            Do("/api/incidents/{filed.id}/merge", {"into": f"{{fire{of}.id}}", "reason": "同一处"}, who="second"),
        )
    else:
        acts = (check, Do("/api/calls", {**draft, "said": "着火", "incident_id": f"{{fire{of}.id}}"}))
    minute = 340 + number * 25 / 14
    shown = OnMap("登记后图上即有", Count(1, {"id": f"{{fire{of}.id}}", "kind": "incident"}))
    return Row(minute, f"第 {number + 1} 起:{place}", acts, (shown,))


PEAK = Row(
    369,
    "25 分钟 14 起",
    tuple(act for of, name in TEAMS.items() for act in forces(f"fire{of}", (name,), f"sent{of}_")),
    (
        See("合并 3 起,余 11 起", "/api/incidents?open=true&limit=200", {"items": Count(11, {})}),
        See("14 份接报单都在", "/api/calls?limit=200", {"items": Count(14, {})}),
        See("只 2 起须派遣", "/api/assignments?limit=200", {"items": Count(2, {"relation": "dispatch"})}),
        OnMap("图与列表数字一致", All((Count(11, {"kind": "incident"}), Count(3, {"kind": "call"})))),
        See("合并与非派遣事件不触发全员通知", CALLS, {"items": All((
            Count(12, {"kind": "incident"}),
            Count(0, {"kind": "incident", "step": Not(0)}),
            Count(0, {"kind": "incident", "targets": Not(Each({"post": "duty_officer"}))}),
        ))}),
        See("合并即停止叫应", "/api/notifications?incident_id={filed.id}",
            {"items": [{"state": "cancelled", "cancel_reason": "incident_merged"}]}),
        Quick("高峰期页面与事件流延迟 ≤5 s", 5.0),
    ),
    (
        "每起 ≤30 s 登记:这里登记由程序发出;人按键的用时见 tests/e2e/test_intake_keyboard.py",
        "多屏、大量事件下的延迟:见 bench",
    ),
)  # fmt: skip
SPREADS = Row(
    380,
    "00:20 其中 1 起引燃仓库(12G01)",
    (
        Do(f"/api/incidents/{{fire{WAREHOUSE}.id}}",
           {"type_code": "12G01", "title": "芦城工业区仓库火灾", "sensitive": True, "sensitive_reasons": ["除夕夜间"],
            "casualties": {"trapped": 2}}, verb="PATCH", says={"type_code": "12G01", "clock_grade": "III"}),
        Do("/api/reports", {"kind": "initial", "incident_id": f"{{fire{WAREHOUSE}.id}}"}, keep="initial"),
    ),
    (
        clock("转 S3 流程:电话报市", f"fire{WAREHOUSE}", "city_phone", "grade:III", state="running", due_at=T(395)),
        clock("转 S3 流程:书面", f"fire{WAREHOUSE}", "city_written", "grade:III", due_at=T(440)),
        OnMap("仓库火灾", Count(1, {"id": f"{{fire{WAREHOUSE}.id}}", "type_code": "12G01", "sensitive": True})),
    ),
)  # fmt: skip


def _relief(to: str) -> dict[str, Any]:
    return {"shift_id": "{shift_officer.id}", "to_person_id": f"{{{to}.id}}", "from_at": T(390), "reason": "突发不适"}


SWAPPED = Row(
    390,
    "00:30 值班员 A 突发不适",
    (
        phoned("initial"),
        Do("/api/roster/shifts/{shift_officer.id}", {"ends_at": T(391)}, verb="PATCH", status=403,
           says={"code": "access.forbidden"}),
        Do("/api/roster/reliefs", _relief("second"), keep="double"),
        Do("/api/roster/reliefs/{double.id}/agree", who="second", says={"state": "agreed"}),
        Do("/api/roster/reliefs/{double.id}/approve", who="leader", status=409, says={"code": "shift.overlap"}),
        Do("/api/roster/reliefs/{double.id}/reject", {"reason": "不得一人双岗"}, who="leader"),
        Do("/api/roster/reliefs", _relief("day"), who="second", keep="relief", says={"state": "applied"}),
        Do("/api/roster/reliefs/{relief.id}/approve", who="leader", status=409, says={"code": "relief.state"}),
        Do("/api/roster/reliefs/{relief.id}/agree", status=403, says={"code": "relief.not_yours"}),
        Do("/api/roster/reliefs/{relief.id}/agree", who="day", says={"agreed": {"name": "值班员戊"}}),
        Do("/api/roster/on-duty", verb="GET", says={"posts": All((Has("值班员甲"), Not(Has("值班员戊"))))}),
        Do("/api/roster/reliefs/{relief.id}/approve", who="second", status=403, says={"code": "access.forbidden"}),
        Do("/api/roster/reliefs/{relief.id}/approve", who="leader",
           says={"state": "approved", "decided": {"name": "带班丙"}, "effective_at": T(390)}),
    ),
    (
        clock("仓库火灾已电话报市", f"fire{WAREHOUSE}", "city_phone", "grade:III", state="met", met_at=Until(395)),
        See("换岗单:通知双方", CALLS, {"items": Count(1, {
            "kind": "relief", "title": Has("换岗已批准"), "targets": All((Has("值班员甲"), Has("值班员戊")))})}),
    ),
)  # fmt: skip
RELIEVED = Row(
    392,
    "换岗生效",
    (),
    (
        See("换岗须负责人批准,不得一人双岗", "/api/roster/on-duty",
            {"posts": All((Has("值班员戊"), Has("值班员乙"), Not(Has("值班员甲")))),
             "gaps": [{"post": "duty_leader", "required": 2}]}),
        OnMap("换岗后的班次", Count(1, {"kind": "shift", "person_name": "值班员戊", "starts_at": T(390)})),
    ),
)  # fmt: skip
MORNING = Row(
    NIGHT,
    "08:00",
    (),
    (
        See("自动生成《值班快报》", "/api/reports?kind=bulletin",
            {"items": [{"state": "draft", "title": Has("值班快报")}]}),
        See("含统计", "/api/reports?kind=bulletin", {"items": [{"fields": {"process": Has("共接报突发事件 11 起")}}]}),
        See("含未结事件", "/api/reports?kind=bulletin",
            {"items": [{"fields": {"next_steps": All((Has("未结事件 11 起"), Has("芦城工业区仓库火灾")))}}]}),
        See("含叫应率、零报告", "/api/reports?kind=bulletin",
            {"items": [{"fields": {"measures": All((Has("叫应"), Has("应答率"),
                                                    Has("零报告应报 22 家，已报 22 家")))}}]}),
        See("含点名率,单列", "/api/reports?kind=bulletin", {"items": [{"fields": {"measures": Has(
            "点名 6 次，抽点 30 家次，按时应答 29 家次（其中代答 1），超时 1，未应答 0，点名率 97%")}}]}),
    ),
)  # fmt: skip
ROWS = (
    BEGIN,
    on_duty(-45, NIGHT + 1, second="duty_officer", leader="duty_leader"), on_duty(-45, 0, day="duty_officer"),
    on_duty(0, NIGHT + 1, officer="duty_officer"), HANDOVER, ZERO, URGED, LATE,
    _roll_call(120, silent=4), AGAIN_CALLED, UNANSWERED, STILL, ANSWERED,
    _roll_call(180, stand_in=0), _roll_call(240), _roll_call(300),
    *(_fire(number) for number in range(12)), _roll_call(360.5), *(_fire(number) for number in (12, 13)),
    PEAK, SPREADS, SWAPPED, RELIEVED, _roll_call(420), MORNING,
)  # fmt: skip
