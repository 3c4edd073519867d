/** What the page and its stream worker say to each other. */
import type { Picture, PictureFeature, Position, SiteInfo } from "@/api/types";

export type LinkState = "connected" | "reconnecting" | "down";

export type ToWorker =
  /** What is kept for another account is destroyed first. */
  | { type: "start"; account: string }
  | { type: "stop"; forget: boolean }
  /** The network or the window came back: try now, not after the pause. */
  | { type: "wake" };

export interface LinkReport {
  type: "link";
  state: LinkState;
  /** Local time in ms since when the state holds. */
  since: number;
}

/** The whole picture: from this machine's memory (`kept`) or from a snapshot. */
export interface ResetReport {
  type: "reset";
  kept: boolean;
  picture: Picture;
  heardAt: number;
}

export interface DiffReport {
  type: "diff";
  epoch: string;
  seq: number;
  asOf: string;
  heardAt: number;
  changed: PictureFeature[];
  removed: string[];
  positions: Position[];
}

export interface BeatReport {
  type: "beat";
  seq: number;
  asOf: string;
  heardAt: number;
  lagSeconds: number;
  sites: SiteInfo[];
}

/** 401: log in again. 403: this account may not see the picture. The worker stops until it is started again. */
export interface RefusedReport {
  type: "refused";
  status: number;
}

export type FromWorker = LinkReport | ResetReport | DiffReport | BeatReport | RefusedReport;
