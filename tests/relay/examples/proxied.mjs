// Behind nginx or Caddy on the same machine: nginx.conf and Caddyfile beside this file.
import { createServer } from "node:http";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
  publicUrl: process.env.PUBLIC_URL ?? "https://example.com/relay", // what pages see; the proxy strips /relay
});
createServer(toNodeHandler(relay)).listen(process.env.PORT ?? 8787, "127.0.0.1");
