// The sandbox's URLs. It may be mounted under any path, and its links lead back to itself unless `apiUrl` says otherwise.

const ROUTE = new RegExp(
  "^(?<prefix>.*?)/(?:" +
    "v1/predictions/(?<id>[^/]+)/stream/(?<stream>[^/]+)|" +
    "v1(?<api>/(?:account|collections|deployments|files|hardware|models|predictions|trainings|webhooks)(?:/.*?)?)|" +
    "files/(?<file>[^/]+/[^/]+)|" +
    "api/(?<home>prediction|poll)" +
    ")/?$",
);

/**
 * @param {string} pathname
 * @returns {{ prefix: string, id?: string, stream?: string, api?: string, file?: string, home?: string } | null} the mount point and the route
 */
export function matchRoute(pathname) {
  return pathname.match(ROUTE)?.groups ?? null;
}

/** Builds the URLs of a mount point. */
export class Links {
  /**
   * @param {string} base origin and prefix, without a slash at the end
   * @param {string} [apiUrl] in place of the sandbox's own `/v1`, such as https://api.replicate.com/v1
   */
  constructor(base, apiUrl) {
    this.base = base;
    this.apiUrl = apiUrl?.replace(/\/$/, "") ?? `${base}/v1`;
  }

  /** @param {string} path with a slash at the front */
  api(path) {
    return this.apiUrl + path;
  }

  stream(id, key) {
    return `${this.base}/v1/predictions/${id}/stream/${key}`;
  }

  file(name) {
    return `${this.base}/files/${name}`;
  }
}

/**
 * Whether this is a browser's window or worker, where `<img>` cannot load from a function.
 *
 * @returns {boolean}
 */
export function inPage() {
  if (typeof globalThis.document === "object") return true;
  const worker = typeof globalThis.WorkerGlobalScope === "function";
  return (
    worker &&
    !("Deno" in globalThis) &&
    !("Bun" in globalThis) &&
    globalThis.navigator?.userAgent !== "Cloudflare-Workers"
  );
}

/**
 * @param {string | URL} url relative to the page, or to http://localhost without one
 * @returns {string}
 */
export function absoluteUrl(url) {
  const page = globalThis.location?.href;
  return new URL(url, page?.startsWith("http") ? page : "http://localhost/").href;
}
