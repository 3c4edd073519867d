/** Chinese words for the codes that the panels show. */

export const GRADE_NUMERAL: Record<string, string> = { I: "Ⅰ", II: "Ⅱ", III: "Ⅲ", IV: "Ⅳ" };
export const GRADE_WORD: Record<string, string> = { I: "特别重大", II: "重大", III: "较大", IV: "一般" };
export const GRADES = ["I", "II", "III", "IV"] as const;

export const INCIDENT_STATE: Record<string, string> = {
  reported: "待处置",
  active: "处置中",
  closed: "已结束",
  merged: "已合并",
};

/** In the order in which a duty officer meets them. */
export const SOURCE: Record<string, string> = {
  fire_119: "119 联动",
  police_110: "110 联动",
  medical_120: "120 联动",
  traffic_122: "122 联动",
  hotline_12345: "12345 热线",
  hotline_12350: "12350 举报",
  territory: "属地上报",
  enterprise: "企业报告",
  department: "部门通报",
  superior: "上级下达",
  media: "媒体舆情",
  sensor: "物联感知",
  patrol: "巡查发现",
  grid_worker: "网格员",
  public: "群众来电",
  warning: "预警转入",
  other: "其他",
};

export const UNIT_KIND: Record<string, string> = {
  fire_rescue: "消防救援",
  flood: "防汛抢险",
  hazmat: "危化处置",
  forest_fire: "森林消防",
  engineering: "工程抢险",
  power: "电力抢修",
  gas: "燃气抢修",
  water: "供水抢修",
  drainage: "排水抢险",
  communications: "通信保障",
  medical: "医疗救护",
  police: "公安交管",
  militia_support: "民兵支援",
  social: "社会力量",
  township: "镇街队伍",
  other: "其他",
};

export const UNIT_STATE: Record<string, string> = {
  standby: "待命",
  accepted: "已受领",
  en_route: "出动",
  on_scene: "到场",
  working: "处置",
  assembling: "集结",
  returning: "返回",
  back: "归队",
  unavailable: "不可用",
};

/** What may be done with a unit follows from whose it is (突发事件应对法 §24, §39, §61). */
export const RELATION_VERB: Record<string, string> = {
  dispatch: "派遣",
  coordinate: "协调",
  notify: "通报",
  request_support: "请求支援",
};

export const CASUALTY = [
  ["dead", "死亡", "死"],
  ["missing", "失联", "失"],
  ["trapped", "被困", "困"],
  ["serious", "重伤", "重"],
  ["injured", "受伤", "伤"],
] as const;

export const POST: Record<string, string> = {
  duty_leader: "带班领导",
  chief_officer: "值班长",
  duty_officer: "值班员",
  government_leader: "政府领导(驻地带班)",
};

export const WARNING_COLOR: Record<string, string> = { red: "红色", orange: "橙色", yellow: "黄色", blue: "蓝色" };

export const ROLE: Record<string, string> = {
  duty_officer: "值班员",
  duty_leader: "带班领导",
  dispatcher: "调度员",
  territory_officer: "属地报送员",
  team_leader: "队伍负责人",
  ops: "运行维护",
  auditor: "审计员",
  admin: "管理员",
};

export const CRS: Record<string, string> = {
  wgs84: "WGS-84(GPS)",
  cgcs2000: "CGCS2000(天地图)",
  gcj02: "GCJ-02(高德、腾讯)",
  bd09: "BD-09(百度)",
};

/** The word for a code; an unknown code shows itself. */
export function word(table: Record<string, string>, code: string | null | undefined): string {
  return code ? (table[code] ?? code) : "";
}
