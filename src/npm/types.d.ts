// Written by hand, in the syntax of TypeScript 4.9. JavaScript readers see these texts in their editors, so each name says
// what it is, with its unit, its default and its errors. tests/client/descriptions.test.mjs holds every name to it.

declare global {
  // Not by `/// <reference lib="esnext.disposable" />`, which TypeScript before 5.2 does not know.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/**
 * Loads the WebAssembly module. Await it once before anything else. Further and concurrent calls share one load; a load
 * that failed can be tried again. In Node, Deno, Bun and Workers the import has done it already, and it does nothing.
 *
 * @param source where the module is, if it is not beside the script: a URL or a Request to fetch, a Response, the bytes, or
 *   a compiled module; a promise of one of them; or one of them as `{ module_or_path: … }`
 * @throws an Error that names the address, and says so when the server sent a page in place of the module
 * @example
 * import init, { Replicate } from "replicate-wasm";
 * await init();
 */
export default function init(source?: unknown): Promise<unknown>;

// ---- shared ---------------------------------------------------------------------------------------------

/** A function that stands in for the global `fetch`. It is called with a URL or a Request. */
export type Fetch = (input: string | Request, init?: RequestInit) => Promise<Response>;

/** Headers in any form that `fetch` takes. */
export type HeaderValues = Headers | Record<string, string> | [string, string][];

/** Headers, or a function that gives them: it is called for each request, and again when one is refused with 401. */
export type HeaderSource = HeaderValues | (() => HeaderValues | Promise<HeaderValues>);

/** Whether requests carry cookies, as `fetch` has it: never, to the page's own origin, or always. */
export type Credentials = "omit" | "same-origin" | "include";

/** A `Uint8Array` of memory that is not shared, as Blob and `fetch` take it. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** The state of a prediction on the server. The last four are final. */
export type Status = "starting" | "processing" | "succeeded" | "failed" | "canceled" | "aborted";

/** Who can see a model. */
export type Visibility = "public" | "private";

/** The events that Replicate calls a webhook for. */
export type WebhookEventType = "start" | "output" | "logs" | "completed";

/**
 * How the files in an input are sent. "default" uploads each file and inlines one whose upload failed; "upload" only
 * uploads; "data-uri" only inlines. At most 10 MB in all can be inlined.
 */
export type FileEncodingStrategy = "default" | "upload" | "data-uri";

/** What every call takes. */
export interface SignalOptions {
  /** Stops the call, which then rejects with the signal's own reason. */
  signal?: AbortSignal;
}

/**
 * What a call is doing, for a page to show: `onState` gets it, and `stream.state` is the newest.
 *
 * @example
 * function show(state) {
 *   if (state.type === "waiting") status.textContent = `Trying again in ${Math.ceil(state.retryAfterMs / 1000)} s`;
 *   if (state.type === "running") status.textContent = state.status === "starting" ? "The model starts" : "The model runs";
 * }
 * const stream = client.streamText(model, { input, onState: show });
 */
export type CallState =
  /** Files of the input are being uploaded. */
  | { type: "uploading" }
  /** The request is on its way. */
  | { type: "sending" }
  /** A request failed and is sent again after `retryAfterMs`. `attempt` counts from 1. */
  | { type: "waiting"; reason: "rate_limited" | "retry"; retryAfterMs: number; attempt: number; error: ReplicateError }
  /** The server has the prediction, in this status. */
  | { type: "running"; status: Status }
  /** Events arrive. */
  | { type: "streaming" }
  /** The stream broke and is opened again. `attempt` counts from 1. */
  | { type: "reconnecting"; attempt: number; error: ReplicateError }
  /** The prediction is polled; `reason` says why it is not streamed, if that was wanted. */
  | { type: "polling"; reason?: ReplicateError }
  /** The call is over. `status` is the prediction's last; `canceled` is true when the server confirmed the cancel. */
  | { type: "ended"; status?: Status; canceled?: boolean };

/** An option of a client and of each call. */
export interface StateOptions {
  /**
   * Called at each change of state. It may call `cancel()`. What it throws goes to `reportError`, and the call goes on.
   */
  onState?(state: CallState): void;
}

// ---- predictions ----------------------------------------------------------------------------------------

/** A snapshot of a prediction, of any of the servers. The names of its fields are the server's. */
export interface Prediction<Output = unknown> {
  /** The prediction's id. */
  id: string;
  /** Its state when the server answered. */
  status: Status;
  /** Any JSON. It may be there in part while the status is "processing". */
  output?: Output;
  /** What the model said when it failed. */
  error?: unknown;
  /** What the model has printed so far; see {@link parseProgressFromLogs}. */
  logs?: string;
  /** `predict_time` and `total_time` in seconds, counts of tokens, and what else the model measures. */
  metrics?: Record<string, number>;
  /** Where the prediction can be asked about, canceled and streamed. */
  urls?: PredictionUrls;
  /** The model, as `owner/name`. */
  model?: string;
  /** The version's id, or "hidden". */
  version?: string;
  /** The input, with the URLs of its files. */
  input?: object;
  /** Whether it was made by the API or on Replicate's site. */
  source?: "api" | "web";
  /** Whether input and output were removed, which happens after an hour by default. */
  data_removed?: boolean;
  /** When the server stops it, in ISO 8601. */
  deadline?: string;
  /** The deployment that it runs on, as `owner/name`. */
  deployment?: string;
  /** The URL that is called with the prediction. */
  webhook?: string;
  /** The events that the webhook is called for. */
  webhook_events_filter?: WebhookEventType[];
  /** When it was created, in ISO 8601. */
  created_at?: string;
  /** When the model began with it, in ISO 8601. */
  started_at?: string | null;
  /** When it ended, in ISO 8601. */
  completed_at?: string | null;
}

/** The addresses of a prediction. The client asks them under its own `baseUrl`. */
export interface PredictionUrls {
  /** Answers with the prediction. */
  get: string;
  /** Cancels the prediction, by POST. */
  cancel: string;
  /** The events of a model that can stream. */
  stream?: string;
  /** The prediction's page on Replicate's site. A relay leaves it out. */
  web?: string;
}

/** A prediction as Replicate's API answers it. */
export interface ApiPrediction<Output = unknown> extends Prediction<Output> {
  /** The model, as `owner/name`. */
  model: string;
  /** The version's id, or "hidden". */
  version: string;
  /** The input, with the URLs of its files. */
  input: object;
  /** Where the prediction can be asked about, canceled and streamed. */
  urls: PredictionUrls;
  /** When it was created, in ISO 8601. */
  created_at: string;
  /** Whether input and output were removed. */
  data_removed: boolean;
}

/** One server-sent event of a prediction. */
export interface ServerSentEvent {
  /** "output", "logs", "done", "message" for an event without a name, or what else the server sends. */
  readonly event: string;
  /** The text; a {@link FileOutput} where the model streams files. */
  readonly data: string | FileOutput;
  /** The last id that the server has sent. */
  readonly id: string | undefined;
  /** The text of an output event; empty for every other event. */
  toString(): string;
}

/** The place that a stream has reached, as plain data. Keep it, and {@link Replicate.resume} goes on right after it. */
export interface StreamHandle {
  /** The prediction's id; absent before the create was answered. */
  id?: string;
  /** The id of the last event that was delivered. */
  lastEventId?: string;
  /** How many bytes of text were delivered. */
  delivered: number;
}

/**
 * What every stream of this package is: an async iterator over the results of one prediction. It sends nothing before the
 * first `next()`. Leaving the loop stops the request and, unless `cancelOnBreak` is false, the prediction.
 *
 * @example
 * for await (const text of client.streamText("meta/meta-llama-3-8b-instruct", { input: { prompt } })) show(text);
 */
export class PredictionStream<T> {
  private constructor();
  /** The newest snapshot: id, status, logs, metrics, urls. Undefined before the first answer. */
  readonly prediction: Prediction | undefined;
  /** The prediction's id. Undefined before the create was answered. */
  readonly id: string | undefined;
  /** What the stream is doing now. */
  readonly state: CallState;
  /**
   * The next result. Concurrent calls are answered in order.
   *
   * @throws {ReplicateError} once; afterwards the stream is at its end
   */
  next(): Promise<IteratorResult<T, void>>;
  /** Ends the stream. Pending `next()` calls settle at once. */
  return(value?: void): Promise<IteratorResult<T, void>>;
  /** Ends the stream and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<T, void>>;
  /** The stream itself, for `for await`. */
  [Symbol.asyncIterator](): PredictionStream<T>;
  /**
   * As `return()`, at the end of an `await using` block. Engines without `Symbol.asyncDispose` have no such method: Safari
   * is one.
   */
  [Symbol.asyncDispose](): Promise<void>;
  /**
   * Stops reading, and cancels the prediction on the server where its protocol can ({@link ReplicateHome}'s cannot).
   *
   * A page that is being closed can call it too. But Firefox loses some of the requests that are sent then: `cancelAfter`,
   * of the client or of the relay, bounds what a prediction can cost.
   */
  cancel(): Promise<void>;
  /**
   * Reads the stream to its end.
   *
   * @returns all of the output's text, what was read before included
   * @throws {ReplicateError} as `next()`; "invalid_argument" if more than 8 MiB of text were read before
   * @example
   * console.log(await client.streamText(model, { input }).text());
   */
  text(): Promise<string>;
  /** The place reached, for {@link Replicate.resume}. `JSON.stringify(stream)` gives it too. */
  toJSON(): StreamHandle;
  /**
   * The same results as a web stream. It reads only as fast as its reader.
   *
   * @example
   * return new Response(client.streamText(model, { input }).toReadableStream().pipeThrough(new TextEncoderStream()));
   */
  toReadableStream(): ReadableStream<T>;
}

// ---- the provider ---------------------------------------------------------------------------------------

/** A part of a message. Text parts are joined by line breaks; an image becomes the model's input `image`. */
export type ContentPart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

/** One message of a chat. */
export interface Message {
  /** "user", "assistant", "system" or any other. */
  role: string;
  /** The text, or its parts. */
  content: string | ContentPart[];
}

/** The options of {@link ReplicateHome.createAsyncGenerator}. One of `messages` and `prompt` is needed. */
export interface HomeOptions<Input extends object = object> extends SignalOptions, StateOptions {
  /** A model or one of its aliases. Default: "google-deepmind/gemma-2b-it". */
  model?: string;
  /** The chat, from which the prompt is made. */
  messages?: Message[];
  /** The prompt itself. It wins over `messages` and over `input.prompt`. */
  prompt?: string;
  /**
   * The base URL of a relay; in a page it may be relative, such as "/relay". Default: `https://homepage.replicate.com`,
   * which was withdrawn.
   */
  proxy?: string;
  /** Further inputs of the model, beside `prompt`. Default: none. */
  input?: Input;
  /** Headers of each request, for a relay's own session. Default: none. */
  headers?: HeaderSource;
  /** Whether requests carry cookies. Default: "same-origin". */
  credentials?: Credentials;
  /** Milliseconds between two polls. Default: 5000. */
  pollIntervalMs?: number;
  /** Polls before the call ends as a time-out. Default: 30. */
  maxAttempts?: number;
  /** Stands in for the global `fetch`. */
  fetch?: Fetch;
}

/** The models of Replicate's home page, by its own protocol. It has no instances. */
export class ReplicateHome {
  private constructor();
  /** The provider's site. */
  static readonly url: string;
  /** Where a prediction is created without `proxy`. */
  static readonly apiEndpoint: string;
  /** False: the public endpoint was withdrawn, and a relay stands in for it (`proxy`). */
  static readonly working: boolean;
  /** True: results come one after another. */
  static readonly supportsStream: boolean;
  /** The text model that is used without a name. */
  static readonly defaultModel: string;
  /** The first of the image models. */
  static readonly defaultImageModel: string;
  /** The names of the image models. */
  static readonly imageModels: string[];
  /** The names of the text models. */
  static readonly textModels: string[];
  /** The names of all models. */
  static readonly models: string[];
  /** Short names, with the models that they stand for. */
  static readonly modelAliases: Record<string, string>;
  /** The version's id of each model. */
  static readonly modelVersions: Record<string, string>;
  /**
   * The model of a name or an alias; the default model for none.
   *
   * @throws {ReplicateError} "model_not_supported" for an unknown name
   */
  static getModel(name?: string | null): string;
  /**
   * Text in chunks, or images. It polls every 5 seconds.
   *
   * Wrong arguments reject the first `next()` with "invalid_argument"; the call itself never throws.
   *
   * @throws {ReplicateError} from `next()`: "invalid_argument", "model_not_supported", "http", "network", "protocol",
   *   "failed", "canceled", "aborted", and "timeout" after `maxAttempts` polls
   * @example
   * const messages = [{ role: "user", content: "Write a short poem about spring." }];
   * for await (const chunk of ReplicateHome.createAsyncGenerator({ model: "gemma-2b", messages, proxy: "/relay" })) {
   *   console.log(String(chunk));
   * }
   */
  static createAsyncGenerator(options: HomeOptions): PredictionStream<string | ImageResponse>;
}

/**
 * An image: `String(image)` is Markdown, `JSON.stringify(image)` its data.
 *
 * @example
 * document.querySelector("img").src = image.url;
 */
export class ImageResponse {
  constructor(url: string, alt?: string, fetch?: Fetch);
  /** The address of the image: an `https:` URL or a `data:` URI. */
  readonly url: string;
  /** The alternative text, which is the prompt. */
  readonly alt: string;
  /**
   * Downloads the image.
   *
   * @throws {ReplicateError} "http" with the status; "network", also for an image that was cut short
   */
  blob(): Promise<Blob>;
  /**
   * Downloads the image.
   *
   * @throws {ReplicateError} as `blob()`
   */
  bytes(): Promise<Bytes>;
  /**
   * Downloads the image and makes a `blob:` URL of it, for `<img>`. Give the URL to `URL.revokeObjectURL` when the image is
   * no longer shown.
   *
   * @throws {ReplicateError} as `blob()`
   */
  objectUrl(): Promise<string>;
  /** `[![alt](url)](url)`, safe against what stands in either. An address that is no file's is never linked. */
  toString(): string;
  /** What `JSON.stringify` writes. */
  toJSON(): { url: string; alt: string };
}

// ---- the client -----------------------------------------------------------------------------------------

/** Time limits and retries: of a client, or of one call in place of the client's. */
export interface Limits {
  /**
   * How often a request is repeated where that can do no harm. Default: 5. The first pause is at most half a second, each
   * further one twice as long. A pause that the server asks for is kept, up to a minute.
   */
  maxRetries?: number;
  /** Milliseconds to the first byte of an answer. Default: 30000. In mode "block" the server's own wait is added. */
  connectTimeoutMs?: number;
  /**
   * Milliseconds of silence before the first event of a stream; between events it is a fifth of that. Default: 300000.
   * After a silence the client asks for the prediction, and the call goes on while that runs.
   */
  idleTimeoutMs?: number;
  /** Milliseconds for the whole call. Default: 1800000. Then the prediction is canceled, unless `cancelOnBreak` is false. */
  timeoutMs?: number;
}

/** What limits the cost of a prediction. */
export interface CostOptions {
  /**
   * How long a prediction may run at most, such as "90s", "1m" or "1h30m": the server then cancels it, even if nobody is
   * there to ask for that. It is sent as `Cancel-After`. Default: none.
   */
  cancelAfter?: string;
}

/** The options of a {@link Replicate} client. */
export interface ReplicateOptions extends Limits, CostOptions, StateOptions {
  /**
   * A token, or a function that gives one, which is called again when a token was refused (401). An empty string is no
   * token. It cannot be read back. Default outside a page: the environment's `REPLICATE_API_TOKEN`.
   */
  auth?: string | (() => string | Promise<string>);
  /**
   * The address of the API. In a page it is required: the URL of a relay with its `/v1`, which may be relative. Default
   * outside a page: `https://api.replicate.com/v1`.
   */
  baseUrl?: string;
  /** Stands in for the global `fetch`. */
  fetch?: Fetch;
  /** The `User-Agent`, which a page cannot set. Default: `replicate-wasm/` and the version. */
  userAgent?: string;
  /** Whether the files of an output are {@link FileOutput} rather than strings. Default: true. */
  useFileOutput?: boolean;
  /** How the files of an input are sent. Default: "default". */
  fileEncodingStrategy?: FileEncodingStrategy;
  /** Allows a token as a string in a page, where anybody can read it. Default: false. */
  dangerouslyAllowBrowser?: boolean;
  /** Headers of each request to the base URL's origin. Default: none. */
  headers?: HeaderSource;
  /** Whether requests to the base URL carry cookies. Default: "same-origin". Files of other hosts are always fetched without. */
  credentials?: Credentials;
}

/** Where Replicate sends its webhook calls. */
export interface WebhookTarget {
  /** An absolute https URL that is called with the prediction. */
  webhook?: string;
  /** The events that it is called for. Default: all of them. */
  webhook_events_filter?: WebhookEventType[];
}

/** What every prediction takes. */
export interface PredictionOptions<Input extends object = object>
  extends SignalOptions,
    Limits,
    CostOptions,
    StateOptions,
    WebhookTarget {
  /** The model's input. Blobs, Files, ArrayBuffers and their views may stand anywhere in it. */
  input: Input;
}

/** The options of {@link Replicate.run}. */
export interface RunOptions<Input extends object = object> extends PredictionOptions<Input>, LeaveOptions {
  /**
   * How to wait for the end. "block" lets the server hold its answer, for `timeout` seconds (1 to 60) or as long as it
   * likes. If the prediction still runs then, it is polled: first after 0.5, later every 5 seconds. "poll" asks every
   * `interval` milliseconds, 500 by default; `interval` has no effect in mode "block". Default: `{ mode: "block" }`.
   */
  wait?: { mode: "block"; timeout?: number; interval?: number } | { mode: "poll"; interval?: number };
}

/** What happens to a prediction when its call ends early. */
export interface LeaveOptions {
  /** Cancel the prediction when the loop is left early, the signal aborts or `timeoutMs` has passed. Default: true. */
  cancelOnBreak?: boolean;
}

/** The options of {@link Replicate.stream} and {@link Replicate.streamText}. */
export interface StreamOptions<Input extends object = object> extends PredictionOptions<Input>, LeaveOptions {}

/** The options of {@link Replicate.resume}. */
export interface ResumeOptions extends SignalOptions, Limits, StateOptions, LeaveOptions {}

/** The options of {@link Replicate.wait}. */
export interface WaitOptions extends SignalOptions, Limits, StateOptions {
  /** Milliseconds between two polls. Default: 500. */
  interval?: number;
}

/** The options of `predictions.create` and `deployments.predictions.create`. */
export interface CreateOptions<Input extends object = object> extends SignalOptions, CostOptions, WebhookTarget {
  /** The model's input. Blobs, Files, ArrayBuffers and their views may stand anywhere in it. */
  input: Input;
  /** Lets the server hold its answer: true for as long as it likes, or a number of seconds. */
  wait?: boolean | number;
  /** @deprecated The prediction of a model that can stream has `urls.stream` without it. */
  stream?: boolean;
}

/** The options of {@link Replicate.request}. */
export interface RequestOptions extends SignalOptions, Limits, StateOptions {
  /** The HTTP method. Default: "GET". */
  method?: string;
  /** Added to the query of the URL. */
  params?: Record<string, string | number | boolean>;
  /** Headers of this request. */
  headers?: HeaderValues;
  /** The body. FormData, Blobs, bytes and strings are sent as they are, everything else as JSON. */
  data?: unknown;
}

/** One page of a list. */
export interface Page<T> {
  /** The URL of the page before; null on the first. */
  previous?: string | null;
  /** The URL of the next page; null on the last. */
  next?: string | null;
  /** The rows of this page. */
  results: T[];
}

/**
 * A client of Replicate's HTTP API, with the methods of `replicate` on npm.
 *
 * @throws {ReplicateError} "unsafe_auth" for a token as a string in a page; "invalid_argument" for a wrong option, and in
 *   a page without `baseUrl`
 * @example
 * const client = new Replicate({ baseUrl: "/relay/v1" });
 * const [image] = await client.run<[FileOutput]>("black-forest-labs/flux-schnell", { input: { prompt: "a lake" } });
 */
export class Replicate {
  constructor(options?: ReplicateOptions);
  /** The address of the API or of a relay, without a slash at its end. */
  readonly baseUrl: string;
  /** The `User-Agent`, where the platform allows one. */
  readonly userAgent: string;
  /** What `JSON.stringify` writes; nothing in it is secret. */
  toJSON(): { baseUrl: string; userAgent: string };
  /**
   * Runs a model to its end.
   *
   * @param ref `owner/name`, `owner/name:version`, or a version's id
   * @param onProgress called with every new snapshot; what it throws, the call rejects with
   * @returns the output, its files as {@link FileOutput}
   * @throws {ReplicateError} "failed", "canceled", "aborted", "timeout", "http", "network", "protocol"; "unknown_outcome"
   *   if the prediction may have been created although no usable answer came: it is never sent again
   * @example
   * const text = await client.run<string[]>("meta/meta-llama-3-8b-instruct", { input: { prompt: "a poem" } });
   */
  run<Output = unknown, Input extends object = object>(
    ref: string,
    options: RunOptions<Input>,
    onProgress?: (prediction: ApiPrediction) => void,
  ): Promise<Output>;
  /**
   * Runs a model and gives its events as they come. A connection that breaks is opened again, and no event is lost or
   * repeated.
   *
   * @param ref as for `run`
   * @throws {ReplicateError} from `next()`: as `run`, and "interrupted" with the `partial` text
   * @example
   * for await (const event of client.stream(model, { input })) {
   *   if (event.event === "output") show(String(event));
   * }
   */
  stream<Input extends object = object>(ref: string, options: StreamOptions<Input>): PredictionStream<ServerSentEvent>;
  /**
   * Runs a model and gives the text of its output as it comes: the fastest way to read it.
   *
   * @param ref as for `run`
   * @throws {ReplicateError} from `next()`: as `stream`
   * @example
   * for await (const text of client.streamText(model, { input })) show(text);
   */
  streamText<Input extends object = object>(ref: string, options: StreamOptions<Input>): PredictionStream<string>;
  /**
   * Goes on with a prediction that was begun earlier, perhaps by another page. The model does not run again.
   *
   * @param target an id, whose output is delivered from its start; or a handle, after which it goes on
   * @throws {ReplicateError} from `next()`: as `stream`
   * @example
   * localStorage.handle = JSON.stringify(stream);
   * // later, after a reload
   * for await (const event of client.resume(JSON.parse(localStorage.handle))) show(String(event));
   */
  resume(target: string | StreamHandle, options?: ResumeOptions): PredictionStream<ServerSentEvent>;
  /**
   * Polls until a prediction has ended. It only watches: its time limit cancels nothing.
   *
   * @param stop called after each poll; true ends the waiting
   * @returns the prediction as it was last seen; a canceled one is no error
   * @throws {ReplicateError} "failed", "timeout", "http", "network", "protocol"
   */
  wait<P extends Prediction>(
    prediction: P,
    options?: WaitOptions,
    stop?: (prediction: P) => boolean | Promise<boolean>,
  ): Promise<P>;
  /**
   * Sends any request to the API, and repeats it after failures that allow that.
   *
   * @param route a path below the base URL, or an absolute URL of the API
   * @returns the answer, if it is one of success
   * @throws {ReplicateError} "http" with `status`, `detail`, `request` and `response`; "network"; "unknown_outcome" for a
   *   POST that got no answer
   * @example
   * const { username } = await (await client.request("/account")).json();
   */
  request(route: string | URL, options?: RequestOptions): Promise<Response>;
  /**
   * The pages of a list. Each is asked for when the loop gets there.
   *
   * @param endpoint gives the first page, such as `client.models.list`
   * @throws {ReplicateError} from the loop: as `request`
   * @example
   * for await (const models of client.paginate(client.models.list)) console.log(models.length);
   */
  paginate<T>(
    endpoint: (options?: SignalOptions) => Promise<Page<T>>,
    options?: SignalOptions,
  ): AsyncGenerator<T[], void, void>;

  /** Predictions, by the requests of Replicate's API. */
  readonly predictions: {
    /**
     * Creates a prediction. It does not wait for the end, unless `wait` says so.
     *
     * @throws {ReplicateError} as `request`; "unknown_outcome" for an answer that says nothing of the prediction's fate
     */
    create<Output = unknown, Input extends object = object>(
      options: CreateOptions<Input> & ({ version: string; model?: string } | { model: string; version?: undefined }),
    ): Promise<ApiPrediction<Output>>;
    /** A prediction as it is now. */
    get<Output = unknown>(prediction_id: string, options?: SignalOptions): Promise<ApiPrediction<Output>>;
    /** Cancels a prediction. One that has ended stays as it is. */
    cancel(prediction_id: string, options?: SignalOptions): Promise<ApiPrediction>;
    /** The predictions of the account, newest first. */
    list(options?: SignalOptions): Promise<Page<ApiPrediction>>;
  };
  /** Models and their versions. */
  readonly models: {
    /** One model. */
    get(model_owner: string, model_name: string, options?: SignalOptions): Promise<Model>;
    /** All public models. */
    list(options?: SignalOptions): Promise<Page<Model>>;
    /** Creates a model without versions. */
    create(model_owner: string, model_name: string, options: ModelSettings & SignalOptions): Promise<Model>;
    /** Searches models by text. */
    search(query: string, options?: SignalOptions): Promise<Page<Model>>;
    /** The versions of a model. */
    readonly versions: {
      /** All versions of a model, newest first. */
      list(model_owner: string, model_name: string, options?: SignalOptions): Promise<Page<ModelVersion>>;
      /** One version. */
      get(model_owner: string, model_name: string, version_id: string, options?: SignalOptions): Promise<ModelVersion>;
    };
  };
  /** Deployments: models on hardware of the account's own. */
  readonly deployments: {
    /** One deployment. */
    get(deployment_owner: string, deployment_name: string, options?: SignalOptions): Promise<Deployment>;
    /** The deployments of the account. */
    list(options?: SignalOptions): Promise<Page<Deployment>>;
    /** Creates a deployment. Its instances cost while they are up. */
    create(deployment_config: DeploymentConfig, options?: SignalOptions): Promise<Deployment>;
    /** Changes a deployment: what is named becomes its next release. */
    update(
      deployment_owner: string,
      deployment_name: string,
      deployment_config: DeploymentUpdate,
      options?: SignalOptions,
    ): Promise<Deployment>;
    /** Deletes a deployment; true when it is gone. */
    delete(deployment_owner: string, deployment_name: string, options?: SignalOptions): Promise<boolean>;
    /** Predictions on a deployment. */
    readonly predictions: {
      /** Creates a prediction on a deployment, as `predictions.create` does for a model. */
      create<Output = unknown, Input extends object = object>(
        deployment_owner: string,
        deployment_name: string,
        options: CreateOptions<Input>,
      ): Promise<ApiPrediction<Output>>;
    };
  };
  /** Trainings, which make a version of a model. */
  readonly trainings: {
    /**
     * Starts a training.
     *
     * @param options `destination`: the model that gets the new version
     * @throws {ReplicateError} as `predictions.create`
     */
    create<Input extends object = object>(
      model_owner: string,
      model_name: string,
      version_id: string,
      options: TrainingOptions<Input>,
    ): Promise<Training>;
    /** A training as it is now. */
    get(training_id: string, options?: SignalOptions): Promise<Training>;
    /** Cancels a training. */
    cancel(training_id: string, options?: SignalOptions): Promise<Training>;
    /** The trainings of the account, newest first. */
    list(options?: SignalOptions): Promise<Page<Training>>;
  };
  /** Collections of models on Replicate's site. */
  readonly collections: {
    /** One collection, with its models. */
    get(collection_slug: string, options?: SignalOptions): Promise<Collection>;
    /** All collections, without their models. */
    list(options?: SignalOptions): Promise<Page<Collection>>;
  };
  /** Files that are kept for a while, to be named in inputs. */
  readonly files: {
    /**
     * Uploads a file. A type or name that it lacks follows from the other, or from the first bytes.
     *
     * @returns the file, whose `urls.get` may stand in an input
     * @throws {ReplicateError} as `request`; "invalid_argument" for a file that cannot be read
     */
    create(
      file: Blob | ArrayBuffer | ArrayBufferView,
      metadata?: Record<string, unknown>,
      options?: SignalOptions,
    ): Promise<FileObject>;
    /** What is known of a file. */
    get(file_id: string, options?: SignalOptions): Promise<FileObject>;
    /** The files of the account. */
    list(options?: SignalOptions): Promise<Page<FileObject>>;
    /** Deletes a file; true when it is gone. */
    delete(file_id: string, options?: SignalOptions): Promise<boolean>;
  };
  /** The hardware that models can run on. */
  readonly hardware: {
    /** Lists all hardware. */
    list(options?: SignalOptions): Promise<Hardware[]>;
  };
  /** The account of the token. */
  readonly accounts: {
    /** Gets the account. */
    current(options?: SignalOptions): Promise<Account>;
  };
  /** Webhooks; see {@link validateWebhook}. */
  readonly webhooks: {
    /** The webhook that every account has. */
    readonly default: {
      /** The key that signs its requests. */
      readonly secret: {
        /** The secret. */
        get(options?: SignalOptions): Promise<WebhookSecret>;
      };
    };
  };
}

// ---- what the API answers -------------------------------------------------------------------------------

/** An account of Replicate. */
export interface Account {
  /** A person or an organization. */
  type: "user" | "organization";
  /** The `owner` of its models. */
  username: string;
  /** The name that people read. */
  name: string;
  /** Its page on GitHub. */
  github_url?: string;
  /** Its picture. */
  avatar_url?: string;
}

/** A collection of models on Replicate's site. */
export interface Collection {
  /** The name that people read. */
  name: string;
  /** The name in URLs, for `collections.get`. */
  slug: string;
  /** A sentence on it. */
  description: string;
  /** The whole text on it, as Markdown. */
  full_description?: string | null;
  /** Its models; absent in a list. */
  models?: Model[];
}

/** A deployment and its current release. */
export interface Deployment {
  /** The account that it belongs to. */
  owner: string;
  /** Its name within the account. */
  name: string;
  /** What runs now. */
  current_release: {
    /** Counts releases from 1. */
    number: number;
    /** The model, as `owner/name`. */
    model: string;
    /** The version's id. */
    version: string;
    /** When it was made, in ISO 8601. */
    created_at: string;
    /** Who made it. */
    created_by: Account;
    /** What it runs on. */
    configuration: {
      /** A `sku` of `hardware.list()`. */
      hardware: string;
      /** Instances that are always up. */
      min_instances: number;
      /** Instances that may be up at most. */
      max_instances: number;
    };
  };
}

/** What a new deployment needs. */
export interface DeploymentConfig {
  /** Its name within the account. */
  name: string;
  /** The model, as `owner/name`. */
  model: string;
  /** The version's id. */
  version: string;
  /** A `sku` of `hardware.list()`. */
  hardware: string;
  /** Instances that are always up, and cost. */
  min_instances: number;
  /** Instances that may be up at most. */
  max_instances: number;
}

/** What a deployment can change: at least one of the fields. */
export type DeploymentUpdate = {
  version?: string;
  hardware?: string;
  min_instances?: number;
  max_instances?: number;
} & ({ version: string } | { hardware: string } | { min_instances: number } | { max_instances: number });

/** A file that was uploaded. */
export interface FileObject {
  /** The file's id. */
  id: string;
  /** The name that it was uploaded with. */
  name?: string;
  /** Its media type. */
  content_type: string;
  /** Its size in bytes. */
  size: number;
  /** What its bytes can be checked against, in hexadecimal digits. */
  checksums: { sha256: string };
  /** What the caller gave with it. */
  metadata: Record<string, unknown>;
  /** When it was uploaded, in ISO 8601. */
  created_at: string;
  /** When it will be deleted, in ISO 8601. */
  expires_at: string | null;
  /** `get` may stand in an input. */
  urls: { get: string };
}

/** A kind of machine. */
export interface Hardware {
  /** Its name in requests. */
  sku: string;
  /** The name that people read. */
  name: string;
}

/** A model on Replicate. */
export interface Model {
  /** Its page on Replicate's site. */
  url: string;
  /** The account that it belongs to. */
  owner: string;
  /** Its name within the account. */
  name: string;
  /** A sentence on it. */
  description?: string | null;
  /** Who can see it. */
  visibility: Visibility;
  /** Whether it can be run by its name alone, without a version. */
  is_official?: boolean;
  /** Its source. */
  github_url?: string | null;
  /** The paper behind it. */
  paper_url?: string | null;
  /** Its license. */
  license_url?: string | null;
  /** How often it was run. */
  run_count: number;
  /** A picture of it. */
  cover_image_url?: string | null;
  /** A prediction that shows what it does. */
  default_example?: ApiPrediction | null;
  /** Its newest version; null for a model without one. */
  latest_version?: ModelVersion | null;
}

/** What a new model needs. */
export interface ModelSettings {
  /** Who can see it. */
  visibility: Visibility;
  /** A `sku` of `hardware.list()`. */
  hardware: string;
  /** A sentence on it. */
  description?: string;
  /** Its source. */
  github_url?: string;
  /** The paper behind it. */
  paper_url?: string;
  /** Its license. */
  license_url?: string;
  /** A picture of it. */
  cover_image_url?: string;
}

/** A version of a model. */
export interface ModelVersion {
  /** The version's id, 64 hexadecimal digits. */
  id: string;
  /** When it was pushed, in ISO 8601. */
  created_at: string;
  /** The version of Cog that it was built with. */
  cog_version: string | null;
  /** An OpenAPI description of its inputs and outputs. */
  openapi_schema: object | null;
}

/** The options of `trainings.create`. */
export interface TrainingOptions<Input extends object = object> extends SignalOptions, CostOptions, WebhookTarget {
  /** The training's input. Blobs, Files, ArrayBuffers and their views may stand anywhere in it. */
  input: Input;
  /** The model that gets the new version, as `owner/name`. */
  destination: `${string}/${string}`;
}

/** A training as Replicate's API answers it. */
export interface Training {
  /** The training's id. */
  id: string;
  /** Its state when the server answered. */
  status: Status;
  /** The model that is trained, as `owner/name`. */
  model: string;
  /** The id of the version that is trained. */
  version: string;
  /** Its input, with the URLs of its files. */
  input: object;
  /** What it has made: a version, and the URL of its weights. */
  output?: { version?: string; weights?: string } | null;
  /** Whether it was made by the API or on Replicate's site. */
  source?: "api" | "web";
  /** The error message of a failure. */
  error?: unknown;
  /** What it has printed so far. */
  logs?: string;
  /** `predict_time` and `total_time` in seconds, and what else it measures. */
  metrics?: Record<string, number>;
  /** The URL that is called with the training. */
  webhook?: string;
  /** The events that the webhook is called for. */
  webhook_events_filter?: WebhookEventType[];
  /** When it was created, in ISO 8601. */
  created_at: string;
  /** When it began, in ISO 8601. */
  started_at?: string | null;
  /** When it ended, in ISO 8601. */
  completed_at?: string | null;
  /** Where it can be asked about and canceled; its page on Replicate's site. */
  urls: { get: string; cancel: string; web?: string };
}

/** What webhooks are signed with. */
export interface WebhookSecret {
  /** `whsec_` and base64. */
  key: string;
}

// ---- a model server of one's own ------------------------------------------------------------------------

/** The options of a {@link Cog} client. */
export interface CogServerOptions extends Limits, StateOptions {
  /** Where the server is, such as `http://127.0.0.1:5000`; in a page it may be relative. */
  baseUrl: string;
  /** Headers of each request. */
  headers?: HeaderSource;
  /** Whether requests carry cookies. Default: "same-origin". */
  credentials?: Credentials;
  /** Whether the files of an output are {@link FileOutput} rather than strings. Default: true. */
  useFileOutput?: boolean;
  /** Stands in for the global `fetch`. */
  fetch?: Fetch;
}

/** The options of each call of a {@link Cog} client. */
export interface CogOptions<Input extends object = object> extends SignalOptions, Limits, StateOptions {
  /** The model's input. Its files are sent as data URIs, 10 MB in all. */
  input: Input;
  /** The prediction's id, 1 to 64 letters, digits, - and _. Default: a new one. */
  id?: string;
  /** Stop the model when the loop is left early. Default: true. With false no cancel is sent, but Cog itself stops what nobody reads. */
  cancelOnBreak?: boolean;
}

/** The status of a Cog server. */
export interface Health {
  /** Only "READY" takes a prediction. */
  status: "STARTING" | "READY" | "BUSY" | "SETUP_FAILED" | "DEFUNCT" | "UNHEALTHY";
  /** How the model's set-up went: its status, its logs, when it began and ended. */
  setup?: unknown;
  /** The versions of Cog and of Python. */
  version?: unknown;
}

/**
 * A client of a Cog model server of your own.
 *
 * The model never runs twice for one call: where that cannot be excluded, the call ends with "interrupted". A busy server
 * is code "http" with status 409.
 *
 * @throws {ReplicateError} "invalid_argument" for a wrong option, and without `baseUrl`
 * @example
 * const cog = new Cog({ baseUrl: "http://127.0.0.1:5000" });
 * for await (const text of cog.streamText({ input: { prompt: "spring" } })) console.log(text);
 */
export class Cog {
  constructor(options: CogServerOptions);
  /** The address of the server, without a slash at its end. */
  readonly baseUrl: string;
  /**
   * Runs the model to its end.
   *
   * @returns the output, its files as {@link FileOutput}
   * @throws {ReplicateError} "failed", "canceled", "timeout", "http", "network", "protocol", "interrupted"
   */
  run<Output = unknown, Input extends object = object>(options: CogOptions<Input>): Promise<Output>;
  /**
   * Runs the model and gives its events as they come.
   *
   * @throws {ReplicateError} from `next()`: as `run`
   */
  stream<Input extends object = object>(options: CogOptions<Input>): PredictionStream<ServerSentEvent>;
  /**
   * Runs the model and gives the text of its output as it comes.
   *
   * @throws {ReplicateError} from `next()`: as `run`
   */
  streamText<Input extends object = object>(options: CogOptions<Input>): PredictionStream<string>;
  /**
   * The server's status.
   *
   * @throws {ReplicateError} "http" or "network"
   */
  health(options?: SignalOptions): Promise<Health>;
}

// ---- files, webhooks, progress --------------------------------------------------------------------------

/**
 * A file of an output, as a stream of its bytes. It sends no request before the first read. As a stream it is read once;
 * `blob()`, `bytes()` and `for await` each download it anew, any number of times.
 *
 * @throws {ReplicateError} when it is read: "http" with the status; "network", also for a file that was cut short;
 *   "protocol" for a malformed `data:` URI
 * @example
 * const file = await client.run<FileOutput>("acme/lake", { input });
 * image.src = URL.createObjectURL(await file.blob());
 */
export class FileOutput extends ReadableStream<Bytes> {
  constructor(url: string, fetch?: Fetch);
  /** The address, as a URL of your own. */
  url(): URL;
  /** Downloads the file. */
  blob(): Promise<Blob>;
  /** Downloads the file. */
  bytes(): Promise<Bytes>;
  /** Downloads the file in chunks. */
  [Symbol.asyncIterator](): AsyncGenerator<Bytes, undefined, unknown>;
  /** The address, as the server gave it. */
  toString(): string;
  /** The address, as the server gave it. */
  toJSON(): string;
}

/** The parts of a webhook, for callers without a Request. */
export interface WebhookData {
  /** The header `webhook-id`. */
  id: string;
  /** The header `webhook-timestamp`: seconds since 1970. */
  timestamp: string;
  /** The header `webhook-signature`. */
  signature: string;
  /** The body as it was sent: text, bytes or a stream. An object that a framework has parsed goes through `JSON.stringify`. */
  body: string | object;
  /** From `webhooks.default.secret.get()`. */
  secret: string;
}

/** The options of {@link validateWebhook}. */
export interface WebhookOptions {
  /** How far the timestamp may be off, in milliseconds. Default: 300000. */
  toleranceMs?: number;
  /** For platforms without a global `crypto`: the `subtle` of a `Crypto` object. Default: `crypto.subtle`. */
  subtle?: { importKey(...args: any[]): Promise<any>; verify(...args: any[]): Promise<boolean> };
}

/** A Request, or what a framework has made of one, or the event of an AWS Lambda. */
export interface WebhookRequest {
  /** The headers, their names in any case. */
  headers: { get(name: string): string | null } | Record<string, string | string[] | undefined>;
  /** The body as it was sent: text, bytes or a stream. An object that a framework has parsed goes through `JSON.stringify`. */
  body?: string | object | null;
  /** Whether the body is base64, as AWS Lambda says it. Default: false. */
  isBase64Encoded?: boolean;
}

/**
 * Tells whether a webhook was signed with the secret, and within the tolerance. WebCrypto compares in constant time.
 *
 * @param request can still be read afterwards
 * @param secret `whsec_…`
 * @returns false for a wrong signature and for a timestamp too far off
 * @throws {ReplicateError} "invalid_argument" if a header, the body or the secret is missing
 * @example
 * if (!(await validateWebhook(request, secret))) return new Response(null, { status: 401 });
 * const prediction = await request.json();
 */
export function validateWebhook(request: WebhookRequest, secret: string, options?: WebhookOptions): Promise<boolean>;
/** The same for the parts of a webhook, the secret among them. */
export function validateWebhook(data: WebhookData, options?: WebhookOptions): Promise<boolean>;
/** The same for the parts of a webhook, the secret beside them. */
export function validateWebhook(data: Omit<WebhookData, "secret">, secret: string, options?: WebhookOptions): Promise<boolean>;

/** How far a prediction is, by its own count. */
export interface Progress {
  /** From 0 to 1. */
  percentage: number;
  /** Steps that are done. */
  current: number;
  /** All steps. */
  total: number;
}

/**
 * The last progress bar (tqdm's) in a prediction's logs.
 *
 * @returns null if there is none
 * @example
 * parseProgressFromLogs(" 76%|███████   | 7568/10000"); // { percentage: 0.76, current: 7568, total: 10000 }
 */
export function parseProgressFromLogs(predictionOrLogs: { logs?: string | null } | string | null | undefined): Progress | null;

// ---- errors ---------------------------------------------------------------------------------------------

/** What went wrong. */
export type ErrorCode =
  /** An option or an argument is wrong; the message names it. */
  | "invalid_argument"
  /** The provider has no model of this name. */
  | "model_not_supported"
  /** A token as a string in a page, where anybody can read it. */
  | "unsafe_auth"
  /** No answer came, or its body broke off. */
  | "network"
  /** The server refused; `status` and `detail` say why. */
  | "http"
  /** An answer came that Replicate never gives, such as a web page: look for a wrong address or a proxy in between. */
  | "protocol"
  /** A stream broke, and the rest of it is gone; `partial` is what came. */
  | "interrupted"
  /** A create that may have been accepted. It is not sent again, since it may cost twice: look at your predictions first. */
  | "unknown_outcome"
  /** The model failed. */
  | "failed"
  /** The prediction was canceled after it had begun. */
  | "canceled"
  /** The prediction was canceled before it began. */
  | "aborted"
  /** A time limit passed; the message names it. */
  | "timeout";

/** What {@link ReplicateError.toJSON} gives: what is known, and nothing secret. */
export interface ErrorData {
  /** "ReplicateError". */
  name: string;
  /** One sentence, the server's own words last. */
  message: string;
  /** What went wrong. */
  code: ErrorCode;
  /** The status of the answer. */
  status?: number;
  /** The server's own words. */
  detail?: string;
  /** The prediction's id. */
  predictionId?: string;
  /** Milliseconds after which the server wants to be asked again. */
  retryAfterMs?: number;
  /** What the model had printed. */
  logs?: string;
  /** The text that was delivered before; at most its last 8 MiB. */
  partial?: string;
  /** The request that failed, without what signs its URL. */
  request?: { method: string; url: string };
}

/**
 * The one error of this package. A call that its signal stops rejects with the signal's own reason instead.
 *
 * @example
 * try {
 *   await client.run(model, { input });
 * } catch (error) {
 *   if (error instanceof ReplicateError && error.code === "unknown_outcome") lookBeforeTryingAgain();
 *   else throw error;
 * }
 */
export class ReplicateError extends Error {
  constructor(code: ErrorCode, message: string, fields?: object);
  /** What went wrong. */
  readonly code: ErrorCode;
  /** The status of the answer. */
  readonly status?: number;
  /** The server's own words. */
  readonly detail?: string;
  /** The prediction's id. */
  readonly predictionId?: string;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfterMs?: number;
  /** What the model had printed. */
  readonly logs?: string;
  /** The text that was delivered before; at most its last 8 MiB. */
  readonly partial?: string;
  /** The request that failed, without a token and without what signs its URL. */
  readonly request?: { method: string; url: string };
  /** The answer itself, of `request` and of files. It is not in `toJSON()`. */
  readonly response?: Response;
  /** What `JSON.stringify` writes: what is known, never `cause` or `response`. */
  toJSON(): ErrorData;
}

/** The name that `replicate` on npm gives its error. */
export { ReplicateError as ApiError };
