/** Writes the list of built files into the service worker, so that one build is cached whole or not at all. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";

const WORKER_FILE = "sw.js";
const LIST = /(["'`])__PRECACHE__\1/;
const BUILD = /(["'`])__BUILD__\1/;

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

/** The build fails when a placeholder is missing: a silently empty list would lose the offline start. */
function filled(source: string, pattern: RegExp, value: string): string {
  if (!pattern.test(source)) throw new Error(`placeholder ${pattern.source} not found in ${WORKER_FILE}`);
  return source.replace(pattern, () => value);
}

export function precache(): Plugin {
  let out = "";
  return {
    name: "precache-list",
    apply: "build",
    configResolved(config) {
      out = config.build.outDir;
    },
    // Not closeBundle: that also runs after a failed build and would hide its error.
    writeBundle() {
      const files = filesUnder(out).filter((path) => !path.endsWith(WORKER_FILE) && !path.endsWith(".map"));
      const hash = createHash("sha256");
      for (const path of files.sort()) hash.update(relative(out, path)).update(readFileSync(path));
      const urls = files.map((path) => "/" + relative(out, path).split(sep).join("/")).filter((url) => url !== "/index.html");
      const worker = join(out, WORKER_FILE);
      const listed = filled(readFileSync(worker, "utf8"), LIST, JSON.stringify(["/", ...urls]));
      writeFileSync(worker, filled(listed, BUILD, JSON.stringify(hash.digest("hex").slice(0, 16))));
    },
  };
}
