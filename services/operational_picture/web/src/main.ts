import { createPinia } from "pinia";
import { createApp } from "vue";
import { watchHands } from "./api/attention";
import App from "./App.vue";
import "./styles/tokens.css";
import "./styles/base.css";

watchHands();
createApp(App).use(createPinia()).mount("#app");
