/** What is typed while taking a line down for a site that is cut off. */
import { newKey, type LinesTaken, type LineSource, type RelayChannel } from "@/api";

/** The fields in the order of speech, with what to ask for. The check is last and may be missing. */
export const RELAY_FIELDS: readonly { name: string; label: string; hint: string; wide?: boolean }[] = [
  { name: "unit", label: "属地", hint: "代码后三位" },
  { name: "occurred", label: "现场时间", hint: "月日时分 8 位" },
  { name: "event", label: "事件码", hint: "如 11A02" },
  { name: "grade", label: "级别", hint: "1–4,未定 0" },
  { name: "dead", label: "死亡", hint: "不明 X" },
  { name: "missing", label: "失联", hint: "不明 X" },
  { name: "injured", label: "受伤", hint: "不明 X" },
  { name: "trapped", label: "被困", hint: "不明 X" },
  { name: "moved", label: "转移", hint: "不明 X" },
  { name: "outage", label: "三断", hint: "N网 P电 R路" },
  { name: "risk", label: "险情", hint: "至多 20 字", wide: true },
  { name: "need", label: "需求", hint: "至多 20 字", wide: true },
  { name: "by", label: "报告人", hint: "至多 4 字" },
  { name: "seq", label: "序号", hint: "1–999" },
  { name: "chk", label: "校验", hint: "没有可空" },
];

export interface RelayDraft {
  channel: RelayChannel;
  byField: boolean;
  text: string;
  fields: Record<string, string>;
  receivedAt: string;
  key: string;
}

export const blankRelay = (): RelayDraft => ({
  channel: "satellite", byField: false, text: "", fields: {}, receivedAt: "", key: newKey(),
});

export const isSaid = (draft: RelayDraft): boolean =>
  draft.byField ? Object.values(draft.fields).some((value) => value.trim() !== "") : draft.text.trim() !== "";

export function sourceOf(draft: RelayDraft): LineSource {
  const said = draft.byField ? { fields: draft.fields } : { text: draft.text };
  return { ...said, ...(draft.receivedAt && { received_at: draft.receivedAt }) };
}

/** "" not decided, "separate" another event, else the id of the event that the line is about. */
export function takenOf(draft: RelayDraft, decided: { confirmed: boolean; same: string; renumbered: boolean }): LinesTaken {
  return {
    ...sourceOf(draft),
    channel: draft.channel,
    confirmed: decided.confirmed,
    renumbered: decided.renumbered,
    ...(decided.same === "separate" && { separate: true }),
    ...(decided.same && decided.same !== "separate" && { incident_id: decided.same }),
  };
}
