/** Light for desks, dark for walls and nights; `?wall=1` enlarges everything for a room at five metres. */
import { defineStore } from "pinia";
import { ref, watchEffect } from "vue";
import type { Theme } from "@/map/palette";

const WALL_SCALE = 1.6;
const KEY = "yzt.theme";

function first(): Theme {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export const useTheme = defineStore("theme", () => {
  const theme = ref<Theme>(first());
  const isWall = new URLSearchParams(location.search).has("wall");
  if (isWall) document.documentElement.dataset.scale = "wall";
  watchEffect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
  function toggle(): void {
    theme.value = theme.value === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, theme.value);
  }
  return { theme, scale: isWall ? WALL_SCALE : 1, toggle };
});
