/**
 * One stream's side of the host: who waits for its results, its request, its body, and what wakes it. What
 * happens next the core decides; here is what holds JavaScript objects.
 */

import { ReplicateError } from "./error.js";
import { exchange } from "./exchange.js";
import { ServerSentEvent } from "./files.js";
import { ANY, LOWER, TITLE, toTitleCase } from "./platform.js";
import { ANSWER, BODY, CANCEL, DEMAND, LEAVE, PAGE, PLACE, THROWN, TIMEOUT } from "./platform.js";
import { BESIDE, END, FAILURE, KEEPALIVE, NOTHING, SNAPSHOTS, TEXT, WHOLE } from "./platform.js";
import { describe, inPage, parse } from "./platform.js";

/**
 * Why a request is aborted. Made once: one made on the spot would hold its stack, that the stream, and a signal all of them.
 * Not by `AbortSignal.abort()`, which Workers refuse outside of a request.
 */
const CLOSED = new DOMException("Closed", "AbortError");

/** The end of an iteration, as the protocol of iterators has it. */
const over = () => ({ value: undefined, done: true });

export class Host {
  /** The newest answer about the prediction. */
  prediction;
  #call;
  #driver;
  #began;
  /** What has happened: first what the core is at work on, and the document that came with that. */
  #inbox = [];
  #document;
  /** Callers for whom there was no result, each with the stream, which it may have let go of. */
  #callers = [];
  /** The results of the last batch, and how many of them nobody has got: of a reader that has gone no iterator is left. */
  #batch = [];
  #results;
  #left = 0;
  /** Pieces of the next. */
  #items = [];
  /** One for each stream: Safari's fails after 2 GiB. */
  #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  #closed = false;
  #silent = false;
  /** What it ended with, as long as nobody was told. */
  #errors = [];
  #cause;
  #listening = new AbortController();
  #request;
  /** The body of the answer: how it is asked for its next piece, and closed. */
  #body;
  /** What that brought while the core was not reading, or that it has brought nothing yet; and the bytes. */
  #brought;
  #chunk;
  /** Why it broke. */
  #broken;
  #leavers = [];
  /** What the core told of its place. */
  #place = { text: new Uint8Array(), delivered: 0 };

  /**
   * @param {object} call how requests are sent (exchange.js), `goal`, `toResult(data, name, id)`, and what the core is
   * to do: the names stand in open.rs; and `signal`, which stops it
   */
  constructor(call) {
    this.#call = this.#document = call;
  }

  /** What happens next decides this driver; without one the stream is over. */
  drive(driver) {
    this.#driver = driver;
  }

  get id() {
    return this.#call.id ?? this.prediction?.id;
  }

  /** Before the first request: the signal and the page are listened to from here on. */
  #begin() {
    this.#began = performance.now();
    const { document } = globalThis;
    const until = { signal: this.#listening.signal };
    if (inPage()) {
      addEventListener("online", () => this.#happen(PAGE), until);
      document?.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#happen(PAGE), until);
    }
    const { signal } = this.#call;
    const abort = () => {
      this.reject(signal.reason);
      this.leave();
    };
    signal?.addEventListener("abort", abort, until);
    if (signal?.aborted) abort();
  }

  #happen(what, document) {
    // What happens while the core is at work is taken up when that is done.
    if (this.#inbox.push([what, document]) > 1) return;
    for (; this.#inbox.length; this.#inbox.shift()) {
      [what, this.#document] = this.#inbox[0];
      this.#work(what);
    }
    this.#free();
  }

  /** The core's memory is given back at once, and not when somebody finds that nobody holds the stream. */
  #free() {
    if (!this.#silent || !this.#driver) return;
    const place = this.#ask();
    place.text = place.text.slice();
    this.#driver.free();
    this.#driver = undefined;
  }

  /** Time is milliseconds since the first call; they never jump. */
  #work(what) {
    this.#driver?.work(what, performance.now() - this.#began, Math.random());
  }

  timeout() {
    this.#happen(TIMEOUT);
  }

  /** What is at a path of the document. Only an array has a length. */
  #at(path) {
    const step = (value, key) => (typeof value === "object" && (key !== "length" || Array.isArray(value)) ? value?.[key] : undefined);
    return path.split(".").reduce(step, this.#document) ?? undefined;
  }

  parse(bytes) {
    const data = this.#utf8.decode(bytes);
    const json = parse(data);
    this.#document = { ...this.#document, data, json };
    return json !== undefined;
  }

  show(text, how) {
    if (how === LOWER) return text.toLowerCase();
    if (how === TITLE) return toTitleCase(text);
    const value = this.#at(text);
    return typeof value === "string" ? value : how === ANY ? JSON.stringify(value) : undefined;
  }

  number(path) {
    const value = this.#at(path);
    return typeof value === "number" ? value : NaN;
  }

  keep() {
    this.prediction = this.#document.json;
  }

  /** The prompt as an input of the model; images get it as their alternative text. */
  prompt(prompt) {
    this.#call.input.prompt = prompt;
  }

  /** The next result. Callers are served in the order they came. */
  next(stream) {
    if (this.#results && this.#left) {
      this.#left--;
      return Promise.resolve(this.#results.next());
    }
    if (this.#began === undefined && !this.#closed) this.#begin();
    return new Promise((resolve, reject) => {
      if (this.#closed) return this.#tell([resolve, reject]);
      if (this.#callers.push([resolve, reject, stream]) === 1) this.#happen(DEMAND);
    });
  }

  /** The first who asks after a failure gets the error, all others that it is over. */
  #tell([resolve, reject]) {
    if (this.#errors.length) reject(this.#errors.shift());
    else resolve(over());
  }

  /** New results, for those who wait and those who come. Says whether somebody still waits. */
  #fill(items) {
    // An iterator of the array: the engine itself makes each `{value, done}`.
    this.#results = items.values();
    this.#batch = items;
    this.#left = items.length;
    for (; this.#left && this.#callers.length; this.#left--) this.#callers.shift()[0](this.#results.next());
    return this.#callers.length > 0;
  }

  /**
   * The events of one chunk: a text in which texts, or name, id and data of each, follow one another, CR between
   * them. One decode and one split for all of them is what makes a stream of many small events fast.
   */
  batch(bytes) {
    const parts = this.#utf8.decode(bytes).split("\r");
    if (this.#call.goal === TEXT) return this.#fill(parts);
    const { toResult } = this.#call;
    const events = [];
    for (let i = 0; i < parts.length; i += 3) events.push(toResult(parts[i + 2], parts[i], parts[i + 1]));
    return this.#fill(events);
  }

  /** One event that did not come from a stream, to be handed out by `pieces`. */
  piece(name, bytes, id) {
    const parts = [bytes, name, id].map((part) => this.#utf8.decode(part));
    this.#items.push(this.#call.goal === TEXT ? parts[0] : this.#call.toResult(...parts));
  }

  pieces() {
    return this.#fill(this.#call.goal === SNAPSHOTS ? [this.prediction] : this.#items.splice(0));
  }

  /** Sends a request in place of the one before, and wakes the stream with its answer. */
  send(method, url, headers, flags, model, version) {
    if (!(flags & BESIDE)) this.#release();
    this.#request?.abort(CLOSED);
    const request = (this.#request = new AbortController());
    // Nothing may stop the request that stops a prediction, least of all the signal that led to it.
    const signal = flags & KEEPALIVE ? undefined : request.signal;
    const current = (take) => (outcome) => {
      // Another request has taken its place: this answer is not for the stream any more.
      if (this.#request !== request) return;
      this.#request = undefined;
      take(outcome);
    };
    exchange(this.#call, method, url, headers, flags, model || undefined, version || undefined, signal).then(
      current((answer) => {
        this.#cause = answer.cause;
        if (answer.reader) this.#follow(answer.reader, request);
        if (answer.response) this.prediction = answer.response;
        this.#happen(ANSWER, answer);
      }),
      current((error) => {
        this.reject(error);
        this.#happen(THROWN);
      }),
    );
  }

  /** The body of an answer. Its functions are made once, since a piece may be a single event. */
  #follow(reader, request) {
    const settle = (brought, document) => {
      if (body !== this.#body) return;
      this.#brought = brought;
      this.#broken = document;
      this.#happen(BODY);
    };
    const take = ({ done, value }) => {
      this.#chunk = value;
      settle(done ? END : value.length);
    };
    const fail = (error) => settle(FAILURE, { detail: describe(error) });
    const body = (this.#body = {
      pull() {
        reader.read().then(take, fail);
        return NOTHING;
      },
      close() {
        reader.cancel().catch(() => {});
        request.abort(CLOSED);
      },
    });
  }

  /** What the body brought: a number of bytes, or `NOTHING` yet, its `END` or a `FAILURE`. */
  read() {
    const brought = (this.#brought ??= this.#body.pull());
    if (brought !== NOTHING) this.#brought = undefined;
    // It may have broken while something else was waited for.
    if (brought === FAILURE) this.#document = this.#broken;
    return brought;
  }

  chunk() {
    return this.#chunk;
  }

  /** Closes the body; a read under way settles at once, whatever the `fetch` that made it does with its signal. */
  #release() {
    this.#body?.close();
    this.#body = this.#brought = undefined;
  }

  /** What the stream will end with, unless it has ended. */
  reject(error) {
    if (!this.#closed) this.#errors.push(error);
  }

  /** The same for an error of the core, with all that is known by now. */
  fail(code, message, detail, status, retryAfterMs, line) {
    const { prediction } = this;
    const logs = typeof prediction?.logs === "string" ? prediction.logs : undefined;
    const { text, delivered } = this.#place;
    // A request of the user's own was refused: here is the answer itself.
    const response = this.#call.raw && prediction;
    const [method, url] = line.split(" ");
    this.reject(
      new ReplicateError(code, message, {
        predictionId: this.id,
        partial: delivered ? this.#utf8.decode(text) : undefined,
        logs,
        response,
        cause: this.#cause,
        request: line ? { method, url } : undefined,
        status: status || undefined,
        detail: detail || undefined,
        retryAfterMs: retryAfterMs < 0 ? undefined : retryAfterMs,
      }),
    );
  }

  /** The reader goes away. Results that nobody took are forgotten, but for how many they were. */
  leave(what = LEAVE) {
    if (this.#closed) return;
    this.#results = undefined;
    this.#happen(what);
  }

  /** Resolves when the server was told that the reader has gone. */
  cancel() {
    this.leave(CANCEL);
    return new Promise((resolve) => (this.#silent ? resolve() : this.#leavers.push(resolve)));
  }

  /** Nothing more is handed out: everyone who waits is told at once. */
  end() {
    this.#closed = true;
    this.#release();
    this.#listening.abort(CLOSED);
    for (const caller of this.#callers.splice(0)) this.#tell(caller);
  }

  /** Nothing more is sent either. */
  close() {
    this.end();
    this.#silent = true;
    this.#request?.abort(CLOSED);
    this.#request = undefined;
    for (const resolve of this.#leavers.splice(0)) resolve();
  }

  /** Nobody holds the stream any more. A reader who has left may still be owed a cancel: what is sent for that goes on by itself. */
  dispose() {
    if (this.#closed && !this.#silent) return;
    this.close();
    this.#free();
  }

  /** How many bytes of text nobody has got. */
  get #unreadBytes() {
    return this.#left && new Blob(this.#batch.slice(-this.#left)).size;
  }

  /** Asks the core for its place; at work it cannot answer. */
  #ask() {
    if (!this.#inbox.length) this.#work(PLACE);
    return this.#place;
  }

  /** The last event id, and how many bytes of text were delivered; `text` is their last 8 MiB, as long as nothing else happens. */
  place(lastId, text, delivered) {
    this.#place = { lastId: this.#utf8.decode(lastId) || undefined, text, delivered };
  }

  /**
   * What `resume()` takes. What was parsed but never handed out does not count: the place to go on is before
   * it, after an event whose id is known, or else after so many bytes of text.
   */
  toJSON() {
    const { lastId, delivered } = this.#ask();
    const lastEventId = this.#left ? this.#batch.at(-1 - this.#left)?.id : lastId;
    return { id: this.id, lastEventId, delivered: delivered - this.#unreadBytes };
  }

  /** Reads to the end: all of the text, what came before included; some of that may still be unread. */
  async text(stream) {
    const { text: said, delivered: before } = this.#ask();
    if (said.length < before - (this.#call.delivered ?? 0)) throw new ReplicateError("invalid_argument", "text() came too late: more than 8 MiB of the stream were read before it");
    // Images come all at once, and are Markdown here.
    let text = this.#call.goal === WHOLE ? "" : this.#utf8.decode(said.subarray(0, said.length - this.#unreadBytes));
    for await (const result of stream) text += result;
    return text;
  }
}

/** Closes what was never read to its end, once nobody holds it. Workers of an older compatibility date have no registry. */
const registry = globalThis.FinalizationRegistry && new FinalizationRegistry((host) => host.dispose());

/**
 * Results of a prediction, one after another, as an async iterator.
 *
 * It holds its host, and the core behind that, which know nothing of it: what is not held by anybody is closed.
 */
export class PredictionStream {
  #host;

  constructor(host) {
    this.#host = host;
    registry?.register(this, host);
  }

  next() {
    return this.#host.next(this);
  }

  async return() {
    this.#host.leave();
    return over();
  }

  async throw(error) {
    this.#host.leave();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [Symbol.asyncDispose]() {
    this.#host.leave();
  }

  get prediction() {
    return this.#host.prediction;
  }

  get id() {
    return this.#host.id;
  }

  cancel() {
    return this.#host.cancel();
  }

  text() {
    return this.#host.text(this);
  }

  toJSON() {
    return this.#host.toJSON();
  }

  /** A readable stream, which pulls only when somebody reads. */
  toReadableStream() {
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { value, done } = await this.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.return(),
      },
      { highWaterMark: 0 },
    );
  }
}

/** A host for Rust, which knows no `toResult`. */
export const createHost = (transport, signal, goal) =>
  new Host({ ...transport, signal, goal, toResult: (...parts) => new ServerSentEvent(...parts) });

/** The stream that a driver drives. */
export function streamOf(host, driver) {
  host.drive(driver);
  return new PredictionStream(host);
}

/** A stream that fails at its first result: what it was asked for makes no sense. */
export function failed(error) {
  const host = new Host({});
  host.reject(error);
  host.close();
  return new PredictionStream(host);
}
