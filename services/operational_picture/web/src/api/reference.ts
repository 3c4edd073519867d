/** Slow-moving tables: fetched once, kept for the offline start by the reference store. */
import { get } from "./client";
import type { District, IncidentType, InitialsTable, KnownPlace, Township } from "./types";

export const incidentTypes = (): Promise<{ items: IncidentType[] }> => get("/incident-types");
export const townships = (): Promise<{ items: Township[] }> => get("/townships");
export const knownPlaces = (): Promise<{ items: KnownPlace[] }> => get("/places");
export const initialsTable = (): Promise<InitialsTable> => get("/initials");
export const district = (): Promise<District> => get("/district");
export const catalogue = (): Promise<Record<string, string>> => get("/i18n");
