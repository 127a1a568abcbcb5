import express from "express";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { userOf } from "./session.js";

const relay = createRelay({
  authorize: userOf,
  models: ["google-deepmind/gemma-2b-it", "meta/*"],
  cancelAfter: "5m",
});
express().use("/relay", toNodeHandler(relay)).listen(process.env.PORT ?? 8787, "127.0.0.1");
