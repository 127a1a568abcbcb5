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
  /** Of one caller; 10. */
  createsPerMinute?: number;
  /** Of all callers; 600, which is Replicate's own limit for an account. */
  totalCreatesPerMinute?: number;
  /** Predictions of one caller at the same time; 2. */
  running?: number;
  /** Predictions of all callers at the same time; 20. */
  totalRunning?: number;
  /** Bytes of a request's body; 14 MiB. */
  bodyBytes?: number;
  /** Bytes of an uploaded file; 100 MiB. */
  uploadBytes?: number;
}

/** The limits as a store is asked to keep them. */
export interface Limits extends Required<RelayLimits> {
  /** How long a slot is held when nothing frees it before. */
  slotMs: number;
}

/** Where the limits are counted. In memory by default; beyond one machine the platform's own. */
export interface LimitStore {
  /** Counts a create and takes a slot for it under `id`, or says how long to wait. */
  acquire(caller: string, id: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /** Frees the slot; one that is not held is no error. */
  release(caller: string, id: string): Promise<void>;
}

/** What a {@link MemoryStore} knows, as plain data that can be saved (by a Durable Object, say). */
export interface MemoryState {
  /** Creates of the last minute: who, and when in milliseconds since 1970. */
  creates: { caller: string; at: number }[];
  /** Slots that are held: by whom, for which prediction, and until when. */
  slots: { caller: string; id: string; until: number }[];
}

/** The default store: for one process, and the arithmetic for any other. */
export class MemoryStore implements LimitStore {
  /** @param state one saved earlier */
  constructor(state?: MemoryState);
  /** What it knows now. Save it, and give it to the constructor of the next one. */
  state: MemoryState;
  /** As {@link LimitStore.acquire}. */
  acquire(caller: string, id: string, limits: Limits): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  /** As {@link LimitStore.release}. */
  release(caller: string, id: string): Promise<void>;
}

/** The options of {@link createRelay}. Only `authorize` is required; without `models` every create is refused. */
export interface RelayOptions {
  /** Replicate's token; `REPLICATE_API_TOKEN` where there is an environment. Without either it throws at start-up. */
  token?: string;
  /** `https://api.replicate.com/v1`; plain http is accepted on loopback alone. */
  upstream?: string;
  /** Hosts of event streams, with a port where they have one; `["stream.replicate.com"]`. No other host is ever asked. */
  streamHosts?: string[];
  /** Required: who the caller is. It reads a body from `request.clone()` only. */
  authorize: (request: Request) => Caller | Promise<Caller>;
  /** "owner/name", "owner/*" or "owner/name:version"; with none of them every create is refused. */
  models?: string[];
  /** Origins of pages beside the relay's own. */
  origins?: string[];
  /** Nothing. */
  allow?: Permission[];
  /** Binds ids to callers; by default derived from the token, so that every instance agrees. */
  signingKey?: string;
  /** How much callers may ask for; each limit has a default. */
  limits?: RelayLimits;
  /** Where the limits are counted; in the memory of this process. */
  store?: LimitStore;
  /** Such as "90s", "1m" or "1h30m": how long a prediction may live, which bounds what a caller who left can cost. */
  cancelAfter?: string;
  /** The origin that pages see, where a proxy in front changes it. */
  publicOrigin?: string;
  /** Milliseconds for an answer of Replicate; 120000. A stream only has to begin. */
  timeoutMs?: number;
  /** The global `fetch`. */
  fetch?: (input: string | Request, init?: RequestInit) => Promise<Response>;
  /** For logs and metrics; it sees no secrets. */
  onRequest?(info: RelayInfo): void;
  /** The same when the answer begins. */
  onResponse?(info: RelayInfo): void;
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

/** A relay: it answers a Request, as a route of a web-standard server does. */
export type Relay = (request: Request) => Promise<Response>;

/**
 * The server part of a page that uses Replicate: it adds the token, and lets through only what the options
 * name. It serves `…/v1/*` as Replicate's API and `…/api/prediction`, `…/api/poll` as the provider's, under
 * any prefix. Its errors are problem JSON.
 *
 * @throws {TypeError} at once, for a missing token, an unknown option, and options without sense
 * @example
 * const relay = createRelay({ authorize: (request) => userOf(request), models: ["meta/meta-llama-3-8b-instruct"] });
 */
export function createRelay(options: RelayOptions): Relay;

/** What is used of Node's `IncomingMessage` and `ServerResponse`; their own types need `@types/node`. */
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

/** The relay as a listener of Node's `http.createServer`, or as Express's middleware. */
export function toNodeHandler(relay: Relay): (request: NodeRequest, response: NodeResponse) => Promise<void>;
