/**
 * The words the page cannot wait for: codes → Chinese, by group. The server's catalogue (`<group>.<value>`) wins
 * where it has the same key, so that a bureau's own wording appears everywhere at once.
 */
export const LABELS = {
  incident_status: { reported: "待处置", active: "处置中", closed: "已结束", recovering: "善后", merged: "已合并" },
  incident_grade: { I: "特别重大", II: "重大", III: "较大", IV: "一般", none: "未定级" },
  grade_numeral: { I: "Ⅰ", II: "Ⅱ", III: "Ⅲ", IV: "Ⅳ", none: "—" },
  incident_source: {
    fire_119: "119 联动", police_110: "110 联动", medical_120: "120 联动", traffic_122: "122 联动",
    hotline_12345: "12345 热线", hotline_12350: "12350 举报", territory: "属地上报", enterprise: "企业报告",
    department: "部门通报", superior: "上级下达", media: "媒体舆情", sensor: "物联感知", patrol: "巡查发现",
    grid_worker: "网格员", public: "群众来电", warning: "预警信息", other: "其他",
  },
  incident_class: {
    fire: "火灾", flood: "水旱", traffic: "交通", hazmat: "危化品", collapse: "垮塌", medical: "医疗卫生", other: "其他",
  },
  mark_kind: {
    cordon: "警戒圈", wind_sector: "下风向警戒扇区", closed_road: "封控路口", evacuation_route: "疏散方向", assembly_point: "集结点",
    settlement_point: "安置点", hazard_note: "二次风险", free: "标注",
  },
  wind_source: { observed: "人工观测", weather_service: "气象部门", on_scene: "现场测定" },
  warning_color: { red: "红色", orange: "橙色", yellow: "黄色", blue: "蓝色" },
  warning_state: { current: "生效中", superseded: "已更新", cancelled: "已解除", expired: "已过期" },
  unit_kind: {
    fire_rescue: "消防救援", flood: "防汛排涝", hazmat: "危化处置", forest_fire: "森林消防", engineering: "工程抢险",
    power: "电力抢修", gas: "燃气抢修", water: "供水抢修", drainage: "排水", communications: "通信保障",
    medical: "医疗救护", police: "公安交管", militia_support: "民兵支援", social: "社会力量", township: "属地队伍",
    department: "主管部门", other: "其他",
  },
  unit_relation: { dispatch: "派遣", coordinate: "协调", notify: "通报", request_support: "请求支援" },
  unit_status: {
    standby: "待命", accepted: "已受领", en_route: "出动", on_scene: "到场", working: "处置", assembling: "集结",
    returning: "返回", back: "归队", unavailable: "不可用",
  },
  assignment_status: {
    ordered: "已下达", accepted: "已受领", en_route: "出动", on_scene: "到场", working: "处置", assembling: "集结",
    returning: "返回", back: "归队", recalled: "已撤回", declined: "未受领",
  },
  status_source: { field: "现场", radio: "电台", beidou: "北斗", desk: "席位代录" },
  duty_post: { duty_leader: "带班领导", chief_officer: "值班长", duty_officer: "值班员", government_leader: "政府领导" },
  notification_state: {
    pending: "待呼叫", calling: "呼叫中", acknowledged: "已应答", cancelled: "已取消", exhausted: "无人应答",
  },
  target_state: { waiting: "待发", sent: "已发出", delivered: "已送达", failed: "未送达", acknowledged: "已应答" },
  channel: { in_app: "屏幕", webhook: "外部接口", console: "值守台" },
  role: {
    duty_officer: "值班员", duty_leader: "带班领导", dispatcher: "调度员", territory_officer: "属地值守员",
    team_leader: "队长", ops: "运维", auditor: "审计员", admin: "系统管理员",
  },
  territory_state: { connected: "在线", degraded: "疑失联", disconnected: "失联", unassigned: "由区直接值守" },
  link_state: { connected: "在线", reconnecting: "重连中", down: "断开" },
  crs: { wgs84: "WGS-84", cgcs2000: "CGCS2000", gcj02: "GCJ-02(高德/腾讯)", bd09: "BD-09(百度)" },
} as const satisfies Record<string, Record<string, string>>;

export type LabelGroup = keyof typeof LABELS;
