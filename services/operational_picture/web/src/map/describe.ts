/** The lines that a thing on the map says about itself under the pointer. */
import { gradeWord } from "@/components/grades";
import { markFacts } from "@/forms/mark";
import { label } from "@/i18n";
import { ageText, minuteText, momentText } from "@/i18n/time";
import type { usePicture } from "@/stores/picture";
import { useFacilities } from "@/stores/facilities";
import { facilityLines } from "./facilityWords";
import type { Hit } from "./stage";

export interface Description {
  title: string;
  lines: string[];
}
type Picture = ReturnType<typeof usePicture>;

function incidentLines(picture: Picture, id: string, now: number): Description | null {
  const one = picture.incident(id);
  if (!one) return null;
  const known = one.grade ? `${label("grade_numeral", one.grade)} ${gradeWord(one.grade)}` : "未定级";
  const grade = one.possible_grade && one.possible_grade !== one.grade ? `${known}(可能${gradeWord(one.possible_grade)})` : known;
  const sensitive = one.sensitive ? " · 敏感" : "";
  return {
    title: one.title,
    lines: [
      `${grade} · ${one.type_name ?? "类型待定"} · ${label("incident_status", one.status)}${sensitive}`,
      `${momentText(one.received_at, now)} 接报 · ${ageText(one.received_at, now)}`,
    ],
  };
}

function unitLines(picture: Picture, id: string, now: number): Description | null {
  const one = picture.unit(id);
  if (!one) return null;
  const place = one.position_at ? `位置 ${minuteText(one.position_at)} · ${ageText(one.position_at, now)}` : "没有位置报告,按驻地显示";
  return { title: one.name, lines: [`${label("unit_kind", one.unit_kind)} · ${label("unit_status", one.status)}`, place] };
}

function warningLines(picture: Picture, id: string, now: number): Description | null {
  const one = picture.warning(id);
  if (!one) return null;
  const until = one.expires ? `有效至 ${momentText(one.expires, now)}` : "未注明有效期";
  return { title: one.headline ?? one.event ?? "未命名预警", lines: [one.sender, until] };
}

function territoryLines(picture: Picture, id: string, now: number): Description | null {
  const one = picture.territories.find((territory) => territory.code === id);
  if (!one) return null;
  const last = one.last_fact_at ? `最后一报 ${momentText(one.last_fact_at, now)} · ${ageText(one.last_fact_at, now)}` : "还没有收到过报告";
  return { title: one.name, lines: [`属地站点 ${label("territory_state", one.state)}`, ...(one.state === "unassigned" ? [] : [last])] };
}

function markLines(picture: Picture, id: string, now: number): Description | null {
  const one = picture.marks.find((mark) => mark.id === id);
  if (!one) return null;
  const kind = label("mark_kind", one.mark_kind);
  const incident = one.incident_id ? picture.incident(one.incident_id)?.title : null;
  return {
    title: one.label === kind ? kind : `${kind} ${one.label}`,
    lines: [
      [incident, ...markFacts(one, now)].filter(Boolean).join(" · ") || "没有挂在事件下",
      `${one.drawn_by_name ?? ""} ${momentText(one.drawn_at, now)} 标 · ${ageText(one.drawn_at, now)}`.trim(),
    ],
  };
}

function facilityWords(id: string): Description | null {
  const one = useFacilities().find(id);
  return one ? { title: one.name, lines: facilityLines(one) } : null;
}

function clusterTitle({ feature }: Hit): string {
  const count = Number(feature.properties.point_count);
  if (feature.source.startsWith("facilities-")) return `${count} 处设施`;
  return feature.source === "incidents" ? `${count} 起事件` : `${count} 支未出动的力量`;
}

export function describe(picture: Picture, hit: Hit, now: number): Description | null {
  if (hit.kind === "cluster") return { title: clusterTitle(hit), lines: ["点击展开"] };
  if (hit.kind === "incident") return incidentLines(picture, hit.id, now);
  if (hit.kind === "unit") return unitLines(picture, hit.id, now);
  if (hit.kind === "mark") return markLines(picture, hit.id, now);
  if (hit.kind === "facility") return facilityWords(hit.id);
  return hit.kind === "warning" ? warningLines(picture, hit.id, now) : territoryLines(picture, hit.id, now);
}
