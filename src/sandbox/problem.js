// Errors in Replicate's shape: problem JSON with `title`, `detail`, `status`, and `invalid_fields` for 422.

/** An error answer. Any code that handles a request may throw it. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail
   * @param {Record<string, unknown>} [more] further members of the body
   * @param {HeadersInit} [headers]
   */
  constructor(status, title, detail, more = {}, headers = {}) {
    super(detail);
    this.body = { title, detail, status, ...more };
    this.headers = headers;
  }

  /** @returns {Response} */
  toResponse() {
    const headers = new Headers(this.headers);
    headers.set("Content-Type", "application/problem+json");
    return new Response(JSON.stringify(this.body), { status: this.body.status, headers });
  }
}

export const notFound = () => new Problem(404, "Not found", "The requested resource could not be found.");

/** @param {string} path one that the sandbox does not have: many forget the `/v1` */
export const nothingHere = (path) =>
  /\/(v1|api)\//.test(path)
    ? notFound()
    : new Problem(404, "Not found", "There is nothing here. The sandbox serves Replicate's API below /v1, so a client's baseUrl ends in /v1.");

export const unauthenticated = () =>
  new Problem(401, "Unauthenticated", "You did not pass a valid authentication token");

export const unknownVersion = () =>
  new Problem(
    422,
    "Invalid version or not permitted",
    "The specified version does not exist (or perhaps you don't have permission to use it?)",
  );

/** @param {number} retryAfterS seconds, sent in the detail, in `retry_after` and in the header `Retry-After` */
export const throttled = (retryAfterS) =>
  new Problem(
    429,
    "Too many requests",
    `Request was throttled. Expected available in ${retryAfterS} second${retryAfterS === 1 ? "" : "s"}.`,
    { retry_after: retryAfterS },
    { "Retry-After": String(retryAfterS) },
  );

/** @param {{ type: string, field: string, description: string }[]} fields */
export const invalidFields = (fields) =>
  new Problem(
    422,
    "Input validation failed",
    fields.map(({ field, description }) => `- ${field}: ${description}\n`).join(""),
    { invalid_fields: fields },
  );
