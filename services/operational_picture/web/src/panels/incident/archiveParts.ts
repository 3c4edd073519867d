/** What of an incident's file lies with other services: each is asked through its own interface. */
import { asProblem, reportPaper, searchReports } from "@/api";
import type { IncidentRecord } from "@/api/types";
import { label } from "@/i18n";
import { dayKey, minuteText } from "@/i18n/time";
import { mapPicture } from "@/map/snapshot";

export interface Parts {
  files: { name: string; content: Blob }[];
  /** What could not be had, in words. */
  absent: string[];
}

type Tell = (words: string) => void;

export async function gathered(incident: IncidentRecord, tell: Tell): Promise<Parts> {
  const parts: Parts = { files: [], absent: [] };
  for (const [words, add] of [["报送文件", addReports], ["地图截图", addPicture]] as const) {
    tell(`正在取${words}`);
    try {
      await add(incident, parts);
    } catch (error) {
      parts.absent.push(`${words}(${asProblem(error).detail})`);
    }
  }
  return parts;
}

const PAPERS = new Set(["signed", "sent", "receipted"]);
const MOST = 50;

/** Every signed report as PDF; one that cannot be had is named, the others come all the same. */
async function addReports(incident: IncidentRecord, parts: Parts): Promise<void> {
  const { items, next } = await searchReports({ incident_id: incident.id, limit: MOST });
  if (next) parts.absent.push(`最早的报送文件(只取最近 ${MOST} 份)`);
  for (const report of items) {
    const name = `${label("report_kind", report.kind)}-${report.document_number ?? report.title}`;
    if (!PAPERS.has(report.state)) {
      parts.absent.push(`${name}(还没有签发)`);
      continue;
    }
    try {
      parts.files.push({ name: `${name}.pdf`, content: (await reportPaper(report.id)).content });
    } catch (error) {
      parts.absent.push(`${name}(${asProblem(error).detail})`);
    }
  }
}

async function addPicture(incident: IncidentRecord, parts: Parts): Promise<void> {
  const { lon, lat } = incident.location;
  const now = Date.now();
  const prefix = incident.exercise ? "【演练】" : "";
  const picture = await mapPicture(lon === null || lat === null ? null : { lon, lat }, [
    `${prefix}${incident.number} ${incident.title}`,
    `截于 ${dayKey(now)} ${minuteText(now)}(北京时间) · 示意,非法定界线`,
  ]);
  if (picture) parts.files.push({ name: "地图截图.png", content: picture });
  else parts.absent.push("地图截图(本机没有显示地图)");
}
