/** The state of each township: as the picture tells it; before it does, from the stations that report for it. */
import type { PictureFeature, SiteInfo, Territory, TerritoryState, Township } from "@/api/types";

type Told = Pick<Territory, "site" | "state" | "since" | "last_fact_at">;
const NOTHING_KNOWN: Told = { site: null, state: "unassigned", since: null, last_fact_at: null };

function fromFeature(feature: PictureFeature): Told {
  const { site, state, since, last_fact_at } = feature.properties as Record<string, unknown>;
  return {
    site: (site as string | null) ?? null,
    state: (state as TerritoryState | null) ?? "unassigned",
    since: (since as string | null) ?? null,
    last_fact_at: (last_fact_at as string | null) ?? null,
  };
}

const fromSite = ({ site, state, since, last_fact_at }: SiteInfo): Told => ({ site, state, since, last_fact_at });

export function deriveTerritories(
  townships: readonly Township[], sites: readonly SiteInfo[], shelf: ReadonlyMap<string, PictureFeature>,
): Territory[] {
  return townships.map(({ code, name, token, lon, lat }) => {
    const feature = shelf.get(`territory:${code}`);
    const site = sites.find((one) => one.site === token);
    // The heartbeat names the links each few seconds; it is fresher than the feature when both speak.
    const told = site ? fromSite(site) : feature ? fromFeature(feature) : NOTHING_KNOWN;
    return { code, name, lon, lat, ...told };
  });
}
