/// <reference lib="esnext.disposable" />

/**
 * Loads the WebAssembly module. Await it once before anything else; further and concurrent calls share one
 * load, and a load that failed can be tried again. In Node, Deno, Bun and Workers it is done already.
 *
 * @param moduleOrPath where the module is, when it does not stand beside the script: a URL, a Response, the
 *   bytes or a `WebAssembly.Module`, or a promise of one
 * @example
 * import init, { ReplicateHome } from "replicate-wasm";
 * await init();
 */
export default function init(moduleOrPath?: unknown): Promise<unknown>;

// ---- shared ---------------------------------------------------------------------------------------------

/** What stands in for the global `fetch`; it is called with a URL or a Request. */
export type Fetch = (input: string | Request, init?: RequestInit) => Promise<Response>;

/** Headers in any of the forms that `fetch` takes. */
export type HeaderValues = Headers | Record<string, string> | [string, string][];

/** A `Uint8Array` of memory that is not shared, as Blob and `fetch` take it; in every version of TypeScript. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** A prediction's state; the last four are final. */
export type Status = "starting" | "processing" | "succeeded" | "failed" | "canceled" | "aborted";

export type Visibility = "public" | "private";
export type WebhookEventType = "start" | "output" | "logs" | "completed";

/** How files in an input are sent. "default" uploads, and inlines what could not be uploaded: 10 MB in all. */
export type FileEncodingStrategy = "default" | "upload" | "data-uri";

export interface SignalOptions {
  /** Stops the call, which rejects with the signal's own reason. */
  signal?: AbortSignal;
}

// ---- predictions ----------------------------------------------------------------------------------------

/** A snapshot of a prediction, from any of the servers. Its own names are the server's. */
export interface Prediction<Output = unknown> {
  id: string;
  status: Status;
  /** Any JSON. While the prediction is `processing` it may be there in part. */
  output?: Output;
  /** What the model said when it failed. */
  error?: unknown;
  /** What the model has printed so far; see {@link parseProgressFromLogs}. */
  logs?: string;
  /** `predict_time` and `total_time` in seconds, counts of tokens, and what else the model measures. */
  metrics?: Record<string, number>;
  urls?: PredictionUrls;
  /** `owner/name` */
  model?: string;
  /** The version's id, or "hidden". */
  version?: string;
  input?: object;
  source?: "api" | "web";
  /** Inputs and outputs are removed after an hour by default. */
  data_removed?: boolean;
  deadline?: string;
  deployment?: string;
  webhook?: string;
  webhook_events_filter?: WebhookEventType[];
  /** ISO 8601 */
  created_at?: string;
  started_at?: string | null;
  completed_at?: string | null;
}

export interface PredictionUrls {
  get: string;
  cancel: string;
  /** Where the model can stream. */
  stream?: string;
  web?: string;
}

/** A prediction as Replicate's API answers it. */
export interface ApiPrediction<Output = unknown> extends Prediction<Output> {
  model: string;
  version: string;
  input: object;
  urls: PredictionUrls;
  created_at: string;
  data_removed: boolean;
}

/** One server-sent event of a prediction. */
export interface ServerSentEvent {
  /** "output", "logs", "done", "message" for an unnamed one, or what else the server sends. */
  readonly event: string;
  /** The text; a {@link FileOutput} for a file of a model that streams files. */
  readonly data: string | FileOutput;
  /** The last id the server has sent. */
  readonly id: string | undefined;
  /** The text of an output event; empty for every other. */
  toString(): string;
}

/** Where a stream stands, as plain data: keep it, and {@link Replicate.resume} goes on right after it. */
export interface StreamHandle {
  /** The prediction's id; absent before the create was answered. */
  id?: string;
  /** The id of the last event delivered. */
  lastEventId?: string;
  /** How much was delivered. */
  delivered: number;
}

/**
 * What every stream of this package is: an asynchronous iterator over the results of one prediction. Nothing
 * is sent before the first `next()`; leaving the loop stops the request and, unless `cancelOnBreak` is
 * false, the prediction.
 *
 * @example
 * for await (const text of client.streamText("meta/meta-llama-3-8b-instruct", { input: { prompt } })) show(text);
 */
export class PredictionStream<T> {
  private constructor();
  /** The newest snapshot: id, status, logs, metrics, urls. Undefined before the first answer. */
  readonly prediction: Prediction | undefined;
  /** The prediction's id, known as soon as the create was answered. */
  readonly id: string | undefined;
  /**
   * The next result. Concurrent calls are answered in order.
   * @throws {ReplicateError} once; afterwards the stream is at its end
   */
  next(): Promise<IteratorResult<T, void>>;
  /** Ends the stream: pending `next()` calls are settled at once. */
  return(value?: void): Promise<IteratorResult<T, void>>;
  /** Ends the stream and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<T, void>>;
  [Symbol.asyncIterator](): PredictionStream<T>;
  /** As `return()`, at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Stops reading, and cancels the prediction on the server where its protocol can ({@link ReplicateHome}'s cannot). */
  cancel(): Promise<void>;
  /**
   * Reads the stream to its end: all of the output's text, from the first chunk on.
   * @throws {ReplicateError} "invalid_argument" after more than 8 MiB of it were read before
   */
  text(): Promise<string>;
  /** What {@link Replicate.resume} takes; `JSON.stringify(stream)` gives it too. */
  toJSON(): StreamHandle;
  /** The same results as a web stream, read as fast as its reader wants them. */
  toReadableStream(): ReadableStream<T>;
}

// ---- the provider ---------------------------------------------------------------------------------------

/** A part of a message: text parts are joined by line breaks, an image becomes the model's `image` input. */
export type ContentPart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

export interface Message {
  /** "user", "assistant", "system" or any other. */
  role: string;
  content: string | ContentPart[];
}

export interface HomeOptions<Input extends object = object> {
  /** A model or one of its aliases; "google-deepmind/gemma-2b-it". */
  model?: string;
  messages?: Message[];
  /** In place of the messages; it wins over `input.prompt`. */
  prompt?: string;
  /** Base URL of a relay, in place of `https://homepage.replicate.com`; may be relative to the page. */
  proxy?: string;
  /** Further inputs of the model, beside `prompt`. */
  input?: Input;
  /** Sent with each request, for a relay's own session. */
  headers?: HeaderValues;
  /** Milliseconds between two polls; 5000. */
  pollIntervalMs?: number;
  /** Polls before it is a time-out; 30. */
  maxAttempts?: number;
  signal?: AbortSignal;
  /** The global `fetch`. */
  fetch?: Fetch;
}

/** The models of Replicate's home page, by its own protocol. */
export class ReplicateHome {
  private constructor();
  static readonly url: string;
  static readonly apiEndpoint: string;
  /** False: the public endpoint was withdrawn; a relay stands in for it. */
  static readonly working: boolean;
  static readonly supportsStream: boolean;
  static readonly defaultModel: string;
  static readonly defaultImageModel: string;
  static readonly imageModels: string[];
  static readonly textModels: string[];
  static readonly models: string[];
  static readonly modelAliases: Record<string, string>;
  static readonly modelVersions: Record<string, string>;
  /**
   * The model of a name or alias, the default model for none.
   * @throws {ReplicateError} "model_not_supported" for an unknown name
   */
  static getModel(name?: string | null): string;
  /**
   * Text in chunks, or images, as they come.
   *
   * Arguments without sense reject the first `next()` with "invalid_argument"; the call itself never throws.
   * @throws {ReplicateError} from `next()`: "model_not_supported", "http", "network", "protocol", "failed",
   *   "canceled", "aborted", and "timeout" when `maxAttempts` polls did not see the end
   * @example
   * const messages = [{ role: "user", content: "Write a short poem about spring." }];
   * for await (const chunk of ReplicateHome.createAsyncGenerator({ model: "gemma-2b", messages, proxy: "/relay" })) {
   *   console.log(String(chunk));
   * }
   */
  static createAsyncGenerator(options: HomeOptions): PredictionStream<string | ImageResponse>;
}

/** An image: `String(image)` is Markdown, `JSON.stringify(image)` its data. */
export class ImageResponse {
  constructor(url: string, alt?: string, fetch?: Fetch);
  readonly url: string;
  /** The prompt. */
  readonly alt: string;
  /** Downloads the image. @throws {ReplicateError} "http" or "network" */
  blob(): Promise<Blob>;
  /** Downloads the image. @throws {ReplicateError} "http" or "network" */
  bytes(): Promise<Bytes>;
  /** A `blob:` URL of the downloaded image, for `<img>`. Give it to `URL.revokeObjectURL` when it is no longer shown. */
  objectUrl(): Promise<string>;
  /** `[![alt](url)](url)`, safe against what stands in either. */
  toString(): string;
  toJSON(): { url: string; alt: string };
}

// ---- the client -----------------------------------------------------------------------------------------

/** Time limits and retries: of a client, or of one call in its place. */
export interface Limits {
  /**
   * How often one request is repeated where that can do no harm; 5. The first pause is half a second at most, each
   * further one twice as long; a pause that the server asks for is kept, up to a minute.
   */
  maxRetries?: number;
  /** Milliseconds to the first byte of an answer; 30000. Sync mode adds its own wait. */
  connectTimeoutMs?: number;
  /** Milliseconds before the first event of a stream, a fifth of it between events; 300000. */
  idleTimeoutMs?: number;
  /** Milliseconds for the whole prediction; 1800000. */
  timeoutMs?: number;
}

export interface ReplicateOptions extends Limits {
  /**
   * A token, or a function that gives one: it is asked anew when a token was refused (401). In Node and the
   * like it falls back to `REPLICATE_API_TOKEN`. It cannot be read back.
   */
  auth?: string | (() => string | Promise<string>);
  /** `https://api.replicate.com/v1`; in a page the URL of a relay with its `/v1`, which may be relative. */
  baseUrl?: string;
  /** The global `fetch`. */
  fetch?: Fetch;
  /** Sent where the platform allows it, never from a page. */
  userAgent?: string;
  /** Files of an output as {@link FileOutput}, not as strings; true. */
  useFileOutput?: boolean;
  /** "default" */
  fileEncodingStrategy?: FileEncodingStrategy;
  /** Allows a raw `auth` string in a page, where anybody can read it; false. */
  dangerouslyAllowBrowser?: boolean;
  /** Sent with each request to the base URL's origin. */
  headers?: HeaderValues;
}

/** What every prediction takes. Blobs, Files, ArrayBuffers and their views may stand anywhere in `input`. */
export interface PredictionOptions<Input extends object = object> extends SignalOptions, Limits {
  input: Input;
  /** An absolute https URL that is called with the prediction. */
  webhook?: string;
  /** The events that call it; all of them. */
  webhook_events_filter?: WebhookEventType[];
}

export interface RunOptions<Input extends object = object> extends PredictionOptions<Input> {
  /**
   * "block" (the default) lets the server hold its answer, for `timeout` seconds (1 to 60) or as long as it likes, and
   * polls afterwards, first after 0.5 and then up to every 5 seconds, whatever `interval` says; "poll" asks every
   * `interval` milliseconds; 500.
   */
  wait?: { mode: "block"; timeout?: number; interval?: number } | { mode: "poll"; interval?: number };
}

export interface StreamOptions<Input extends object = object> extends PredictionOptions<Input> {
  /** Cancel the prediction when the loop is left early; true. */
  cancelOnBreak?: boolean;
}

export interface ResumeOptions extends SignalOptions, Limits {
  /** Cancel the prediction when the loop is left early; true. */
  cancelOnBreak?: boolean;
}

export interface CreateOptions<Input extends object = object> extends PredictionOptions<Input> {
  /** Let the server hold its answer: true for as long as it likes, or a number of seconds. */
  wait?: boolean | number;
  /** @deprecated The prediction of a model that can stream has `urls.stream` without it. */
  stream?: boolean;
}

export interface RequestOptions extends SignalOptions {
  /** "GET" */
  method?: string;
  /** Added to the URL's query. */
  params?: Record<string, string | number | boolean>;
  headers?: HeaderValues;
  /** FormData and strings are sent as they are, all else as JSON. */
  data?: unknown;
}

export interface Page<T> {
  previous?: string | null;
  /** The URL of the next page. */
  next?: string | null;
  results: T[];
}

/**
 * A client of Replicate's HTTP API, with the methods of `replicate` on npm.
 *
 * @throws {ReplicateError} "unsafe_auth" for a raw token in a page; "invalid_argument" for options without
 *   sense, and in a page without `baseUrl`
 * @example
 * const client = new Replicate({ baseUrl: "/relay/v1" });
 * const [image] = await client.run<[FileOutput]>("black-forest-labs/flux-schnell", { input: { prompt: "a lake" } });
 */
export class Replicate {
  constructor(options?: ReplicateOptions);
  readonly baseUrl: string;
  readonly userAgent: string;
  /** What it is, and nothing that is secret. */
  toJSON(): { baseUrl: string; userAgent: string };
  /**
   * Runs a model and resolves to its output once it has succeeded.
   *
   * @param ref `owner/name`, `owner/name:version`, or a version's id
   * @param onProgress called with every new snapshot
   * @throws {ReplicateError} "failed", "canceled", "aborted", "timeout", "http", "network", "protocol";
   *   "unknown_outcome" when the prediction may have been created: it is not sent again
   */
  run<Output = unknown, Input extends object = object>(
    ref: string,
    options: RunOptions<Input>,
    onProgress?: (prediction: ApiPrediction) => void,
  ): Promise<Output>;
  /**
   * The events of a prediction as they come. A connection that breaks is taken up again without a lost or
   * repeated event.
   * @throws {ReplicateError} from `next()`: as `run`, and "interrupted" with the `partial` text
   */
  stream<Input extends object = object>(ref: string, options: StreamOptions<Input>): PredictionStream<ServerSentEvent>;
  /** Only the text of the output events, in order; the fastest way to read them. */
  streamText<Input extends object = object>(ref: string, options: StreamOptions<Input>): PredictionStream<string>;
  /** Takes up a prediction begun earlier: an id replays all of its output, a handle goes on right after it. */
  resume(target: string | StreamHandle, options?: ResumeOptions): PredictionStream<ServerSentEvent>;
  /**
   * Polls until the prediction is at an end, and resolves to it.
   * @param options `interval`: milliseconds between two polls; 500
   * @param stop called after each poll; true ends the waiting
   * @throws {ReplicateError} "failed" and the like
   */
  wait<P extends Prediction>(
    prediction: P,
    options?: { interval?: number } & SignalOptions & Limits,
    stop?: (prediction: P) => boolean | Promise<boolean>,
  ): Promise<P>;
  /**
   * One request to the API, repeated after failures that allow it.
   * @param route a path below the base URL, or an absolute URL of the API
   * @throws {ReplicateError} "http" with `status`, `detail`, `request` and `response`, or "network"
   */
  request(route: string | URL, options?: RequestOptions): Promise<Response>;
  /**
   * The pages of a list, asked for one by one.
   * @example
   * for await (const models of client.paginate(client.models.list)) console.log(models.length);
   */
  paginate<T>(
    endpoint: (options?: SignalOptions) => Promise<Page<T>>,
    options?: SignalOptions,
  ): AsyncGenerator<T[], void, void>;

  readonly predictions: {
    /** Creates a prediction and does not wait for its end, unless `wait` says so. */
    create<Output = unknown, Input extends object = object>(
      options: CreateOptions<Input> & ({ version: string; model?: string } | { model: string; version?: undefined }),
    ): Promise<ApiPrediction<Output>>;
    get<Output = unknown>(prediction_id: string, options?: SignalOptions): Promise<ApiPrediction<Output>>;
    cancel(prediction_id: string, options?: SignalOptions): Promise<ApiPrediction>;
    list(options?: SignalOptions): Promise<Page<ApiPrediction>>;
  };
  readonly models: {
    get(model_owner: string, model_name: string, options?: SignalOptions): Promise<Model>;
    list(options?: SignalOptions): Promise<Page<Model>>;
    create(model_owner: string, model_name: string, options: ModelSettings & SignalOptions): Promise<Model>;
    search(query: string, options?: SignalOptions): Promise<Page<Model>>;
    readonly versions: {
      list(model_owner: string, model_name: string, options?: SignalOptions): Promise<Page<ModelVersion>>;
      get(model_owner: string, model_name: string, version_id: string, options?: SignalOptions): Promise<ModelVersion>;
    };
  };
  readonly deployments: {
    get(deployment_owner: string, deployment_name: string, options?: SignalOptions): Promise<Deployment>;
    list(options?: SignalOptions): Promise<Page<Deployment>>;
    create(deployment_config: DeploymentConfig, options?: SignalOptions): Promise<Deployment>;
    update(
      deployment_owner: string,
      deployment_name: string,
      deployment_config: DeploymentUpdate,
      options?: SignalOptions,
    ): Promise<Deployment>;
    /** True when it is gone. */
    delete(deployment_owner: string, deployment_name: string, options?: SignalOptions): Promise<boolean>;
    readonly predictions: {
      create<Output = unknown, Input extends object = object>(
        deployment_owner: string,
        deployment_name: string,
        options: CreateOptions<Input>,
      ): Promise<ApiPrediction<Output>>;
    };
  };
  readonly trainings: {
    create<Input extends object = object>(
      model_owner: string,
      model_name: string,
      version_id: string,
      options: PredictionOptions<Input> & { destination: `${string}/${string}` },
    ): Promise<Training>;
    get(training_id: string, options?: SignalOptions): Promise<Training>;
    cancel(training_id: string, options?: SignalOptions): Promise<Training>;
    list(options?: SignalOptions): Promise<Page<Training>>;
  };
  readonly collections: {
    get(collection_slug: string, options?: SignalOptions): Promise<Collection>;
    list(options?: SignalOptions): Promise<Page<Collection>>;
  };
  readonly files: {
    /** Uploads a file; its name and type are kept. Its `urls.get` may stand in an input. */
    create(
      file: Blob | ArrayBuffer | ArrayBufferView,
      metadata?: Record<string, unknown>,
      options?: SignalOptions,
    ): Promise<FileObject>;
    get(file_id: string, options?: SignalOptions): Promise<FileObject>;
    list(options?: SignalOptions): Promise<Page<FileObject>>;
    /** True when it is gone. */
    delete(file_id: string, options?: SignalOptions): Promise<boolean>;
  };
  readonly hardware: { list(options?: SignalOptions): Promise<Hardware[]> };
  readonly accounts: { current(options?: SignalOptions): Promise<Account> };
  readonly webhooks: {
    readonly default: { readonly secret: { get(options?: SignalOptions): Promise<WebhookSecret> } };
  };
}

// ---- what the API answers -------------------------------------------------------------------------------

export interface Account {
  type: "user" | "organization";
  username: string;
  name: string;
  github_url?: string;
  avatar_url?: string;
}

export interface Collection {
  name: string;
  slug: string;
  description: string;
  full_description?: string | null;
  models?: Model[];
}

export interface Deployment {
  owner: string;
  name: string;
  current_release: {
    number: number;
    model: string;
    version: string;
    created_at: string;
    created_by: Account;
    configuration: { hardware: string; min_instances: number; max_instances: number };
  };
}

export interface DeploymentConfig {
  name: string;
  /** `owner/name` */
  model: string;
  version: string;
  /** A `sku` of `hardware.list()`. */
  hardware: string;
  min_instances: number;
  max_instances: number;
}

/** At least one of them. */
export type DeploymentUpdate = {
  version?: string;
  hardware?: string;
  min_instances?: number;
  max_instances?: number;
} & ({ version: string } | { hardware: string } | { min_instances: number } | { max_instances: number });

export interface FileObject {
  id: string;
  name?: string;
  content_type: string;
  /** Bytes. */
  size: number;
  checksums: { sha256: string };
  metadata: Record<string, unknown>;
  created_at: string;
  expires_at: string | null;
  urls: { get: string };
}

export interface Hardware {
  sku: string;
  name: string;
}

export interface Model {
  url: string;
  owner: string;
  name: string;
  description?: string | null;
  visibility: Visibility;
  is_official?: boolean;
  github_url?: string | null;
  paper_url?: string | null;
  license_url?: string | null;
  run_count: number;
  cover_image_url?: string | null;
  default_example?: ApiPrediction | null;
  latest_version?: ModelVersion | null;
}

export interface ModelSettings {
  visibility: Visibility;
  /** A `sku` of `hardware.list()`. */
  hardware: string;
  description?: string;
  github_url?: string;
  paper_url?: string;
  license_url?: string;
  cover_image_url?: string;
}

export interface ModelVersion {
  id: string;
  created_at: string;
  cog_version: string | null;
  openapi_schema: object | null;
}

export interface Training {
  id: string;
  status: Status;
  model: string;
  version: string;
  input: object;
  output?: { version?: string; weights?: string } | null;
  source?: "api" | "web";
  error?: unknown;
  logs?: string;
  metrics?: Record<string, number>;
  webhook?: string;
  webhook_events_filter?: WebhookEventType[];
  created_at: string;
  started_at?: string | null;
  completed_at?: string | null;
  urls: { get: string; cancel: string; web?: string };
}

export interface WebhookSecret {
  /** `whsec_` and base64. */
  key: string;
}

// ---- a model server of one's own ------------------------------------------------------------------------

export interface CogServerOptions extends Limits {
  /** Such as `http://127.0.0.1:5000`. */
  baseUrl: string;
  /** Sent with each request. */
  headers?: HeaderValues;
  /** Files of an output as {@link FileOutput}, not as strings; true. */
  useFileOutput?: boolean;
  /** The global `fetch`. */
  fetch?: Fetch;
}

export interface CogOptions<Input extends object = object> extends SignalOptions, Limits {
  /** Files in it are sent as data URIs. */
  input: Input;
  /** The prediction's id, 1 to 64 letters, digits, - and _; by default a new one. */
  id?: string;
  /** Stop the model when the loop is left early; true. With false no cancel is sent, but the server stops by itself what nobody reads. */
  cancelOnBreak?: boolean;
}

export interface Health {
  status: "STARTING" | "READY" | "BUSY" | "SETUP_FAILED" | "DEFUNCT" | "UNHEALTHY";
  setup?: unknown;
  version?: unknown;
}

/**
 * A self-hosted Cog model server.
 *
 * The model never runs twice for one call: where that cannot be excluded, the call ends with "interrupted".
 * A server that is busy answers code "http" with status 409.
 * @example
 * const cog = new Cog({ baseUrl: "http://127.0.0.1:5000" });
 * for await (const text of cog.streamText({ input: { prompt: "spring" } })) console.log(text);
 */
export class Cog {
  constructor(options: CogServerOptions);
  readonly baseUrl: string;
  run<Output = unknown, Input extends object = object>(options: CogOptions<Input>): Promise<Output>;
  stream<Input extends object = object>(options: CogOptions<Input>): PredictionStream<ServerSentEvent>;
  streamText<Input extends object = object>(options: CogOptions<Input>): PredictionStream<string>;
  health(options?: SignalOptions): Promise<Health>;
}

// ---- files, webhooks, progress --------------------------------------------------------------------------

/**
 * A file of an output: the stream of its bytes, of which nothing is fetched before the first read. As a
 * stream it is read once; `blob()`, `bytes()` and `for await` each download it anew, any number of times.
 *
 * @throws {ReplicateError} when read: "http" with the status, or "network"
 * @example
 * const file = await client.run<FileOutput>("acme/lake", { input });
 * image.src = URL.createObjectURL(await file.blob());
 */
export class FileOutput extends ReadableStream<Bytes> {
  constructor(url: string, fetch?: Fetch);
  url(): URL;
  blob(): Promise<Blob>;
  bytes(): Promise<Bytes>;
  [Symbol.asyncIterator](): AsyncGenerator<Bytes, undefined, unknown>;
  /** The URL. */
  toString(): string;
  toJSON(): string;
}

export interface WebhookData {
  /** The header `webhook-id`. */
  id: string;
  /** The header `webhook-timestamp`: seconds. */
  timestamp: string;
  /** The header `webhook-signature`. */
  signature: string;
  /** As it was sent: text, bytes or a stream. An object that a framework has parsed goes through `JSON.stringify`. */
  body: string | object;
  /** From `webhooks.default.secret.get()`. */
  secret: string;
}

export interface WebhookOptions {
  /** How far the timestamp may be off, in milliseconds; 300000. */
  toleranceMs?: number;
}

/** A Request, or what a framework has made of one. */
export interface WebhookRequest {
  headers: { get(name: string): string | null } | Record<string, string | string[] | undefined>;
  body: string | object | null;
}

/**
 * Was this webhook signed with the secret, and within the tolerance? WebCrypto compares in constant time.
 *
 * @param request can still be read afterwards
 * @param secret `whsec_…`
 * @returns false for a wrong signature and for a timestamp too far off
 * @throws {ReplicateError} "invalid_argument" when a header, the body or the secret is missing
 * @example
 * if (!(await validateWebhook(request, secret))) return new Response(null, { status: 401 });
 * const prediction = await request.json();
 */
export function validateWebhook(request: WebhookRequest, secret: string, options?: WebhookOptions): Promise<boolean>;
export function validateWebhook(data: WebhookData, options?: WebhookOptions): Promise<boolean>;
export function validateWebhook(data: Omit<WebhookData, "secret">, secret: string, options?: WebhookOptions): Promise<boolean>;

export interface Progress {
  /** From 0 to 1. */
  percentage: number;
  current: number;
  total: number;
}

/**
 * The last progress bar (tqdm's) in a prediction's logs; null where there is none.
 * @example
 * parseProgressFromLogs(" 76%|███████   | 7568/10000"); // { percentage: 0.76, current: 7568, total: 10000 }
 */
export function parseProgressFromLogs(predictionOrLogs: { logs?: string | null } | string | null | undefined): Progress | null;

// ---- errors ---------------------------------------------------------------------------------------------

/** What went wrong. */
export type ErrorCode =
  // the caller: an option without sense, which the message names; a name that the provider has not; a token in a page
  | "invalid_argument"
  | "model_not_supported"
  | "unsafe_auth"
  // the way there and back: no answer; an answer that is no success, or that the protocol does not have; a stream
  // that broke, of which the rest cannot be had
  | "network"
  | "http"
  | "protocol"
  | "interrupted"
  // a create that may have been accepted: not resent
  | "unknown_outcome"
  // the prediction's own end, or a time limit, which the message names
  | "failed"
  | "canceled"
  | "aborted"
  | "timeout";

/** Everything that goes wrong in this package; only an aborted signal rejects with its own reason. */
export class ReplicateError extends Error {
  constructor(code: ErrorCode, message: string, fields?: object);
  readonly code: ErrorCode;
  /** Of the answer. */
  readonly status?: number;
  /** The server's own words. */
  readonly detail?: string;
  readonly predictionId?: string;
  /** When the server wants to be asked again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What the model had printed. */
  readonly logs?: string;
  /** The text delivered before; at most its last 8 MiB. */
  readonly partial?: string;
  /** Without a token, and without what signs a URL. */
  readonly request?: { method: string; url: string };
  readonly response?: Response;
}

/** The name that `replicate` on npm gives its error. */
export { ReplicateError as ApiError };
