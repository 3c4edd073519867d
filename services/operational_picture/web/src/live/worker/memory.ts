/** The last picture in IndexedDB, so that a reload without a link shows it at once. Several tabs may write. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Picture, PictureFeature, Position } from "@/api/types";
import type { Change } from "./holding";

interface Meta {
  account: string;
  epoch: string;
  seq: number;
  heardAt: number;
  frame: Omit<Picture, "features" | "positions">;
}

interface Shelves extends DBSchema {
  features: { key: string; value: PictureFeature };
  positions: { key: string; value: Position };
  meta: { key: string; value: Meta };
}

export interface Kept {
  picture: Picture;
  heardAt: number;
}

const STORES = ["features", "positions", "meta"] as const;
const ONLY = "picture";

export class Memory {
  private constructor(private readonly db: IDBPDatabase<Shelves>, private readonly account: string) {}

  /** Null where the browser keeps nothing (private window, full disk): the live picture works all the same. */
  static async open(account: string): Promise<Memory | null> {
    try {
      const db = await openDB<Shelves>("yzt-picture", 1, {
        upgrade: (fresh) => {
          fresh.createObjectStore("features", { keyPath: "id" });
          fresh.createObjectStore("positions", { keyPath: "id" });
          fresh.createObjectStore("meta");
        },
      });
      return new Memory(db, account);
    } catch {
      return null;
    }
  }

  async read(): Promise<Kept | null> {
    const meta = await this.db.get("meta", ONLY);
    if (!meta) return null;
    if (meta.account !== this.account) {
      await this.clear();
      return null;
    }
    const [features, positions] = await Promise.all([this.db.getAll("features"), this.db.getAll("positions")]);
    return { picture: { ...meta.frame, seq: meta.seq, epoch: meta.epoch, features, positions }, heardAt: meta.heardAt };
  }

  async replace(picture: Picture, heardAt: number): Promise<void> {
    const { features, positions, ...frame } = picture;
    const tx = this.db.transaction(STORES, "readwrite");
    void tx.objectStore("features").clear();
    void tx.objectStore("positions").clear();
    features.forEach((feature) => void tx.objectStore("features").put(feature));
    positions.forEach((position) => void tx.objectStore("positions").put(position));
    void tx.objectStore("meta").put({ account: this.account, epoch: frame.epoch, seq: frame.seq, heardAt, frame }, ONLY);
    await tx.done;
  }

  /** Adds a change, unless another tab has already written a later one. */
  async add(change: Change, at: { epoch: string; seq: number; heardAt: number; asOf: string }): Promise<void> {
    const tx = this.db.transaction(STORES, "readwrite");
    const meta = await tx.objectStore("meta").get(ONLY);
    if (meta && meta.epoch === at.epoch && meta.seq <= at.seq) {
      change.changed.forEach((feature) => void tx.objectStore("features").put(feature));
      change.removed.forEach((id) => void tx.objectStore("features").delete(id));
      change.positions.forEach((position) => void tx.objectStore("positions").put(position));
      const frame = { ...meta.frame, as_of: at.asOf };
      void tx.objectStore("meta").put({ ...meta, seq: at.seq, heardAt: at.heardAt, frame }, ONLY);
    }
    await tx.done;
  }

  async clear(): Promise<void> {
    const tx = this.db.transaction(STORES, "readwrite");
    STORES.forEach((name) => void tx.objectStore(name).clear());
    await tx.done;
  }
}
