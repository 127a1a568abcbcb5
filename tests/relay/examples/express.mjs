import express from "express";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "stability-ai/*", "black-forest-labs/*", "meta/*"],
  cancelAfter: "5m",
});
const app = express();
app.use("/relay", toNodeHandler(relay)); // before or after a body parser
app.use(express.static("dist"));
const port = process.env.PORT ?? 8787;
app.listen(port, "127.0.0.1", (error) => console.log(error?.message ?? `Open http://localhost:${port}`));
