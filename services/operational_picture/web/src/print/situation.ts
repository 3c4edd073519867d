/** Prints the present state, also without a link: the sheet is drawn for the moment of printing and taken away again. */
import { getActivePinia } from "pinia";
import { createApp, type App } from "vue";
import SituationSheet from "./SituationSheet.vue";

let shown: { app: App; host: HTMLElement } | null = null;

function show(): void {
  const pinia = getActivePinia();
  if (shown || !pinia) return;
  const host = document.createElement("article");
  host.className = "print-sheet situation";
  document.body.append(host);
  const app = createApp(SituationSheet).use(pinia);
  app.mount(host);
  shown = { app, host };
}

function hide(): void {
  shown?.app.unmount();
  shown?.host.remove();
  shown = null;
}

export function printSituation(): void {
  show();
  window.print();
}

/** The browser's own "print" without an open incident would give an empty page: it gives the sheet. */
export function sheetForEveryPrint(): void {
  addEventListener("beforeprint", () => {
    if (!document.querySelector(".print-sheet")) show();
  });
  addEventListener("afterprint", hide);
}
