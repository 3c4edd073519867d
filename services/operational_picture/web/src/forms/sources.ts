/** The channels of a report as they are typed: 119 by its number, the others by their pinyin initials. */
import type { IncidentSource } from "@/api";
import type { Choice } from "@/components/matching";
import { options } from "@/i18n";

const INITIALS: Partial<Record<IncidentSource, string>> = {
  fire_119: "ld", police_110: "ld", medical_120: "ld", traffic_122: "ld", hotline_12345: "rx", hotline_12350: "jb",
  territory: "sdsb", enterprise: "qybg", department: "bmtb", superior: "sjxd", media: "mtyq", sensor: "spwlgz",
  patrol: "xcfx", grid_worker: "wgy", public: "qzld", warning: "yjxx", other: "qt",
};

export const sourceChoices = (): Choice[] =>
  options("incident_source").map(({ value, text }) => ({ value, label: text, initials: INITIALS[value as IncidentSource] }));
