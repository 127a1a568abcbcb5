/** Turns Replicate's answers into what the page may see. */
import { deliverEvents, deliverParts } from "./delivery.js";
import { Problem, readRetryAfter } from "./problem.js";
import { finalStatuses, predictionTexts } from "./rewrite.js";

const bodyless = [204, 205];

/**
 * @param {object} parts
 * @param {ReturnType<typeof import("./rewrite.js").createRewriters>} parts.rewriters
 * @param {ReturnType<typeof import("./scrub.js").createScrubber>} parts.scrubber
 * @param {ReturnType<typeof import("./slots.js").createSlots>} parts.slots
 * @param {number} parts.heartbeatMs
 */
export function createAnswerer({ rewriters, scrubber, slots, heartbeatMs }) {
  /**
   * An answer of JSON.
   * @param {string} rewriter what the answer is, as in rewrite.js
   * @param {import("./rewrite.js").Scope & { visit: object }} scope
   */
  async function toResponse(answer, rewriter, scope) {
    return rewrite(answer, await answer.json(predictionTexts), rewriter, scope);
  }

  /**
   * An answer that has been read.
   * @param {import("./json.js").Json | undefined} json `undefined` where it was no JSON
   */
  async function rewrite({ status, ok, headers: sent }, json, rewriter, scope) {
    const headers = passHeaders(sent, ok ? "application/json" : "application/problem+json");
    // For example the HTML page of a proxy. It is not passed on.
    if (json === undefined) throw notJson(ok, status, headers);
    if (json.isEmpty || bodyless.includes(status)) return new Response(null, { status, headers });
    if (!ok) {
      // An error may quote the request and its address.
      const text = scrubber.addresses(scrubber.secrets(json.text), `${scope.base}/v1`);
      return new Response(deliverParts([text], scope.visit), { status, headers });
    }
    if (finalStatuses.includes(json.texts.status)) await free(scope);
    const parts = (await rewriters[rewriter](json, scope)).map((part) => scrubber.part(part));
    return new Response(deliverParts(parts, scope.visit), { status, headers });
  }

  /** An answer of events. */
  function toEvents(answer, scope) {
    if (!answer.ok) return toResponse(answer, "json", scope);
    const headers = passHeaders(answer.headers, "text/event-stream");
    headers.set("cache-control", "no-store, no-transform");
    headers.set("x-accel-buffering", "no");
    const options = { scrubber: scrubber.stream(), heartbeatMs, onDone: () => free(scope) };
    const body = deliverEvents(answer.events(), scope.visit, options);
    return new Response(body, { headers });
  }

  const free = ({ caller, slot }) => slots.free(caller, slot);

  /** Passes on only the headers that a page needs; `Set-Cookie`, for example, stays here. */
  function passHeaders(from, type) {
    const headers = new Headers({
      "content-type": type,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    const date = from.get("date");
    if (date && !Number.isNaN(Date.parse(date))) headers.set("date", scrubber.secrets(date));
    const retryAfter = readRetryAfter(from);
    if (retryAfter !== undefined) headers.set("retry-after", retryAfter);
    return headers;
  }

  return { toResponse, rewrite, toEvents };
}

function notJson(ok, status, headers) {
  return new Problem(ok ? 502 : status, "Replicate did not answer with JSON.", Object.fromEntries(headers));
}
