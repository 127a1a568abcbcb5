import { show } from "./show.js";

globalThis.answer = show("/relay");
