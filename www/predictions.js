/**
 * The ways to ask for a prediction, made alike: each gives a stream of the package, and a function that says
 * what an item of it brings: `{ text }`, `{ logs }`, `{ picture: { url, alt } }`, or nothing to show.
 */
import { Cog, Replicate, ReplicateHome } from "/pkg/index.js";

/**
 * @typedef {{ kind: "sandbox" | "relay" | "cog", base: string, pollIntervalMs?: number, maxAttempts?: number }} Server
 * @typedef {{ way: "provider" | "client" | "cog", model: import("./models.js").Model, messages: { role: string, content: string }[] }} Job
 * @typedef {{ stream: AsyncIterable<unknown>, read(item: unknown): { text?: string, logs?: string, picture?: { url: string, alt: string } } }} Asked
 */

/** @param {Server} server @param {Job} job @returns {Asked} nothing is sent before the stream is read */
export function ask(server, job) {
  if (job.way === "cog") return viaEvents(job, new Cog({ baseUrl: server.base }).stream({ input: inputOf(job) }));
  if (job.way === "client") {
    const { name } = job.model;
    return viaEvents(job, client(server).stream(`${name}:${ReplicateHome.modelVersions[name]}`, { input: inputOf(job) }));
  }
  const { base: proxy, pollIntervalMs, maxAttempts } = server;
  const stream = ReplicateHome.createAsyncGenerator({
    model: job.model.name,
    messages: job.messages,
    proxy,
    pollIntervalMs,
    maxAttempts,
  });
  return { stream, read: (item) => (typeof item === "string" ? { text: item } : { picture: item }) };
}

/**
 * Goes on with what was asked before the page was loaded anew.
 *
 * @param {Server} server
 * @param {Job} job
 * @param {object} handle what `JSON.stringify(stream)` gave
 * @returns {Asked}
 */
export const resume = (server, job, handle) => viaEvents(job, client(server).resume(handle));

const client = ({ base }) => new Replicate({ baseUrl: `${base}/v1` });

function viaEvents(job, stream) {
  return {
    stream,
    read(event) {
      if (event.event === "logs") return { logs: event.data };
      if (event.event !== "output") return {};
      const isFile = job.model.kind !== "text" && typeof event.data !== "string";
      return isFile ? { picture: { url: event.data.url().href, alt: lastOf(job.messages) } } : { text: String(event) };
    },
  };
}

const inputOf = ({ model, messages }) => ({ [model.input]: promptOf(model, messages) });

/** The API takes one text, not messages: a conversation is written down the way the provider does it. */
function promptOf(model, messages) {
  if (model.kind !== "text" || messages.length === 1) return lastOf(messages);
  const lines = messages.map(({ role, content }) => `${role === "user" ? "User" : "Assistant"}: ${content}`);
  return [...lines, "Assistant:"].join("\n");
}

const lastOf = (messages) => messages.at(-1).content;
