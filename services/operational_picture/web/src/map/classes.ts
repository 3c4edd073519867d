/** Seven symbol classes from the five-letter event codes; a code nobody knows is "other", never left out. */
export type IncidentClass = "fire" | "flood" | "traffic" | "hazmat" | "collapse" | "medical" | "other";
export const INCIDENT_CLASSES: readonly IncidentClass[] = ["fire", "flood", "traffic", "hazmat", "collapse", "medical", "other"];

/** Longest prefix first: 12P13 (building collapse) before the rest of 12P (utilities). */
const PREFIXES: readonly (readonly [string, IncidentClass])[] = [
  ["12P13", "collapse"], ["12D03", "fire"], ["12H04", "fire"],
  ["12G", "fire"], ["11G", "fire"],
  ["11A", "flood"], ["11B03", "flood"], ["11B38", "flood"],
  ["12H", "traffic"], ["12J", "traffic"], ["12K", "traffic"], ["12L", "traffic"], ["12M", "traffic"],
  ["12D", "hazmat"], ["12E", "hazmat"], ["12T", "hazmat"], ["12Q", "hazmat"],
  ["12C", "collapse"], ["11C", "collapse"], ["11D", "collapse"],
  ["13", "medical"],
];

export function incidentClass(typeCode: string | null): IncidentClass {
  if (!typeCode) return "other";
  return PREFIXES.find(([prefix]) => typeCode.startsWith(prefix))?.[1] ?? "other";
}
