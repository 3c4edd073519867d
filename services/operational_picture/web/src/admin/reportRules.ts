/** What a rule of reporting covers, in words, and what differs between two books of rules. */
import type { ReportHeading, ReportRule, ReportRules } from "@/api/types";
import { label } from "@/i18n";

export const HEADING: Record<keyof ReportHeading, string> = {
  issuer: "报送单位", main_to: "主送", copy_to: "抄送", copy_to_accident: "生产安全事故另抄送", phone: "联系电话", number_words: "文号字样",
};

const grade = (value: string): string => label("incident_grade", value);

/** Which incidents: 较大以上, 低于较大; empty is all. */
export function coverText({ grade_at_least: least, grade_below: below }: ReportRule): string {
  if (least) return `${grade(least)}以上`;
  return below ? `低于${grade(below)}` : "";
}

const FIELDS: Partial<Record<keyof ReportRule, string>> = {
  minutes: "时限", remind_minutes: "提前提醒", basis: "依据", verified: "已核实", enabled: "启用",
};
const said = (value: unknown): string => (typeof value === "boolean" ? (value ? "是" : "否") : String(value ?? "空"));

export function differing(book: ReportRules, rules: readonly ReportRule[], heading: ReportHeading): string[] {
  const lines = rules.flatMap((rule) => {
    const before = book.rules.find((one) => one.id === rule.id);
    if (!before) return [`新增 ${rule.id}`];
    const name = `${label("report_leg", rule.leg)}${coverText(rule)} ${label("clock_channel", rule.channel)}`;
    return Object.entries(FIELDS).flatMap(([field, word]) => {
      const [old, fresh] = [before[field as keyof ReportRule], rule[field as keyof ReportRule]];
      return old === fresh ? [] : [`${name}:${word} ${said(old)} → ${said(fresh)}`];
    });
  });
  const heads = (Object.keys(HEADING) as (keyof ReportHeading)[]).filter((one) => book.heading[one] !== heading[one]);
  return [...lines, ...heads.map((one) => `版头 ${HEADING[one]}:${book.heading[one]} → ${heading[one]}`)];
}
