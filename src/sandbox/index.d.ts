/** The options of {@link createSandbox}. */
export interface SandboxOptions {
  /** Changes the texts and pictures; default 0. Ids are random, whatever the seed. */
  seed?: number;
  /** Milliseconds for one step of a prediction, which is about one token; default 60. With 0 a prediction has ended at the first poll. */
  stepMs?: number;
  /** When set, `/v1` answers 401 to requests without `Authorization: Bearer <token>`. */
  token?: string;
  /** Directives for every prediction, without their brackets: `["429: 2"]`. Default: none. */
  faults?: string[];
  /** What `urls.get`, `urls.cancel`, `next` and `previous` begin with; default: the sandbox's own `/v1`. */
  apiUrl?: string;
  /** Rows on each page of a list; default 100. */
  pageSize?: number;
  /** Gives pictures as `data:` URIs; default true in a browser page, where `<img>` cannot load from a function. */
  dataUris?: boolean;
  /** A clock in place of the platform's, for tests. */
  clock?: Clock;
}

/** The clock of a sandbox. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early, without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A handler with the signature of `fetch`. */
export interface Sandbox {
  (request: Request | string | URL, init?: RequestInit): Promise<Response>;
  /** Every prediction that it has accepted, by id, in its current state. */
  readonly predictions: Map<string, Record<string, any>>;
}

/**
 * A server that answers like Replicate, offline: the provider's protocol under `/api`, the HTTP API under
 * `/v1`, event streams and pictures. Its models are toys. Sandboxes share nothing. A wrong or unknown option throws a
 * `TypeError`.
 *
 * Relative URLs are resolved against the page, or `http://localhost` without one. It rejects with the signal's
 * reason when the signal is aborted, and with a TypeError where a directive (`[drop]`) drops the connection.
 *
 * @example
 * const client = new Replicate({ baseUrl: "http://localhost/v1", fetch: createSandbox() });
 */
export function createSandbox(options?: SandboxOptions): Sandbox;
