/** The relay's address as the page sees it, and the check against DNS rebinding. */
import { Problem } from "./problem.js";

const loopbackAddress = /^(?:(?:::ffff:)?127(?:\.\d+){3}|::1)$/i;
const loopbackName = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;
const prefixPath = /^(?:\/[\w.~-]+)+$/;

/**
 * @typedef {object} Address
 * @property {string | undefined} origin the relay's own, `undefined` where the request names no host
 * @property {(prefix: string) => string} base the relay's address up to `/v1`
 * @property {() => void} checkName throws 403 for a host name that somebody else may control
 */

/**
 * @param {{ publicUrl?: string, trustForwarded: boolean }} options
 * @returns {(request: Request, connection: unknown) => Address}
 */
export function createAddressReader({ publicUrl, trustForwarded }) {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  const ownPath = own?.pathname.replace(/\/+$/, "");

  return function readAddress(request, connection) {
    const { headers } = request;
    const url = new URL(request.url);
    // The header counts: Next.js puts a host of its own into the URL.
    const asked = parseHost(url.protocol, headers.get("host") ?? url.host);
    const seen = trustForwarded ? forwarded(headers, asked ?? url) : { url: asked, prefix: "" };
    const origin = own?.origin ?? seen.url?.origin;
    return {
      origin,
      base: (prefix) => (ownPath ? own.origin + ownPath : origin + seen.prefix + prefix),

      // DNS rebinding: the owner of a page lets its host name resolve to 127.0.0.1. The page's requests then look like
      // those of the relay's own page, except for the host name in them. A forwarded host proves nothing: the page can
      // send that header itself.
      checkName() {
        if (asked === undefined || !isLoopback(connection, request)) return;
        if (loopbackName.test(asked.hostname) || asked.host === own?.host) return;
        throw new Problem(
          403,
          "Over a loopback address the relay answers to localhost and publicUrl alone. Behind a proxy on the same machine, set the option publicUrl to the address that pages see.",
        );
      },
    };
  };
}

/** @type {WeakMap<Request, string>} where requests of Node's came from */
const remoteAddresses = new WeakMap();

/** Keeps the address that a request came from, since a `Request` has none. */
export function rememberAddress(request, remoteAddress) {
  if (remoteAddress) remoteAddresses.set(request, remoteAddress);
}

/**
 * Did the request come over a loopback address? `Deno.serve` and `Bun.serve` tell it in a handler's second argument, and
 * Hono on Node in `c.env`.
 */
function isLoopback(connection, request) {
  const address =
    remoteAddresses.get(request) ??
    connection?.remoteAddress ??
    connection?.remoteAddr?.hostname ??
    connection?.incoming?.socket?.remoteAddress ??
    connection?.requestIP?.(request)?.address;
  return typeof address === "string" && loopbackAddress.test(address);
}

/** The host, scheme and prefix of the request that a proxy has received: `X-Forwarded-Host`, `-Proto`, `-Prefix`, or `Forwarded`. */
function forwarded(headers, asked) {
  const first = (name) => headers.get(name)?.split(",")[0].trim();
  const standard = (name) => new RegExp(`(?:^|;)\\s*${name}="?([^";]*)`, "i").exec(first("forwarded"))?.[1];
  const scheme = (first("x-forwarded-proto") ?? standard("proto"))?.toLowerCase();
  const protocol = scheme === "http" || scheme === "https" ? `${scheme}:` : asked.protocol;
  const prefix = first("x-forwarded-prefix")?.replace(/\/+$/, "");
  return {
    url: parseHost(protocol, first("x-forwarded-host") ?? standard("host") ?? asked.host),
    prefix: prefixPath.test(prefix) ? prefix : "",
  };
}

/** A host with its port as a URL; `undefined` for any other text. */
function parseHost(protocol, host) {
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`${protocol}//${host}`)) return undefined;
  return new URL(`${protocol}//${host}`);
}
