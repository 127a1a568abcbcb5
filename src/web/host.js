/**
 * One stream's side of the host: who waits for its results, its request, its body, and what wakes it. What
 * happens next the core decides; here is what holds JavaScript objects.
 */

import { ReplicateError } from "./error.js";
import { KEEPALIVE, exchange } from "./exchange.js";
import { describe, inPage, parse } from "./platform.js";

/** What a stream is woken by: the same numbers stand in driver.rs. */
const DEMAND = 1, ANSWER = 2, PAGE = 3, ABORT = 4, THROWN = 5, BODY = 6;

/** What a read brought: the same numbers stand in driver.rs. */
const CHUNK = 1, END = 2, FAILURE = 3;

/** What a stream yields: the numbers of the core's `Goal`. */
const EVENTS = 2, WHOLE = 3;

/** The end of an iteration, as the protocol of iterators has it. */
const over = () => ({ value: undefined, done: true });

export class Host {
  /** The newest answer about the prediction. */
  prediction;
  #transport;
  #signal;
  #goal;
  #alt;
  #wake;
  #began;
  #awake = false;
  /** What has happened and was not looked at yet, and what came with the newest that was. */
  #inbox = [];
  #value;
  /** Callers for whom there was no result, or results for whom there was no caller. */
  #callers = [];
  #results;
  #left = 0;
  /** The results of the last batch, handed out or not, and how many of them nobody will ever get. */
  #batch = [];
  #forgotten = 0;
  /** Pieces of the next. */
  #items = [];
  #closed = false;
  /** What it ended with, as long as nobody was told. */
  #errors = [];
  #cause;
  #listening = new AbortController();
  #request;
  #body;
  #reader;
  #reading = false;
  /** What a read brought while the core was not reading. */
  #brought;
  #leavers = [];

  constructor(transport, signal, goal, alt) {
    this.#transport = transport;
    this.#signal = signal;
    this.#goal = goal;
    this.#alt = alt;
  }

  /** Before the first request: the signal and the page are listened to from here on. */
  begin(wake) {
    this.#wake = wake;
    const { document, addEventListener } = globalThis;
    const until = { signal: this.#listening.signal };
    if (addEventListener && inPage()) {
      addEventListener("online", () => this.#happen(PAGE), until);
      document?.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#happen(PAGE), until);
    }
    const signal = this.#signal;
    const abort = () => this.#throw(signal.reason, ABORT);
    signal?.addEventListener("abort", abort, until);
    if (signal?.aborted) abort();
  }

  /** Milliseconds since the first call; they never jump. */
  now() {
    return performance.now() - (this.#began ??= performance.now());
  }

  #happen(kind, value) {
    this.#inbox.push([kind, value]);
    // What happens while the core is at work is taken up when that is done.
    if (this.#awake) return;
    this.#awake = true;
    this.#wake();
    this.#awake = false;
  }

  #throw(error, kind) {
    this.reject(error);
    this.#happen(kind);
  }

  /** What happened next; 0 for nothing. */
  take() {
    const [kind, value] = this.#inbox.shift() ?? [0];
    this.#value = value;
    return kind;
  }

  /** What came with it: an answer, bytes, or why a read failed. */
  get value() {
    return this.#value;
  }

  copy(room) {
    room.set(this.#value);
  }

  /** The next result. Callers are served in the order they came. */
  next() {
    if (this.#left) {
      this.#left--;
      return Promise.resolve(this.#results.next());
    }
    return new Promise((resolve, reject) => {
      if (this.#closed) this.#tell([resolve, reject]);
      else if (this.#callers.push([resolve, reject]) === 1) this.#happen(DEMAND);
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

  /** The events of one chunk. */
  batch(text) {
    return this.#fill(this.#goal === EVENTS ? unpackEvents(text, this.#transport.toData) : text.split("\r"));
  }

  /** One event that did not come from a stream, to be handed out by `pieces`. */
  piece(event, data, id) {
    const { toData, toImage } = this.#transport;
    if (this.#goal === WHOLE) data = toImage(data, this.#alt);
    if (this.#goal === EVENTS) data = new ServerSentEvent(event, data, id, toData);
    this.#items.push(data);
  }

  pieces() {
    return this.#fill(this.#items.splice(0));
  }

  snapshot() {
    return this.#fill([this.prediction]);
  }

  /** An event told the prediction anew. */
  report(text) {
    this.prediction = parse(text);
  }

  /** Sends a request in place of the one before, and wakes the stream with its answer. */
  send(method, url, headers, flags, beside, model, version) {
    if (!beside) this.#release();
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    // Nothing may stop the request that stops a prediction, least of all the signal that led to it.
    const signal = flags & KEEPALIVE ? undefined : request.signal;
    exchange(this.#transport, method, url, headers, flags, model, version, signal).then((answer) => {
      // Another request has taken its place: this answer is not for the stream any more.
      if (this.#request !== request) return;
      this.#request = undefined;
      if ("thrown" in answer) return this.#throw(answer.thrown, THROWN);
      this.#cause = answer.cause;
      if (answer.reader) [this.#reader, this.#body] = [answer.reader, request];
      if (answer.response) this.prediction = answer.response;
      this.#happen(ANSWER, answer);
    });
  }

  /** What the body brought; 0 while that is still to come. */
  read() {
    const [kind, value] = this.#brought ?? [0];
    this.#brought = undefined;
    this.#value = value;
    if (!kind && !this.#reading) {
      this.#reading = true;
      const reader = this.#reader;
      const settle = (...brought) => {
        if (reader !== this.#reader) return;
        this.#reading = false;
        this.#brought = brought;
        this.#happen(BODY);
      };
      reader.read().then(
        ({ done, value }) => settle(done ? END : CHUNK, value),
        (error) => settle(FAILURE, describe(error)),
      );
    }
    return kind;
  }

  /** Closes the body; a read under way settles at once, whatever the `fetch` that made it does with its signal. */
  #release() {
    this.#reader?.cancel().catch(() => {});
    this.#body?.abort();
    this.#reader = this.#body = this.#brought = undefined;
    this.#reading = false;
  }

  /** What the stream will end with, unless it has ended. */
  reject(error) {
    if (!this.#closed) this.#errors.push(error);
  }

  /** The same for an error of the core, with all that is known by now. */
  fail(code, message, detail, status, retryAfterMs, method, url, predictionId, partial) {
    const { prediction } = this;
    const logs = typeof prediction?.logs === "string" ? prediction.logs : undefined;
    // A request of the user's own was refused: here is the answer itself.
    const response = this.#transport.raw && prediction;
    const request = method && { method, url };
    this.reject(new ReplicateError(code, message, { predictionId, partial, logs, response, cause: this.#cause, request, status, detail, retryAfterMs }));
  }

  /** The reader goes away: results that nobody took are forgotten, but for how many they were. */
  forget() {
    this.#forgotten = this.#left;
    this.#left = 0;
  }

  /** How many results of the last batch were not handed out. */
  get #unread() {
    return this.#left + this.#forgotten;
  }

  /** How many bytes of text they are. */
  get #unreadBytes() {
    return this.#unread && bytesOf(this.#batch.slice(-this.#unread).join("")).length;
  }

  /** Nothing more is handed out: everyone who waits is told at once. */
  end() {
    this.#closed = true;
    this.#release();
    this.#listening.abort();
    for (const caller of this.#callers.splice(0)) this.#tell(caller);
  }

  /** Nothing more is sent either. */
  close() {
    this.end();
    this.#request?.abort();
    this.#request = undefined;
    for (const resolve of this.#leavers.splice(0)) resolve();
  }

  /** The stream is dropped: nothing may wake it any more. */
  dispose() {
    this.#wake = () => {};
    this.close();
  }

  /** Resolves when the server was told that the reader has gone. */
  left(waits) {
    return new Promise((resolve) => (waits ? this.#leavers.push(resolve) : resolve()));
  }

  over() {
    return Promise.resolve(over());
  }

  /**
   * What `resume()` takes. What was parsed but never handed out does not count: the place to go on is before
   * it, after an event whose id is known, or else after so many bytes of text.
   */
  handle(id, lastId, delivered) {
    const last = this.#batch.at(-1 - this.#unread);
    return { id, lastEventId: this.#unread ? last?.id : lastId, delivered: delivered - this.#unreadBytes };
  }

  /** Reads to the end: all of the text. `before`, of so many bytes, came until now; some may still be unread. */
  async text(stream, before, bytes) {
    let text = "";
    for (let result; !(result = await stream.next()).done; ) text += result.value;
    if (this.#goal === WHOLE) return text; // Images come all at once, and are Markdown here.
    const came = stream.toJSON().delivered + this.#unreadBytes - bytes;
    const waited = Math.max(0, bytesOf(text).length - came);
    const known = bytesOf(before);
    return new TextDecoder().decode(known.subarray(0, Math.max(0, known.length - waited))) + text;
  }
}

const bytesOf = (text) => new TextEncoder().encode(text);

/** One server-sent event. `String(event)` is the text of an output event and empty otherwise. */
class ServerSentEvent {
  constructor(event, data, id, toData) {
    this.event = event || "message";
    this.data = toData && event === "output" ? toData(data) : data;
    this.id = id || undefined;
  }

  toString() {
    return this.event === "output" ? `${this.data}` : "";
  }
}

/**
 * The events of one batch: a text in which name, id and data of each follow one another, CR between
 * them. One decode and one split for all of them is what makes a stream of many small events fast.
 */
function unpackEvents(batch, toData) {
  const parts = batch.split("\r");
  const events = [];
  for (let i = 0; i < parts.length; i += 3) events.push(new ServerSentEvent(parts[i], parts[i + 2], parts[i + 1], toData));
  return events;
}

/** A readable stream over an async iterator, which pulls only when somebody reads. */
export function readableStream(iterator) {
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => iterator.return(),
    },
    { highWaterMark: 0 },
  );
}
