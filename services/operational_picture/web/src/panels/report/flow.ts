/** What comes next for a report and for an incident, as one plain step; who may take it, the server decides. */
import type { Action, IncidentStatus, Report, Reporter, ReportKind, ReportState } from "@/api/types";

export type ReportAct = "submit" | "sign" | "send" | "receipt";

export interface NextStep {
  act: ReportAct;
  text: string;
  action: Action;
  /** What a person reads who may not take the step. */
  waiting: string;
}

const NEXT: Record<ReportState, NextStep | null> = {
  draft: { act: "submit", text: "送审", action: "report_write", waiting: "等起草人送审" },
  review: { act: "sign", text: "签发", action: "report_sign", waiting: "等带班领导签发" },
  signed: { act: "send", text: "发出", action: "report_write", waiting: "已签发,等值班员发出" },
  sent: { act: "receipt", text: "已签收", action: "report_write", waiting: "等对方签收" },
  receipted: null,
};

export function nextOf(report: Report): NextStep | null {
  const next = NEXT[report.state];
  return next && report.allowed.includes(next.act) ? next : null;
}
export const isEditable = (report: Report): boolean => (report.state === "draft" || report.state === "review") && !report.superseded_by;

const OF_INCIDENT: readonly ReportKind[] = ["initial", "follow_up", "final", "support_request"];

/** A request that has gone out and of which no answer is known yet. */
export const waitsForAnswer = (report: Report): boolean => report.kind === "support_request" && isOut(report) && report.answer === null;

const isOut = (report: Report): boolean => report.phone !== null || report.sent_at !== null;

/** The reports that still have a step to go, the latest first. */
export const underWay = (reports: readonly Report[]): Report[] =>
  reports.filter((one) => OF_INCIDENT.includes(one.kind) && (nextOf(one) !== null || waitsForAnswer(one)));

/**
 * Which report is to be drafted next; null when nothing is. A follow-up needs an initial one that is out, and none
 * before it that waits. What the former home of the incident has told (`told`) need not be told again.
 */
export function dueKind(reports: readonly Report[], status: IncidentStatus, told: readonly ReportKind[] = []): ReportKind | null {
  const initial = reports.find((one) => one.kind === "initial" && !one.superseded_by);
  if (status === "merged") return null;
  if (!initial && !told.includes("initial")) return "initial";
  if (status === "closed") return told.includes("final") || reports.some((one) => one.kind === "final") ? null : "final";
  const waits = reports.some((one) => one.kind === "follow_up" && !one.superseded_by && !isOut(one));
  return (!initial || isOut(initial)) && !waits ? "follow_up" : null;
}

export interface Whose {
  reporter: Pick<Reporter, "site_name" | "is_here" | "was_here">;
  isCentre: boolean;
  /** The incident's home, if it is another site. */
  home: string | null;
}

/** Who owes which report, wherever that is not plain: the centre tells the city, a township the district. */
export function whoReports({ reporter, isCentre, home }: Whose): string {
  if (!reporter.is_here) return `${reporter.was_here ? "已移交" : "由"} ${reporter.site_name}${reporter.was_here ? ",由其报告" : " 报告"}。要补充情况,请加备注或打电话告诉对方。`;
  if (home && isCentre) return `${reporter.was_here ? `已移交 ${home} 负责处置` : `由 ${home} 负责处置`};属地报区由其报告,区报市由本中心报告。`;
  if (home) return `正在移交给 ${home}。对方开始负责以前,仍由本站点报告。`;
  return isCentre ? "" : "属地报区由本站点报告;区报市由区指挥中心报告,时限在那里计。";
}

/** 续报 2, 终报 (第 2 版). */
export function reportName(report: Report, kindName: string): string {
  const serial = report.kind === "follow_up" || (report.kind === "support_request" && report.serial > 1) ? ` ${report.serial}` : "";
  return `${kindName}${serial}${report.revision > 1 ? ` 第 ${report.revision} 版` : ""}`;
}
