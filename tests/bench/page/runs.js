/** `run` of a prediction that takes a while. */

import { MODEL, ours, theirs } from "./clients.js";

const clients = { ours, theirs };

/** Milliseconds between the server's end and the result, and how many requests it took. */
export async function run(client, mode, seconds) {
  const { id, ended } = await clients[client]().run(MODEL, { input: { seconds }, wait: { mode } });
  const lateMs = Date.now() - ended;
  return { lateMs, requests: await (await fetch(`/requests/${id}`)).json() };
}
