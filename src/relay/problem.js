/** Answers that the relay makes itself, when it refuses a request or cannot serve it. */

const titles = {
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  429: "Too many requests",
};

const longestRetrySeconds = 24 * 3600;

/**
 * Why a request ends here. It becomes problem JSON in Replicate's shape (`title`, `detail`, `status`), so that a
 * client needs one way to read errors, whoever made them.
 */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail one sentence that is safe to show to the caller
   * @param {Record<string, string>} [headers]
   */
  constructor(status, detail, headers) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }

  toResponse() {
    const { status, message: detail, headers } = this;
    const retryAfter = headers?.["retry-after"];
    const body = { title: titles[status] ?? "Error", detail, status, retry_after: retryAfter && Number(retryAfter) };
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        ...headers,
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      },
    });
  }
}

/** 404 for what is not there and for what belongs to another caller: nobody can tell the two apart. */
export function notFound() {
  return new Problem(404, "The requested resource could not be found.");
}

/** 429 as Replicate words it: whole seconds, in the header and in the body. */
export function tooMany(detail, retryAfterMs) {
  return later(429, detail, retryAfterMs);
}

/** 503: the relay or its operator's code cannot answer now, and nothing was sent to Replicate. */
export function unavailable(detail, retryAfterMs = 5000) {
  return later(503, detail, retryAfterMs);
}

function later(status, detail, retryAfterMs) {
  const seconds = retryAfterSeconds(retryAfterMs, 1);
  return new Problem(status, `${detail} Try again in ${seconds} s.`, { "retry-after": seconds });
}

/** A `Retry-After` header: whole seconds, at most a day. What is no number becomes the least wait. */
function retryAfterSeconds(ms, least = 0) {
  const seconds = Math.ceil(ms / 1000);
  return String(Math.min(longestRetrySeconds, Math.max(least, seconds || 0)));
}

/**
 * The `Retry-After` of an answer, which may be seconds or a date; `undefined` when it is neither.
 * @param {Headers} headers
 */
export function readRetryAfter(headers) {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return retryAfterSeconds(Number(text) * 1000);
  // "-5" would be a date to Date.parse.
  if (!/^[a-z]{3}/i.test(text)) return undefined;
  const waitMs = Date.parse(text) - (Date.parse(headers.get("date")) || Date.now());
  return Number.isNaN(waitMs) ? undefined : retryAfterSeconds(waitMs);
}
