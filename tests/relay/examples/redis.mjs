// Any number of such processes count together, behind any load balancer.
import { createServer } from "node:http";
import { createClient } from "redis";
import { createRedisStore, createRelay, toNodeHandler } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => console.error("Redis:", error.message)); // it reconnects by itself
await client.connect();

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
  store: createRedisStore(client),
  trustForwarded: true, // the load balancer sets X-Forwarded-Host and X-Forwarded-Proto
});
createServer(toNodeHandler(relay)).listen(process.env.PORT ?? 8787);
