/** The options of {@link createSandbox}. */
export interface SandboxOptions {
  /** Another seed gives other texts and pictures. Default: 0. Ids are never the same twice. */
  seed?: number;
  /** Milliseconds for a step of a prediction, about one token. Default: 60. With 0 it is over at the next request. */
  stepMs?: number;
  /** With it, `/v1` answers 401 without `Authorization: Bearer <token>`. */
  token?: string;
  /** Directives for every prediction, without their brackets: `["429: 2"]`. Default: none. */
  faults?: string[];
  /** What `urls.get`, `urls.cancel`, `next` and `previous` begin with. Default: the sandbox's own `/v1`. */
  apiUrl?: string;
  /** Rows of a list's page. Default: 100. */
  pageSize?: number;
  /** Pictures as `data:` URIs. Default: true in a page, where `<img>` cannot ask a function. */
  dataUris?: boolean;
  /** A clock for tests. Default: the platform's. */
  clock?: Clock;
}

/** The time that a sandbox lives by. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A handler with the signature of `fetch`. */
export interface Sandbox {
  (request: Request | string | URL, init?: RequestInit): Promise<Response>;
  /** Every prediction it has accepted, by id, as it is at the moment of looking. */
  readonly predictions: Map<string, Record<string, any>>;
}

/**
 * A server that answers like Replicate, offline: the provider's protocol under `/api`, the HTTP API under
 * `/v1`, event streams and pictures. Its models are toys; two sandboxes share nothing. A wrong or
 * unknown option throws a `TypeError`.
 *
 * A relative URL stands under the page, or under `http://localhost`. It rejects with the signal's reason when
 * that is aborted, and with a TypeError where a directive in the prompt (`[drop]`) drops the connection.
 *
 * @example
 * const client = new Replicate({ baseUrl: "http://localhost/v1", fetch: createSandbox() });
 */
export function createSandbox(options?: SandboxOptions): Sandbox;
