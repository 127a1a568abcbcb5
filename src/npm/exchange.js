/** One request and its answer, over `fetch`. Which headers and tokens it may carry the core has decided. */

import { ReplicateError } from "./error.js";
import { CREATE, IS_BODY, IS_JSON, IS_LOST, IS_TEXT, JOINS, KEEPALIVE, RAW, RENEW, STREAM, TRUSTED } from "./platform.js";
import { describe, inPage, isUnsent, parse } from "./platform.js";

/**
 * Sends a request; resolves to what came of it. What rejects is the user's own: a token function that failed, an input
 * that cannot be sent.
 *
 * @param {object} transport how one client sends: `fetch`, the user's `headers`, `token(renew)`, `body()`
 * @param {string} lines names and values of headers, one a line
 * @param {string | undefined} model for the body of a request that creates a prediction
 * @param {string | undefined} version for the same
 */
export async function exchange(transport, method, url, lines, flags, model, version, signal) {
  const answer = {};
  // The core has called, and may not be called from within by what the user's functions do.
  await undefined;
  // A body that the user reads lives on when the call is over: only the user's own signal may end it.
  const init = { method, signal: flags & RAW ? transport.raw.signal : signal, ...(await content(transport, lines, flags, model, version)) };
  if (flags & KEEPALIVE) init.keepalive = true;
  try {
    // Called without a receiver, as browsers want their own `fetch`.
    const { fetch } = transport;
    const response = await fetch(url, init);
    const { status, ok, headers } = response;
    Object.assign(answer, { kind: IS_BODY, status, "retry-after": retryAfter(headers) });
    if (flags & RAW) answer.response = response;
    if (ok && flags & STREAM && /^\s*text\/event-stream/i.test(headers.get("content-type"))) {
      answer.reader = response.body.getReader();
    } else if (!ok || !answer.response) {
      answer.text = await (answer.response ? response.clone() : response).text();
      answer.json = parse(answer.text);
      answer.kind = answer.json === undefined ? IS_TEXT : IS_JSON;
    }
  } catch (cause) {
    // Some engines name the address in their errors, and whoever has a stream's address can read it.
    const detail = describe(cause).replaceAll(url, url.match(/^\w+:\/\/[^/?#]*/)?.[0] ?? "");
    Object.assign(answer, { cause, kind: IS_LOST, status: 0, unsent: +isUnsent(cause), detail });
  }
  return answer;
}

/**
 * `Retry-After` in seconds (RFC 9110, 10.2.3): a number of them, or a date, taken against the answer's own since clocks
 * differ; NaN where it is neither.
 */
export function retryAfter(headers) {
  const text = headers.get("retry-after");
  return /^\d+$/.test(text) ? +text : (dateOf(text) - (dateOf(headers.get("date")) || Date.now())) / 1000;
}

/**
 * A date of HTTP in each of its three forms (RFC 9110, 5.6.7); the last of them does not name its zone. Each begins with
 * a day's name: of what does not, such as "-1", engines make dates of their own.
 */
export const dateOf = (text) => (/^[A-Z][a-z]+,? /.test(text) ? Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) : NaN);

async function content(transport, lines, flags, model, version) {
  const { raw } = transport;
  const trusted = flags & TRUSTED;
  const token = trusted && (await transport.token?.(flags & RENEW));
  const headers = new Headers(trusted ? transport.headers : undefined);
  for (const [, name, value] of lines.matchAll(/(.+)\n(.*)\n/g)) headers.set(name, value);
  const own = { ...(!inPage() && transport.native), ...(token && { authorization: `Bearer ${token}` }), ...raw?.headers };
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  const body = flags & JOINS ? { input: 0 } : flags & CREATE && { model, version, ...(await transport.body()) };
  if (!body) return { headers, body: raw?.body };
  headers.set("content-type", "application/json");
  try {
    return { headers, body: JSON.stringify(body) };
  } catch (cause) {
    throw new ReplicateError("invalid_argument", `The option input cannot be written as JSON: ${cause.message}`, { cause });
  }
}

/** How a Rust app's requests are sent: what `options.js` makes of options, made of plain values. */
export const rustTransport = (input, fetch, token) => ({
  fetch: fetch ?? globalThis.fetch,
  headers: new Headers(),
  token: token && (() => token),
  body: () => ({ input }),
});
