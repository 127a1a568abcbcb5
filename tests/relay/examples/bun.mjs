import { createRelay } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
});
// Bun tells the relay in a second argument where a request came from. It ends a connection that is silent for 10 seconds.
Bun.serve({ hostname: "127.0.0.1", port: process.env.PORT ?? 8787, idleTimeout: 0, fetch: relay });
