import { createRelay } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
});
// Deno tells the relay in a second argument where a request came from.
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8787) }, relay);
