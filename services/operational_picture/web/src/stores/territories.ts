/** The state of each township, from the stations that report for it. No data is not good news: it is "absent". */
import type { PictureFeature, SiteInfo, SiteState, Territory, Township } from "@/api/types";

/** A station belongs to a township when it bears its token, its code, or its name. */
const isStationOf = (township: Township, site: SiteInfo): boolean =>
  site.site === township.token || site.site === township.code || site.name === township.name;

function toldBy(feature: PictureFeature | undefined, township: Township): Partial<Territory> {
  if (!feature) return {};
  const { site, state, since, last_fact_at } = feature.properties as Record<string, unknown>;
  if (!state) return {};
  return {
    site: (site as string | undefined) ?? township.token,
    state: state as SiteState,
    since: (since as string | undefined) ?? null,
    last_fact_at: (last_fact_at as string | undefined) ?? null,
  };
}

export function deriveTerritories(
  townships: readonly Township[], sites: readonly SiteInfo[], shelf: ReadonlyMap<string, PictureFeature>,
): Territory[] {
  return townships.map((township) => {
    const station = sites.find((site) => isStationOf(township, site));
    return {
      code: township.code, name: township.name, lon: township.lon, lat: township.lat,
      site: station?.site ?? null, state: station?.state ?? "absent",
      since: station?.since ?? null, last_fact_at: station?.last_fact_at ?? null,
      ...(station ? {} : toldBy(shelf.get(`territory:${township.code}`) ?? shelf.get(`territory:${township.token}`), township)),
    };
  });
}
