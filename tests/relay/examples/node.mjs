import { createServer } from "node:http";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
});
const port = process.env.PORT ?? 8787;
createServer(toNodeHandler(relay)).listen(port, "127.0.0.1", () => console.log(`Relay: http://localhost:${port}`));
