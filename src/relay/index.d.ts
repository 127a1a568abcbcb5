/** Who asks: an id of your own, or a Response to refuse with. `null`, `undefined` and "" are answered with 401. */
export type Caller = string | null | undefined | Response;

/** What is refused unless it is named; one's own predictions need no name. */
export type Permission =
  | "files"
  | "models"
  | "collections"
  | "hardware"
  | "deployments"
  | "trainings"
  | "account"
  /** The input keys `webhook` and `webhook_events_filter`. */
  | "webhooks"
  /** Lists of predictions, files and trainings, which belong to the whole account: they are not separated by caller. */
  | "lists";

/** Whole numbers; `Infinity` for no limit. */
export interface RelayLimits {
  /** Creates of one caller in a minute. Default: 10. */
  createsPerMinute?: number;
  /** Creates of all callers in a minute. Default: 600, which is Replicate's own limit for an account. */
  totalCreatesPerMinute?: number;
  /** Predictions of one caller at the same time. Default: 2. */
  running?: number;
  /** Predictions of all callers at the same time. Default: 20. */
  totalRunning?: number;
  /** Requests of one caller in a minute, of every kind. Default: 1200, or 240 for each prediction in `running` if that is more. */
  requestsPerMinute?: number;
  /** Requests of one caller under way, open streams included. Default: 50, or 4 times `running` if that is more. */
  requests?: number;
  /** Requests of all callers under way. Default: 500, or what `requests` and `totalRunning` need if that is more. */
  totalRequests?: number;
  /** Bytes of a request's body. Default: 14 MiB. */
  bodyBytes?: number;
  /** Bytes of an uploaded file. Default: 100 MiB. */
  uploadBytes?: number;
}

/** The limits as a store is asked to keep them. */
export interface Limits extends Required<RelayLimits> {
  /** How long a slot is held when nothing frees it before. */
  slotMs: number;
}

/**
 * Where requests, creates and running predictions are counted: in memory by default ({@link MemoryStore}), in Redis for several
 * processes ({@link createRedisStore}), or wherever you like. If `acquire` rejects, or does not answer within 10 seconds,
 * the create is refused with 503.
 */
export interface LimitStore {
  /** Counts a create and takes a slot for it under `id`, or says how long to wait. */
  acquire(caller: string, id: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /**
   * Counts a request of any kind for the limit `requestsPerMinute`, or says how long to wait. Every request waits for it,
   * so it has one second. If it rejects or is late, the relay counts for itself for 5 seconds. Without it each relay
   * always counts for itself.
   */
  countRequest?(caller: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /** Frees the slot; one that is not held is no error. */
  release(caller: string, id: string): Promise<void>;
  /**
   * The ids of the slots that a caller holds. Before a caller is refused, the relay asks Replicate whether their
   * predictions are over. Without it the relay looks at the slots that its own process remembers.
   */
  held?(caller: string): Promise<string[]>;
  /** Keeps a text beside a held slot (which prediction holds it), so that another process can look at it. */
  note?(caller: string, id: string, text: string): Promise<void>;
  /** The text that was kept beside a slot. */
  noted?(caller: string, id: string): Promise<string | undefined>;
}

/** What a {@link MemoryStore} knows, as plain data that can be saved (by a Durable Object, say). */
export interface MemoryState {
  /** Creates of the last minute: who, and when in milliseconds since 1970. */
  creates: { caller: string; at: number }[];
  /** Slots that are held: by whom, for which prediction, and until when. */
  slots: { caller: string; id: string; until: number; note?: string }[];
}

/** The default store: for one process, and the arithmetic for any other. */
export class MemoryStore implements LimitStore {
  /** @param state one that was saved earlier */
  constructor(state?: MemoryState);
  /** What it knows now. Save it, and give it to the constructor of the next one. */
  state: MemoryState;
  /** As {@link LimitStore.acquire}. */
  acquire(caller: string, id: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /** As {@link LimitStore.countRequest}. */
  countRequest(caller: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /** As {@link LimitStore.release}. */
  release(caller: string, id: string): Promise<void>;
  /** As {@link LimitStore.held}. */
  held(caller: string): Promise<string[]>;
  /** As {@link LimitStore.note}. */
  note(caller: string, id: string, text: string): Promise<void>;
  /** As {@link LimitStore.noted}. */
  noted(caller: string, id: string): Promise<string | undefined>;
}

/** Options of {@link createRedisStore}. */
export interface RedisStoreOptions {
  /** What all keys begin with, in braces. Default: `"replicate-wasm"`. */
  prefix?: string;
  /** While Redis does not answer, creates are refused with 503, or let through without limits. Default: `"refuse"`. */
  whenDown?: "refuse" | "allow";
}

/**
 * A store in Redis or Valkey, for relays in any number of processes. Each decision is one script; slots free themselves
 * by time.
 *
 * @param client a connected client of the package `redis` or `ioredis`, as it is
 * @throws {TypeError} at once, for what is no such client, and for an unknown option
 * @example
 * const client = await createClient({ url: process.env.REDIS_URL }).connect();
 * const relay = createRelay({ authorize, models, store: createRedisStore(client) });
 */
export function createRedisStore(
  client: { eval(script: string, ...parts: any[]): Promise<unknown> },
  options?: RedisStoreOptions,
): LimitStore;

/** The options of {@link createRelay}. Only `authorize` is required; without `models` every create is refused. */
export interface RelayOptions {
  /**
   * Replicate's token, at most 1,000 characters without two backslashes in a row. Default: the environment's `REPLICATE_API_TOKEN`. Without either,
   * `createRelay` throws.
   */
  token?: string;
  /** The address of Replicate's API. Default: `https://api.replicate.com/v1`. Plain http is accepted on loopback alone. */
  upstream?: string;
  /** Hosts of event streams, with a port where they have one. Default: `["stream.replicate.com"]`. No other host is ever asked. */
  streamHosts?: string[];
  /** Required: who the caller is. It reads a body from `request.clone()` only. */
  authorize: (request: Request) => Caller | Promise<Caller>;
  /** What may run: "owner/name", "owner/*" or "owner/name:version". Default: none, and every create is refused. */
  models?: string[];
  /**
   * Origins of pages beside the relay's own, also of apps and extensions: `tauri://localhost`, `chrome-extension://<id>`.
   * Default: none.
   */
  origins?: string[];
  /** Request headers that pages of listed origins may send beside those of the client itself, such as `X-Session`. Default: none. */
  allowHeaders?: string[];
  /** What pages may do beside running their own predictions. Default: nothing. */
  allow?: Permission[];
  /** Binds ids to callers: 16 to 1,000 characters without two backslashes in a row. Default: derived from the token, so that every instance agrees. */
  signingKey?: string;
  /** How much callers may ask for; each limit has a default. */
  limits?: RelayLimits;
  /** Where requests, creates and predictions are counted. Default: in memory. */
  store?: LimitStore;
  /**
   * How long a prediction may run at most, such as "90s", "5m" or "1h30m". It bounds what a caller who left can cost.
   * Default: none.
   */
  cancelAfter?: string;
  /**
   * The address that pages see: an origin (`https://example.com`), or, where a proxy strips a part of the path, the
   * relay's whole address (`https://example.com/app/relay`, below which `/v1` is). By default it follows from the
   * request. Behind a proxy on the same machine it is required.
   */
  publicUrl?: string;
  /** The older name of `publicUrl`, for an origin alone. */
  publicOrigin?: string;
  /** Believes `X-Forwarded-Host`, `-Proto` and `-Prefix`, or `Forwarded`. Default: `false`. Only behind a proxy that sets them. */
  trustForwarded?: boolean;
  /** Milliseconds of silence after which a comment goes out in a stream. Default: 15000, and 0 for none. */
  heartbeatMs?: number;
  /** Milliseconds for an answer of Replicate. Default: 120000. A stream only has to begin. */
  timeoutMs?: number;
  /** Stands in for the global `fetch`. */
  fetch?: (input: string | Request, init?: RequestInit) => Promise<Response>;
  /** Called with each request, for logs and metrics; it sees no secrets. What it throws goes to `console.error`, for each hook at most once a minute. */
  onRequest?(info: RelayInfo): unknown;
  /** The same, when the head of the answer is known. Without it, errors of `authorize` and `store` go to `console.error`. */
  onResponse?(info: RelayInfo): unknown;
}

/** What the hooks are told. */
export interface RelayInfo {
  /** The HTTP method. */
  method: string;
  /** Such as "GET /v1/predictions/:id". */
  route?: string;
  /** What `authorize` gave. */
  caller?: string;
  /** Replicate's own id, of no use to a page. */
  predictionId?: string;
  /** Of the answer; this and the next two for `onResponse` only. */
  status?: number;
  /** Milliseconds to the head of the answer. */
  durationMs?: number;
  /** What `authorize` or `store` has thrown. */
  error?: unknown;
}

/**
 * Answers a request. The second argument says where it came from, since a `Request` does not: `Deno.serve(relay)` and
 * `Bun.serve({ fetch: relay })` give it, Hono has it in `c.env`, `toNodeHandler` needs none, and elsewhere it is `{ remoteAddress: "127.0.0.1" }`.
 * Over a loopback address the relay answers to `localhost` and `publicUrl` alone, so that no foreign page whose name
 * resolves to this machine (DNS rebinding) can use it.
 */
export type Relay = (request: Request, connection?: unknown) => Promise<Response>;

/**
 * The server part of a page that uses Replicate: it adds the token, and lets through only what the options
 * name. It serves `…/v1/*` as Replicate's API and `…/api/prediction`, `…/api/poll` as the provider's, under
 * any prefix. Its errors are problem JSON.
 *
 * @throws {TypeError} at once, for a missing token, and for an unknown or a wrong option
 * @example
 * const relay = createRelay({ authorize: (request) => userOf(request), models: ["meta/meta-llama-3-8b-instruct"] });
 */
export function createRelay(options: RelayOptions): Relay;

/** What is used of Node's requests and answers, of `http` and `http2`; their own types need `@types/node`. */
export interface NodeRequest {
  /** The HTTP method. */
  method?: string | undefined;
  /** The path and the query. */
  url?: string | undefined;
  /** The headers, their names in lower case. */
  headers: Record<string, string | string[] | undefined>;
}
/** What is used of Node's `ServerResponse`. */
export interface NodeResponse {
  /** The status of the answer. */
  statusCode: number;
  /** Sets a header. */
  setHeader(name: string, value: string | string[]): unknown;
  /** Writes a part of the body; false where the caller should wait. */
  write(chunk: Uint8Array): boolean;
  /** Ends the body. */
  end(): unknown;
}

/**
 * The relay as a listener of Node's `http.createServer` or `http2.createSecureServer`, or as Express's middleware. A body
 * parser may stand before it: it takes `req.rawBody` or `req.body`, and where a parser has rounded a number the answer
 * says which line to add.
 */
export function toNodeHandler(relay: (request: Request) => Promise<Response>): (request: NodeRequest, response: NodeResponse) => Promise<void>;
