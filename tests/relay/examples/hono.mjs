import { Hono } from "hono";
import { createRelay } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
});
const app = new Hono();
app.all("/relay/*", (c) => relay(c.req.raw, c.env)); // on Node, Deno and Bun, env tells where the request came from
export default app;
