/**
 * Sends all requests to Replicate. A request ends when its caller leaves or its time is up. No redirect is followed, nothing
 * is sent twice, and no header of the caller is passed on unless this file names it.
 */
import { countBody } from "./body.js";
import { ByteBuffer } from "./byte-buffer.js";
import { Json } from "./json.js";
import { JsonError, JsonScanner } from "./json-scanner.js";
import { Problem, readRetryAfter } from "./problem.js";

// A prediction in sync mode carries its input and output as data URIs; a longer answer is refused.
const answerBytes = 32 * 1024 * 1024;
const errorBytes = 64 * 1024;
const lookUpBytes = 8 * 1024 * 1024;

/** @param {ReturnType<typeof import("./options.js").readOptions>} config */
export function createUpstream({ token, upstream, timeoutMs, limits, fetch }) {
  /**
   * Asks for a path below `/v1`.
   * @param {string} path
   * @param {{ method?: string, headers?: Record<string, string | undefined>, body?: BodyInit }} init
   * @param {{ signal: AbortSignal }} visit aborted, it ends the request at once, answered or not
   */
  function request(path, init, visit) {
    return send(upstream + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }, visit);
  }

  /** Opens a stream. Its address is its own key: the token is not sent there. */
  function openStream(url, lastEventId, visit) {
    const headers = { accept: "text/event-stream", "accept-encoding": "identity", "last-event-id": lastEventId };
    return send(url, { headers }, visit);
  }

  /** The wanted strings of the object at a path, or `undefined` where there is nothing. The rest is not kept. */
  async function look(path, wanted, signal) {
    const answer = await request(path, {}, { signal });
    const texts = await answer.texts(wanted);
    return isThere(answer, texts) ? texts : undefined;
  }

  /** The JSON at a path, parsed, and when it was sent; `undefined` where there is nothing. */
  async function lookUp(path, signal) {
    const answer = await request(path, {}, { signal });
    const json = await answer.json([], lookUpBytes);
    if (!isThere(answer, json !== undefined && !json.isEmpty)) return undefined;
    return { value: JSON.parse(json.text), dateMs: Date.parse(answer.headers.get("date")) || undefined };
  }

  function isThere({ ok, status, headers }, found) {
    if (ok && found) return true;
    if (status === 404) return false;
    // Nothing has been created: where Replicate is only busy, the caller may try again.
    if (status === 429) {
      throw new Problem(429, "Replicate is busy.", { "retry-after": readRetryAfter(headers) ?? "1" });
    }
    throw new Problem(502, "Replicate did not say which model this runs: try again.");
  }

  async function send(url, { method = "GET", headers, body }, visit) {
    const controller = new AbortController();
    const { signal } = controller;
    const stop = (reason) => controller.abort(reason);
    const leave = () => stop(visit.signal.reason);
    // An upload takes as long as the caller's line needs.
    const isUpload = body instanceof ReadableStream;
    const limitMs = isUpload ? timeoutMs * 10 : timeoutMs;
    const timer = setTimeout(() => stop(new Problem(504, "Replicate did not answer in time.")), limitMs);
    if (visit.signal.aborted) leave();
    else visit.signal.addEventListener("abort", leave);
    const finish = () => {
      clearTimeout(timer);
      visit.signal.removeEventListener("abort", leave);
    };

    // The platform's own message is not passed on: it may contain addresses.
    const fail = (error) => {
      finish();
      if (signal.aborted) throw signal.reason;
      throw Object.assign(new Problem(502, "Replicate could not be reached."), { isUnsent: isUnsent(error) });
    };

    const response = await fetch(url, {
      method,
      headers: Object.entries(headers).filter(([, value]) => value),
      body: isUpload ? countBody(body, limits.uploadBytes, visit, stop) : body,
      duplex: "half", // fetch asks for it where the body is a stream
      redirect: "manual",
      signal,
    }).catch(fail);
    const { status, ok } = response;

    const refuse = (detail) => {
      finish();
      stop();
      throw new Problem(502, detail);
    };
    if (status < 200 || (status >= 300 && status < 400)) refuse("Replicate answered with a redirect.");
    if (status > 599) refuse(`Replicate answered with the status ${status}, which HTTP does not have.`);
    // A 401 would tell the page that its own session is over.
    if (status === 401) refuse("Replicate did not accept the relay's token: set another one in REPLICATE_API_TOKEN or the option token.");

    /**
     * Reads the answer.
     * @returns {Promise<boolean>} is it JSON of no more than so many bytes, or empty?
     */
    async function scan(scanner, limitBytes, onPiece) {
      const reader = response.body?.getReader();
      if (!reader) {
        finish();
        return true;
      }
      try {
        for (let seen = 0; ;) {
          const { done, value } = await reader.read();
          if (done) {
            if (seen > 0) scanner.end();
            return true;
          }
          seen += value.byteLength;
          if (seen > limitBytes) throw new JsonError();
          scanner.push(value);
          await onPiece?.(value);
        }
      } catch (error) {
        if (!(error instanceof JsonError)) return fail(error);
        reader.cancel().catch(() => {});
        return false;
      } finally {
        finish();
      }
    }

    return {
      status,
      ok,
      headers: response.headers,

      /**
       * The answer as valid JSON with its members; empty where it has none, `undefined` where it is anything
       * else. Its bytes count as the visit's until that is over.
       * @param {string[]} [wanted] members whose texts are wanted
       * @returns {Promise<Json | undefined>}
       */
      async json(wanted, limitBytes = ok ? answerBytes : errorBytes) {
        const scanner = new JsonScanner({}, wanted);
        const buffer = new ByteBuffer(limitBytes);
        const room = visit.reserve ? visit : { reserve() {} };
        const length = Number(response.headers.get("content-length"));
        if (length > 0 && length <= limitBytes && !response.headers.has("content-encoding")) {
          await buffer.expect(length, room, signal).catch(fail);
        }
        if (!(await scan(scanner, limitBytes, (piece) => buffer.add(piece, room, signal)))) return undefined;
        return new Json(buffer.bytes, scanner);
      },

      /** The wanted strings of the answer, which is not kept; `undefined` where it is no JSON. */
      async texts(wanted) {
        const scanner = new JsonScanner({}, wanted);
        return (await scan(scanner, answerBytes)) && scanner.root !== undefined ? scanner.texts : undefined;
      },

      /** The answer as events. It is read as fast as the caller reads: a slow one slows Replicate, not our memory. */
      events() {
        if (!/^text\/event-stream\b/i.test(response.headers.get("content-type"))) {
          refuse("Replicate's answer is not an event stream.");
        }
        clearTimeout(timer);
        const reader = response.body.getReader();
        return { read: () => reader.read().catch(fail), cancel: () => stop(new Problem(499, "The caller left.")) };
      },
    };
  }

  return { request, openStream, look, lookUp };
}

/** Is it certain that a request was not sent? Only if it could not connect; `code` is Node's and Deno's, or Bun's. */
function isUnsent(error) {
  const codes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ConnectionRefused"];
  const causes = [error, error?.cause, ...(error?.cause?.errors ?? [])];
  return causes.some((cause) => cause?.syscall === "connect" || codes.includes(cause?.code));
}
