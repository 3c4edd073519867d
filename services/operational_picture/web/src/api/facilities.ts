/** The register of hazard sources and facilities, and what lies around an incident. */
import { get, patch, post } from "./client";
import { importFile } from "./dispatch";
import { download, type Progress } from "./download";
import type {
  FacilityDraft, FacilityKindChoice, FacilityQuery, FacilityRecord, FacilityRegister, ImportResult, Page, Surroundings,
} from "./types";

const facilityAt = (id: string): string => `/facilities/${encodeURIComponent(id)}`;

export const listFacilities = (query: FacilityQuery): Promise<Page<FacilityRecord>> => get("/facilities", query);
export const getFacility = (id: string): Promise<FacilityRecord> => get(facilityAt(id));
export const facilityKinds = (): Promise<{ items: FacilityKindChoice[] }> => get("/facilities/kinds");
/** Only what is new to a screen that knows this revision. */
export const facilityRegister = (known: number | null): Promise<FacilityRegister> => get("/facilities/map", { known });
export const nearIncident = (incidentId: string): Promise<Surroundings> => get("/facilities/near", { incident_id: incidentId });
export const registerFacility = (draft: FacilityDraft, key?: string): Promise<FacilityRecord> => post("/facilities", draft, key);
export const changeFacility = (id: string, change: FacilityDraft, key?: string): Promise<FacilityRecord> => patch(facilityAt(id), change, key);
export const retireFacility = (id: string, reason: string, key?: string): Promise<FacilityRecord> => post(`${facilityAt(id)}/retire`, { reason }, key);
export const importFacilities = (file: File, dryRun: boolean): Promise<ImportResult> => importFile("/facilities/import", file, dryRun);
export const exportFacilities = (query: FacilityQuery, format: "csv" | "xlsx", onProgress: Progress): Promise<void> =>
  download("GET", "/facilities/export", { query: { ...query, format } }, onProgress);
