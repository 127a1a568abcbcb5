/**
 * What answers the page's predictions: the sandbox, Replicate itself through the relay, or a Cog server.
 * Each is a web-standard handler below a path of its own.
 */
import { ReplicateHome } from "replicate-wasm";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { createCogProxy } from "./cog-proxy.mjs";

/** The provider looks for the end of a prediction for this long: 30 times, 5 seconds apart. */
const patienceMs = 150_000;

/**
 * @param {Record<string, string | undefined>} env `COG_URL` wins over `REPLICATE_API_TOKEN`: a token may always
 *   be in the environment, that URL is there on purpose
 * @param {object} [options]
 * @param {(request: Request) => Promise<Response>} [options.sandbox]
 * @param {Partial<import("replicate-wasm/relay").RelayOptions>} [options.relay]
 * @param {number} [options.pollIntervalMs]
 * @returns `about` is what the page is told (`/demo.json`)
 * @throws {TypeError} for a token or a URL that cannot be one
 */
export function createBackend(env, { sandbox = createSandbox(), relay = {}, pollIntervalMs } = {}) {
  if (env.COG_URL) {
    const { origin } = cogUrl(env.COG_URL);
    return mount("/cog", createCogProxy(env.COG_URL), { kind: "cog", title: `Cog at ${origin}`, server: origin });
  }
  if (env.REPLICATE_API_TOKEN) {
    const handler = createRelay({
      token: env.REPLICATE_API_TOKEN,
      models: ReplicateHome.models,
      authorize: () => "demo", // whoever is on this machine; serve.mjs lets nobody else in
      cancelAfter: "5m",
      ...relay,
    });
    return mount("/relay", handler, { kind: "relay", title: "Replicate, through the relay", ...polls(pollIntervalMs ?? 1000) });
  }
  // Nobody pays for a poll of the sandbox, and it is done in a second or two: 5 seconds would hide how it goes.
  return mount("/sandbox", sandbox, { kind: "sandbox", title: "sandbox", ...polls(pollIntervalMs ?? 200) });
}

const polls = (pollIntervalMs) => ({ pollIntervalMs, maxAttempts: Math.ceil(patienceMs / pollIntervalMs) });

function mount(base, handler, { title, ...about }) {
  return { title, handle: toNodeHandler(handler), about: { base, ...about } };
}

function cogUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (/^https?:$/.test(url?.protocol) && !url.username) return url;
  throw new TypeError("COG_URL must be the address of a Cog server, such as http://127.0.0.1:5000.");
}
