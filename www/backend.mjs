/**
 * The backend that runs the page's predictions: the sandbox, Replicate through the relay, or a Cog server.
 * Each is a handler of web-standard requests below its own path.
 */
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { ReplicateHome } from "replicate-wasm";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { createCogProxy } from "./cog-proxy.mjs";

const compress = promisify(brotliCompress);

/** The models that the relay allows without `REPLICATE_MODELS`: the provider's models, and two fast ones. */
const usualModels = [...ReplicateHome.models, "meta/meta-llama-3-8b-instruct", "black-forest-labs/flux-schnell"];

/**
 * @param {Record<string, string | undefined>} env `COG_URL` wins over `REPLICATE_API_TOKEN`: a token may always
 *   be in the environment, that URL is there on purpose
 * @param {object} [options]
 * @param {(request: Request) => Promise<Response>} [options.sandbox]
 * @param {Partial<import("replicate-wasm/relay").RelayOptions>} [options.relay]
 * @param {number} [options.pollIntervalMs] how often the page polls by the provider's protocol; 5000, as it does by itself
 * @returns `about` is what the page is told (`/demo.json`)
 * @throws {TypeError} for a token or a URL that cannot be one
 */
export function createBackend(env, { sandbox = createSandbox(), relay = {}, pollIntervalMs } = {}) {
  if (env.COG_URL) {
    const { origin } = cogUrl(env.COG_URL);
    return mount("/cog", createCogProxy(env.COG_URL), { kind: "cog", title: `Cog at ${origin}`, server: origin });
  }
  if (env.REPLICATE_API_TOKEN) {
    const models = env.REPLICATE_MODELS ? modelList(env.REPLICATE_MODELS) : usualModels;
    const handler = createRelay({
      token: env.REPLICATE_API_TOKEN,
      models,
      allow: ["files"], // what is attached to a message
      authorize: () => "demo", // whoever is on this machine; serve.mjs lets nobody else in
      cancelAfter: "5m",
      ...relay,
    });
    return mount("/relay", handler, { kind: "relay", title: "Replicate, through the relay", models, pollIntervalMs });
  }
  return mount("/sandbox", sandbox, { kind: "sandbox", title: "sandbox", pollIntervalMs });
}

function mount(base, handler, { title, ...about }) {
  return { title, handle: toNodeHandler(compressed(handler)), about: { base, ...about } };
}

/** Compresses JSON: lists of models with their schemas are long and repetitive. Event streams are passed on unchanged. */
function compressed(handler) {
  return async (request) => {
    const answer = await handler(request);
    const takesBrotli = /\bbr\b/.test(request.headers.get("accept-encoding"));
    if (request.method !== "GET" || !takesBrotli || !answer.headers.get("content-type")?.includes("json")) return answer;
    const headers = new Headers(answer.headers);
    headers.delete("content-length");
    headers.set("content-encoding", "br");
    headers.append("vary", "Accept-Encoding");
    const bytes = Buffer.from(await answer.arrayBuffer());
    return new Response(await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }), { status: answer.status, headers });
  };
}

function modelList(text) {
  const models = text.split(",").map((model) => model.trim()).filter(Boolean);
  const wrong = models.find((model) => !/^[\w.-]+\/[\w.-]+(:[\w-]+)?$/.test(model));
  if (models.length > 0 && wrong === undefined) return models;
  throw new TypeError('REPLICATE_MODELS must name models, such as "owner/name, owner/name:version".');
}

function cogUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (/^https?:$/.test(url?.protocol) && !url.username) return url;
  throw new TypeError("COG_URL must be the address of a Cog server, such as http://127.0.0.1:5000.");
}
