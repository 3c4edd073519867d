import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import { precache } from "./vite/precache.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.YZT_DEV_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [vue(), precache()],
  resolve: { alias: { "@": here("./src") } },
  worker: { format: "es" },
  // The host must stay the page's own: the server refuses commands of another origin.
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  build: {
    outDir: here("../static"),
    emptyOutDir: true,
    target: "es2022",
    // Inlined assets would need data: in more CSP directives than img-src.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1100,
    rolldownOptions: {
      input: { index: here("./index.html"), sw: here("./src/sw/sw.ts") },
      output: {
        // The service worker keeps one address for ever; every other file is named by its content.
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        codeSplitting: {
          groups: [
            { name: "map", test: /node_modules[\\/](maplibre-gl|@maplibre|@mapbox)/ },
            { name: "frame", test: /node_modules[\\/](vue|@vue|pinia|idb)/ },
          ],
        },
      },
    },
  },
});
