/**
 * One interface for the package's calls: each returns a stream, and a function that reads an item of it.
 */
import { Cog, FileOutput, Replicate, ReplicateHome } from "/pkg/index.js";

/**
 * @typedef {{ text?: string, logs?: string, file?: { url: string, blob(): Promise<Blob> } }} Piece
 * @typedef {{ stream: AsyncIterable<unknown>, read(item: unknown): Piece, canResume: boolean, canCancel: boolean }} Call
 *
 * @typedef {object} Job what was asked for
 * @property {"replicate" | "home" | "cog"} protocol
 * @property {import("./models.js").Model} model
 * @property {string} text what the user wrote
 * @property {Record<string, unknown>} input beside the message
 * @property {{ role: string, content: string }[]} history the conversation before
 * @property {string} [directives] what the sandbox shall do wrong
 */

/**
 * @param {import("./backend.js").Backend} backend
 * @param {Job} job
 * @param {(state: object) => void} onState
 * @returns {Call} nothing is sent before the stream is read
 */
export function ask(backend, job, onState) {
  const options = { input: inputOf(job), onState, useFileOutput: true };
  if (job.protocol === "cog") return viaEvents(job, new Cog({ baseUrl: backend.base }).stream(options));
  if (job.protocol === "replicate") return viaEvents(job, client(backend, job).stream(job.model.reference, options));
  const stream = ReplicateHome.createAsyncGenerator({
    model: job.model.name,
    messages: messagesOf(job),
    proxy: backend.base,
    input: job.input,
    headers: headersOf(job),
    onState,
    ...(backend.pollIntervalMs && { pollIntervalMs: backend.pollIntervalMs }),
  });
  return { stream, read: (item) => (typeof item === "string" ? { text: item } : { file: item }), canResume: false, canCancel: false };
}

/** Goes on with a prediction: after a reload, or after its stream broke. @param {object} handle of the stream, or an id */
export function resume(backend, job, handle, onState) {
  return viaEvents(job, client(backend, job).resume(handle, { onState }));
}

/** A prediction as it is on the server now: what it took, and what became of it after Stop. @param {string} id */
export const look = (backend, job, id) => client(backend, job).predictions.get(id);

/**
 * Searches for the prediction of a create request without an answer: the newest one of the model since then.
 *
 * @param {number} since milliseconds since 1970
 * @returns {Promise<string | undefined>} its id
 */
export async function findLost(backend, job, since) {
  const { results } = await client(backend, job).predictions.list();
  const isIt = ({ model, created_at }) => model === job.model.name && Date.parse(created_at) >= since - 1000;
  return results.find(isIt)?.id;
}

/** The input of a model without a `messages` input. A conversation becomes one prompt, in the provider's format. */
export function inputOf(job) {
  const { model, input, text } = job;
  if (!model.prompt) return input;
  const messages = messagesOf(job);
  if (messages.length === 1) return { [model.prompt]: text, ...input };
  const lines = messages.map(({ role, content }) => `${role === "user" ? "User" : "Assistant"}: ${content}`);
  return { [model.prompt]: [...lines, "Assistant:"].join("\n"), ...input };
}

/** @param {Job} job @returns {{ role: string, content: string }[]} */
export const messagesOf = ({ history, text }) => [...history, { role: "user", content: text }];

/** The header that makes the sandbox misbehave. @param {Job} job */
export const headersOf = ({ directives }) => (directives ? { "Sandbox-Directives": directives } : {});

const client = ({ base }, job) => new Replicate({ baseUrl: `${base}/v1`, headers: headersOf(job) });

function viaEvents({ protocol }, stream) {
  const read = ({ event, data }) => {
    if (event === "logs") return { logs: data };
    if (event !== "output") return {};
    return data instanceof FileOutput ? { file: { url: data.url().href, blob: () => data.blob() } } : { text: data };
  };
  return { stream, read, canResume: protocol === "replicate", canCancel: true };
}
