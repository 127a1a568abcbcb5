const titles = {
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  429: "Too many requests",
};

/**
 * Why a request ends here. It becomes problem JSON in Replicate's shape (`title`, `detail`, `status`),
 * so a client needs one way to read errors, whoever made them.
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
    const body = { title: titles[status] ?? "Error", detail, status, retry_after: Number(retryAfter) || undefined };
    return new Response(JSON.stringify(body), {
      status,
      headers: { ...headers, "content-type": "application/problem+json", "cache-control": "no-store" },
    });
  }
}

/** 404 for what is not there and for what belongs to another caller: nobody can tell the two apart. */
export function notFound() {
  return new Problem(404, "The requested resource could not be found.");
}

/** 429 as Replicate words it: whole seconds, in the header and in the body. */
export function tooMany(detail, retryAfterMs) {
  return new Problem(429, detail, { "retry-after": String(Math.ceil(retryAfterMs / 1000) || 1) });
}
