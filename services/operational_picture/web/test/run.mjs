/** Runs every *.test.ts here under node:test; Vite turns the TypeScript into modules exactly as for the page. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const vite = await createServer({ root, appType: "custom", server: { middlewareMode: true, ws: false, watch: null }, logLevel: "error" });
for (const file of readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.ts")).sort()) {
  await vite.ssrLoadModule(`/test/${file}`);
}
// All modules are loaded by now; the tests themselves need Vite no more.
await vite.close();
