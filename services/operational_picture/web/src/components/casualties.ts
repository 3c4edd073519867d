/** The five figures of a report, worst first: key, name, one-character form. */
export const CASUALTY = [
  ["dead", "死亡", "死"],
  ["missing", "失联", "失"],
  ["trapped", "被困", "困"],
  ["serious", "重伤", "重"],
  ["injured", "受伤", "伤"],
] as const;
