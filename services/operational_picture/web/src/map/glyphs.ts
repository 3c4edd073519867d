/** Own drawings, 16×16, one path each; `stroke` ones are drawn as lines. */
import type { IncidentClass } from "./classes";

interface Glyph {
  path: string;
  stroke?: boolean;
}

export const GLYPHS: Readonly<Record<IncidentClass, Glyph>> = {
  fire: {
    path: "M8.3 1.2c.5 2.9 4 4.3 4 8.2a4.3 4.3 0 0 1-8.6.2c0-1.9.9-3.1 1.9-4.2.1 1.3.6 2 1.3 2.3C6.5 5.2 7 3 8.3 1.2Z"
      + "M8 9.3c.2 1 1.3 1.5 1.3 2.6a1.35 1.35 0 0 1-2.7 0c0-1.1 1-1.6 1.4-2.6Z",
  },
  flood: {
    stroke: true,
    path: "M1.6 4.6q1.6-1.8 3.2 0t3.2 0 3.2 0 3.2 0M1.6 8.4q1.6-1.8 3.2 0t3.2 0 3.2 0 3.2 0M1.6 12.2q1.6-1.8 3.2 0t3.2 0 3.2 0 3.2 0",
  },
  traffic: {
    path: "M2.6 8.7 4 4.7C4.3 3.9 4.8 3.5 5.6 3.5h4.8c.8 0 1.3.4 1.6 1.2l1.4 4v4.3h-2.2v-1.3H4.8V13H2.6ZM4.7 8.1h6.6l-.9-2.7H5.6Z"
      + "M4.3 9.3v1.2h1.6V9.3Zm5.8 0v1.2h1.6V9.3Z",
  },
  hazmat: {
    path: "M5.7 1.7h4.6v1.4h-.8v3.2l3.6 6c.6 1-.1 2.1-1.2 2.1H4.1c-1.1 0-1.8-1.1-1.2-2.1l3.6-6V3.1h-.8ZM6 9.6h4L8.1 6.6h-.2Z",
  },
  collapse: {
    path: "M2.2 14V5.2L7.6 2l-.9 3.6 1.2 2.1-1.6 2.6.8 3.7ZM9 14l-.7-3.4 1.7-2.8L8.9 6l.6-2.3 4.3 2.7V14Z",
  },
  medical: { path: "M6.1 2h3.8v4.1H14v3.8H9.9V14H6.1V9.9H2V6.1h4.1Z" },
  other: { path: "M6.7 1.8h2.6l-.4 7.8H7.1ZM8 11.1a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3Z" },
};

export function glyphSvg(name: IncidentClass, ink: string): string {
  const { path, stroke } = GLYPHS[name];
  return stroke
    ? `<path d="${path}" fill="none" stroke="${ink}" stroke-width="1.8" stroke-linecap="round"/>`
    : `<path d="${path}" fill="${ink}" fill-rule="evenodd"/>`;
}
