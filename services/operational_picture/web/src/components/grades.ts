/** The four grades of an incident and their words. */
import { label } from "@/i18n";

export const GRADES = ["I", "II", "III", "IV"] as const;

/** 较大, also where the catalogue writes “III级（较大）”: the numeral always stands beside it. */
export function gradeWord(grade: string | null | undefined): string {
  const text = label("incident_grade", grade ?? "none");
  return /[（(](.+?)[)）]/.exec(text)?.[1] ?? text;
}
