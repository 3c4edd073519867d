/** One ticking second for the whole page, so that ages and countdowns move together. */
import { defineStore } from "pinia";
import { ref } from "vue";

export const useClock = defineStore("clock", () => {
  const now = ref(Date.now());
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
  return { now };
});
