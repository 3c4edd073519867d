/** Map colours by theme. MapLibre cannot read CSS variables, so the map's part of tokens.css is repeated here. */
import type { IncidentGrade, WarningColor } from "@/api/types";

export type Theme = "light" | "dark";
export type GradeKey = IncidentGrade | "none";

export interface Palette {
  outside: string;
  land: string;
  township: string;
  outline: string;
  label: string;
  labelHalo: string;
  ink: string;
  hatch: string;
  accent: string;
  symbolRim: string;
  closed: string;
  /** What is plotted by hand: keep away, come here, and what is over; the ink is for words on them. */
  mark: { danger: string; help: string; old: string; ink: string };
  unit: { standby: string; moving: string; scene: string; unavailable: string; ink: string };
}

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    outside: "#dfe5ec", land: "#f8fafc", township: "#c2cdda", outline: "#71879f", label: "#516376", labelHalo: "#f8fafc",
    ink: "#14212f", hatch: "rgba(92,108,128,0.42)", accent: "#0f62fe", symbolRim: "#ffffff", closed: "#8894a3",
    mark: { danger: "#a3195b", help: "#4d6300", old: "#66768a", ink: "#ffffff" },
    unit: { standby: "#0b7f83", moving: "#0f62fe", scene: "#157a3a", unavailable: "#66768a", ink: "#ffffff" },
  },
  dark: {
    outside: "#0b1320", land: "#152236", township: "#2f4564", outline: "#5d7da6", label: "#9db1c9", labelHalo: "#0f1a2b",
    ink: "#e8eef6", hatch: "rgba(160,178,200,0.34)", accent: "#6ea3ff", symbolRim: "#0b1320", closed: "#71829a",
    mark: { danger: "#ff79b8", help: "#c3d95a", old: "#93a5ba", ink: "#08101c" },
    unit: { standby: "#35b8bb", moving: "#6ea3ff", scene: "#4cbf76", unavailable: "#93a5ba", ink: "#08101c" },
  },
};

export const GRADE_FILL: Readonly<Record<GradeKey, string>> = {
  I: "#c1121f", II: "#e85d04", III: "#f2b705", IV: "#2274d6", none: "#66768a",
};
export const GRADE_INK: Readonly<Record<GradeKey, string>> = {
  I: "#ffffff", II: "#1c0d00", III: "#261c00", IV: "#ffffff", none: "#ffffff",
};
export const WARNING_FILL: Readonly<Record<WarningColor, string>> = {
  red: "#c1121f", orange: "#e85d04", yellow: "#f2b705", blue: "#2274d6",
};
export const WARNING_INK: Readonly<Record<WarningColor, string>> = {
  red: "#ffffff", orange: "#1c0d00", yellow: "#261c00", blue: "#ffffff",
};
/** Fonts are the machine's own: without a glyph server MapLibre draws every letter locally. */
export const MAP_FONTS = ["Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"];
