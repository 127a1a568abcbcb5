import { EVENTS, SNAPSHOTS, TEXT, limits, only, outputOf, settle, streamOf, toData } from "./call.js";
import { ReplicateError } from "./web/error.js";
import { encodeInput } from "./web/inputs.js";
import { baseUrl, invalid, parseUrl, option, optionsObject, transport } from "./web/options.js";
import { environment, inPage, kindOf } from "./web/platform.js";
import { paginate, resources } from "./web/resources.js";

const API = "https://api.replicate.com/v1";
const STRATEGIES = ["default", "upload", "data-uri"];
const ENDED = ["succeeded", "failed", "canceled", "aborted"];

/** What a client says of itself where a page does not say it. */
export const USER_AGENT = "replicate-wasm/0.1.0";

/** Replicate's HTTP API. All that decides what happens next is the core's; here is what callers hold. */
export class Replicate {
  #settings;
  #transport;
  #useFileOutput;
  #encode;

  constructor(options) {
    options = optionsObject(options);
    const direct = option(options, "dangerouslyAllowBrowser", "boolean", false);
    const base = baseUrl(options, "baseUrl");
    const token = tokenOf(options, direct);
    if (!base && inPage() && !direct) {
      throw invalid("The option baseUrl is needed in a page: the URL of a relay, such as /relay/v1, since Replicate's API refuses pages");
    }
    this.baseUrl = base ?? API;
    this.userAgent = option(options, "userAgent", "header", USER_AGENT);
    this.#settings = { base: this.baseUrl, ...limits(options), ...(typeof options.auth === "function" && { renewable: 1 }) };
    this.#transport = transport(options, { token, native: ["user-agent", this.userAgent] });
    this.#useFileOutput = option(options, "useFileOutput", "boolean", true);
    const strategy = option(options, "fileEncodingStrategy", "string", "default");
    if (!STRATEGIES.includes(strategy)) throw invalid(`The option fileEncodingStrategy must be one of ${STRATEGIES.join(", ")}`);
    const upload = async (blob, { signal }) => (await this.files.create(blob, {}, { signal })).urls.get;
    const encode = (input, { signal } = {}) => encodeInput(input, { strategy, upload, signal });
    this.#encode = encode;
    this.request = this.request.bind(this);
    Object.assign(this, resources(this.request, encode));
  }

  /** Runs a model to its end; resolves to its output. */
  async run(ref, options, onProgress) {
    const stream = streamOf(() => this.#call(ref, options, SNAPSHOTS));
    return outputOf(await settle(stream, onProgress), this.#useFileOutput, this.#transport.fetch);
  }

  /** Runs a model, its events as they come. */
  stream(ref, options) {
    return streamOf(() => this.#call(ref, options, EVENTS));
  }

  /** Runs a model, the text of its output as it comes. */
  streamText(ref, options) {
    return streamOf(() => this.#call(ref, options, TEXT));
  }

  /** The events of a prediction that was started before: all of an id's, or those after a handle. */
  resume(target, options) {
    return streamOf(() => {
      const { id, lastEventId, delivered } = typeof target === "string" ? { id: target } : (target?.toJSON?.() ?? target ?? {});
      if (typeof id !== "string" || !id) throw invalid(`resume() needs an id or the JSON of a stream, not ${kindOf(target)}`);
      return this.#describe(optionsObject(options), { id, lastEventId, delivered, stream: 1, goal: EVENTS });
    });
  }

  /** Waits until a prediction has ended, or until `stop` says so. */
  async wait(prediction, options = {}, stop) {
    if (typeof prediction?.id !== "string") throw invalid(`wait() needs a prediction, not ${kindOf(prediction)}`);
    if (ENDED.includes(prediction.status)) return ended(prediction);
    const interval = option(options, "interval", "ms", 500);
    const stream = streamOf(() => this.#describe(options, { id: prediction.id, interval, goal: SNAPSHOTS, cancelOnBreak: undefined }));
    try {
      for await (const snapshot of stream) if ((await stop?.(snapshot)) === true) return snapshot;
    } catch (error) {
      if (error.code !== "canceled" && error.code !== "aborted") throw error;
    }
    return stream.prediction;
  }

  /** Any request of the API; resolves to its `Response`, rejects unless that is a success. */
  async request(route, options) {
    const { params = {}, data, signal } = optionsObject(options);
    const method = option(options ?? {}, "method", "string", "GET");
    const headers = option(options ?? {}, "headers", "headers");
    if (typeof route !== "string" && !(route instanceof URL)) throw invalid(`The route of a request must be a string, not ${kindOf(route)}`);
    const query = `${new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== null))}`;
    const url = `${route}${query && `${`${route}`.includes("?") ? "&" : "?"}${query}`}`;
    const asItIs = data === undefined || typeof data === "string" || /^(FormData|Blob|URLSearchParams|ArrayBuffer)$/.test(data?.constructor?.name);
    const raw = { headers: { ...(asItIs ? {} : { "content-type": "application/json" }) }, body: asItIs ? data : JSON.stringify(data) };
    for (const [name, value] of new Headers(headers)) raw.headers[name] = value;
    raw.signal = signal;
    const stream = streamOf(() => {
      const [call, abort, sender] = this.#describe({ signal }, { route: url, method: method.toUpperCase(), goal: SNAPSHOTS });
      return [call, abort, { ...sender, raw }];
    });
    return only(stream);
  }

  /** The pages of a list, one after another. */
  paginate(endpoint, options) {
    return paginate(this.request, endpoint, options);
  }

  /** What it is, and nothing that is secret. */
  toJSON() {
    return { baseUrl: this.baseUrl, userAgent: this.userAgent };
  }

  #call(ref, options, goal) {
    options = optionsObject(options);
    if (typeof ref !== "string") throw invalid(`A model reference must be a string, not ${kindOf(ref)}`);
    const { webhook, webhook_events_filter } = options;
    const input = option(options, "input", "object");
    if (input === undefined) throw invalid("The option input is needed");
    if (option(options, "webhook", "string") && !parseUrl(webhook)) throw invalid("The option webhook is no URL");
    const { mode = "block", interval = 500, timeout } = option(options, "wait", "object", {});
    if (mode !== "block" && mode !== "poll") throw invalid('The option wait must be {mode: "block", timeout} or {mode: "poll", interval}');
    const waits = mode === "poll" ? { interval: option({ interval }, "interval", "ms") } : { block: option({ timeout }, "timeout", "seconds") };
    const body = async () => ({ input: await this.#encode(input, options), webhook, webhook_events_filter });
    return this.#describe(options, { ref, goal, ...(goal === SNAPSHOTS ? waits : { stream: 1 }) }, body);
  }

  #describe(options, call, body) {
    const signal = option(options, "signal", "signal");
    const { fetch } = this.#transport;
    const leave = option(options, "cancelOnBreak", "boolean", true) ? { cancelOnBreak: 1 } : {};
    const description = { ...this.#settings, ...limits(options, this.#settings), ...leave, ...call };
    return [description, signal, { ...this.#transport, body, toData: toData(this.#useFileOutput, fetch) }];
  }
}

/** A function that gives the token, kept until it is refused; it can be asked for, never read back. */
function tokenOf(options, direct) {
  const { auth = inPage() ? undefined : environment("REPLICATE_API_TOKEN") } = options;
  if (typeof auth === "string" && inPage() && !direct) {
    throw new ReplicateError(
      "unsafe_auth",
      "A token in a page can be read by anyone: pass the baseUrl of a relay instead of auth, or dangerouslyAllowBrowser if nobody else can open this page",
    );
  }
  if (auth === undefined || auth === null) return undefined;
  if (typeof auth === "string") return checked(auth);
  if (typeof auth !== "function") throw invalid(`The option auth must be a string or a function, not a ${typeof auth}`);
  let current;
  return async (renew) => {
    if (renew) current = undefined;
    current ??= Promise.resolve(auth()).then((token) => checked(token)());
    try {
      return await current;
    } catch (error) {
      current = undefined;
      throw error;
    }
  };
}

/** A token fit for a header: `fetch` would show a wrong one in its error. */
function checked(token) {
  const trimmed = `${token ?? ""}`.trim();
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(trimmed)) throw invalid("The token in auth is no text that a header can carry");
  return () => trimmed;
}

/** As the other client has it: a prediction that failed is an error. */
function ended(prediction) {
  if (prediction.status !== "failed") return prediction;
  const { id: predictionId, error: detail, logs } = prediction;
  throw new ReplicateError("failed", `Prediction failed: ${detail}`, { predictionId, detail, logs });
}
