/**
 * The one place that talks to Replicate. A request ends when its caller leaves or its time is up; no
 * redirect is followed, nothing is sent twice, and of the caller's headers only what is named here passes.
 */
import { countBody, decode } from "./body.js";
import { Problem, tooMany } from "./problem.js";

// A prediction in sync mode carries its input and output as data URIs; a longer answer is refused.
const answerBytes = 32 * 1024 * 1024;
const errorBytes = 64 * 1024;

/** @param {ReturnType<typeof import("./options.js").readOptions>} config */
export function createUpstream({ token, upstream, timeoutMs, limits, fetch }) {
  /**
   * Asks for a path below `/v1`.
   * @param {string} path
   * @param {{ method?: string, headers?: Record<string, string | undefined>, body?: BodyInit }} init
   * @param {AbortSignal} signal the caller's: aborted, it ends the request at once, answered or not
   */
  function request(path, init, signal) {
    return send(upstream + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }, signal);
  }

  /** Opens a stream. Its URL is its own key: the token is not sent there. */
  function openStream(url, lastEventId, signal) {
    const headers = { accept: "text/event-stream", "accept-encoding": "identity", "last-event-id": lastEventId };
    return send(url, { headers }, signal);
  }

  /** The JSON at a path, or `undefined` where there is nothing. */
  async function lookUp(path, signal) {
    const answer = await request(path, {}, signal);
    const text = await answer.text();
    if (answer.ok && text) return JSON.parse(text);
    if (answer.status === 404) return undefined;
    // Nothing has been created: where Replicate is only busy, the caller may try again.
    if (answer.status === 429) throw tooMany("Replicate is busy.", answer.headers.get("retry-after") * 1000);
    throw new Problem(502, "Replicate could not tell what this runs.");
  }

  async function send(url, { method = "GET", headers, body }, callerSignal) {
    const controller = new AbortController();
    const { signal } = controller;
    const stop = (reason) => controller.abort(reason);
    const leave = () => stop(new Problem(499, "The caller left."));
    // An upload takes as long as the caller's line needs.
    const isUpload = body && typeof body !== "string";
    const limitMs = isUpload ? timeoutMs * 10 : timeoutMs;
    const timer = setTimeout(() => stop(new Problem(504, "Replicate did not answer in time.")), limitMs);
    if (callerSignal.aborted) leave();
    else callerSignal.addEventListener("abort", leave);

    // The platform's own words are not passed on: they name addresses.
    const fail = () => {
      clearTimeout(timer);
      throw signal.reason ?? new Problem(502, "Replicate could not be reached.");
    };

    const response = await fetch(url, {
      method,
      headers: Object.entries(headers).filter(([, value]) => value),
      body: isUpload ? countBody(body, limits.uploadBytes, stop) : body,
      duplex: "half", // fetch asks for it where the body is a stream
      redirect: "manual",
      signal,
    }).catch(fail);
    const { status, ok } = response;

    const refuse = (detail) => {
      leave();
      clearTimeout(timer);
      throw new Problem(502, detail);
    };
    if (status < 200 || (status >= 300 && status < 400)) refuse("Replicate answered with a redirect.");
    // A 401 would tell the page that its own session is over.
    if (status === 401) refuse("Replicate did not accept the relay's token.");

    return {
      status,
      ok,
      headers: response.headers,

      /** The answer as valid JSON, `undefined` when it is anything else, "" when empty. */
      async text() {
        const text = await decode(response.body, ok ? answerBytes : errorBytes).catch(fail);
        clearTimeout(timer);
        try {
          if (text) JSON.parse(text);
          return text;
        } catch {
          return undefined;
        }
      },

      /**
       * The bytes as they come, a chunk for each read: a slow reader slows Replicate down, not our memory.
       * @param {() => Promise<void>} onEnd called when Replicate has ended it, not when the caller left
       */
      stream(onEnd) {
        clearTimeout(timer);
        if (!/^text\/event-stream\b/i.test(response.headers.get("content-type")))
          refuse("Replicate answered without events.");
        const reader = response.body.getReader();
        const pull = async (events) => {
          const { done, value } = await reader.read().catch(fail);
          if (!done) return events.enqueue(value);
          await onEnd();
          events.close();
        };
        return new ReadableStream({ pull, cancel: leave }, { highWaterMark: 0 });
      },
    };
  }

  return { request, openStream, lookUp };
}
