/** The picture in this worker's memory. INVARIANT: within an epoch no feature ever goes back in version or sequence. */
import type { Picture, PictureFeature, PictureFrame, Position } from "@/api/types";

export interface Change {
  changed: PictureFeature[];
  removed: string[];
  positions: Position[];
}

/** urgent: news of an incident, a call or an order to a team; the page is told at once. */
export type Merged = Change & { urgent: boolean };

/** What people wait for: with the server's frame and then a second here it would not be there within a second. */
const URGENT = new Set(["incident", "notification", "assignment"]);

const isNewer = (next: PictureFeature, known: PictureFeature): boolean => {
  const a = next.properties;
  const b = known.properties;
  return a.version > b.version || (a.version === b.version && a.seq >= b.seq);
};

export class Holding {
  epoch = "";
  seq = 0;
  readonly features = new Map<string, PictureFeature>();
  readonly positions = new Map<string, Position>();

  get cursor(): string | null {
    return this.epoch ? `${this.epoch}:${this.seq}` : null;
  }

  /** Takes a whole picture as the truth, whatever was known before. */
  replace(picture: Picture): void {
    this.features.clear();
    this.positions.clear();
    picture.features.forEach((feature) => this.features.set(feature.id, feature));
    picture.positions.forEach((position) => this.positions.set(position.id, position));
    this.epoch = picture.epoch;
    this.seq = picture.seq;
  }

  /** A snapshot from a replica that lags behind us must not take anything back. */
  isOlder(picture: Picture): boolean {
    return picture.epoch === this.epoch && picture.seq < this.seq;
  }

  merge(frame: PictureFrame): Merged {
    const change: Merged = { changed: [], removed: [], positions: [], urgent: false };
    for (const feature of frame.features) this.keep(feature, change);
    for (const id of frame.removed) if (this.features.delete(id)) change.removed.push(id);
    for (const position of frame.positions) {
      const known = this.positions.get(position.id);
      if (known && Date.parse(known.at) > Date.parse(position.at)) continue;
      this.positions.set(position.id, position);
      change.positions.push(position);
    }
    this.seq = Math.max(this.seq, frame.seq);
    return change;
  }

  private keep(feature: PictureFeature, change: Merged): void {
    const known = this.features.get(feature.id);
    if (known && !isNewer(feature, known)) return;
    this.features.set(feature.id, feature);
    change.changed.push(feature);
    if (URGENT.has(feature.properties.kind)) change.urgent = true;
  }
}
