import { caller } from "./call.js";
import { ReplicateError } from "./error.js";
import { encodeInput } from "./inputs.js";
import * as kinds from "./kinds.js";
import { baseUrl, check, invalid, option, optionsObject } from "./options.js";
import { BLOCK, EVENTS, POLL, REPLICATE, SNAPSHOTS, TEXT, environment, inPage, tagOf } from "./platform.js";
import { paginate, resources } from "./resources.js";

const API = "https://api.replicate.com/v1";

/** How a prediction ends that has neither succeeded nor failed. */
const STOPPED = /^(canceled|aborted)$/;

/** Data of a request that is not written as JSON. */
const AS_IT_IS = /^(Undefined|String|FormData|Blob|File|URLSearchParams|ArrayBuffer)$/;
/** A form of another realm; happy-dom's has no name of its own. */
const isForm = (data) => typeof data?.append === "function" && typeof data.getAll === "function";

/** What a client says of itself where a page does not say it. */
export const USER_AGENT = "replicate-wasm/0.1.0";

/** Replicate's HTTP API. All that decides what happens next is the core's; here is what callers hold. */
export class Replicate {
  #calls;

  constructor(options) {
    options = optionsObject(options);
    const direct = option(options, "dangerouslyAllowBrowser", kinds.BOOLEAN, false) || !inPage();
    const base = baseUrl(options, "baseUrl");
    const token = tokenOf(options, direct);
    if (!base && !direct) throw invalid("The option baseUrl is needed in a page: the URL of a relay, such as /relay/v1");
    this.baseUrl = base ?? API;
    this.userAgent = option(options, "userAgent", kinds.HEADER, USER_AGENT);
    const strategy = option(options, "fileEncodingStrategy", kinds.STRATEGY, "default");
    const upload = async (blob, options) => (await this.files.create(blob, {}, options)).urls.get;
    const encode = (input, { signal }) => encodeInput(input, { strategy, upload, signal });
    const renewable = +(typeof options.auth === "function");
    this.#calls = caller(options, encode, { protocol: REPLICATE, base: this.baseUrl, token, renewable, native: { "user-agent": this.userAgent } });
    this.request = this.request.bind(this);
    Object.assign(this, resources(this.request, encode));
  }

  /** Runs a model to its end; resolves to its output. */
  async run(ref, options, onProgress) {
    return this.#calls.output(this.#call(ref, options, SNAPSHOTS), onProgress);
  }

  /** Runs a model, its events as they come. */
  stream(ref, options) {
    return this.#call(ref, options, EVENTS);
  }

  /** Runs a model, the text of its output as it comes. */
  streamText(ref, options) {
    return this.#call(ref, options, TEXT);
  }

  /** The events of a prediction that was started before: all of an id's, or those after a handle. */
  resume(target, options) {
    return this.#calls.open(options, () => {
      const { id = target, lastEventId, delivered } = target?.toJSON?.() ?? target ?? {};
      check("The id of a prediction", kinds.NAME, id);
      return { id, lastEventId, delivered, goal: EVENTS };
    });
  }

  /** Waits until a prediction has ended, or until `stop` says so. */
  async wait(prediction, options = {}, stop) {
    const { id, status } = prediction ?? {};
    check("The id of a prediction", kinds.NAME, id);
    if (status === "failed") throw failure(prediction);
    if (status === "succeeded" || STOPPED.test(status)) return prediction;
    const interval = option(options, "interval", kinds.MS, 500);
    const stream = this.#calls.open(options, () => ({ id, mode: POLL, wait: interval, goal: SNAPSHOTS, cancelOnBreak: 0 }));
    try {
      for await (const snapshot of stream) if ((await stop?.(snapshot)) === true) return snapshot;
    } catch (error) {
      if (!STOPPED.test(error.code)) throw error;
    }
    return stream.prediction;
  }

  /** Any request of the API; resolves to its `Response`, rejects unless that is a success. */
  async request(route, options) {
    options = optionsObject(options);
    const { params, data, signal } = options;
    const method = option(options, "method", kinds.ID, "GET").toUpperCase();
    const headers = Object.fromEntries(new Headers(option(options, "headers", kinds.HEADERS)));
    route = check("The route of a request", kinds.STRING, route?.href ?? route);
    const query = new URLSearchParams(Object.entries(params ?? {}).filter(([, value]) => (value ?? null) !== null)).toString();
    const url = route + (query && (route.includes("?") ? "&" : "?")) + query;
    const raw = AS_IT_IS.test(tagOf(data)) || isForm(data) ? { headers, body: data } : { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(data) };
    return this.#calls.request(url, method, { ...raw, signal });
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
    return this.#calls.predict(options, goal, (options) => {
      check("A model reference", kinds.STRING, ref);
      const { webhook, webhook_events_filter } = options;
      const wait = option(options, "wait", kinds.WAIT, {});
      const waits =
        wait.mode === "poll"
          ? { mode: POLL, wait: option(wait, "interval", kinds.MS, 500) }
          : { mode: BLOCK, wait: option(wait, "timeout", kinds.SECONDS) };
      return { target: ref, ...(goal === SNAPSHOTS && waits), body: { webhook, webhook_events_filter } };
    });
  }
}

/** A function that gives the token, kept until it is refused; it can be asked for, never read back. */
function tokenOf({ auth = inPage() ? undefined : environment("REPLICATE_API_TOKEN") }, direct) {
  if (auth === undefined || auth === null) return undefined;
  // `fetch` would show a wrong one in its error.
  const checked = (token) => check("The token in auth", kinds.TOKEN, token?.trim?.());
  if (typeof auth === "string") {
    if (!direct) throw new ReplicateError("unsafe_auth", "A token in a page can be read by anyone: use the baseUrl of a relay, or dangerouslyAllowBrowser");
    const token = checked(auth);
    return () => token;
  }
  if (typeof auth !== "function") throw invalid("The option auth must be a string or a function");
  let current;
  const ask = async () => checked(await auth());
  return (renew) => {
    if (renew) current = undefined;
    current ??= ask().catch((error) => {
      current = undefined;
      throw error;
    });
    return current;
  };
}

/** As the other client has it: a prediction that failed is an error. */
const failure = ({ id: predictionId, error: detail, logs }) =>
  new ReplicateError("failed", `Prediction failed: ${detail}`, { predictionId, detail, logs });
