// Where the sandbox stands, and the URLs it gives out. It may be mounted under any path, and by default speaks of itself only.

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
 * @returns {{ prefix: string, id?: string, stream?: string, api?: string, file?: string, home?: string } | null} the mount point and one route
 */
export function matchRoute(pathname) {
  return pathname.match(ROUTE)?.groups ?? null;
}

/** The URLs of one mount point. */
export class Links {
  /**
   * @param {string} base origin and prefix, without a slash at the end
   * @param {string} [apiUrl] the API's URL to speak of instead of the own one, such as https://api.replicate.com/v1
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
 * Whether this is a place where `<img>` cannot ask a function: a window, or a browser's worker.
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
 * @param {string | URL} url relative ones stand under the page, or under http://localhost where there is none
 * @returns {string}
 */
export function absoluteUrl(url) {
  const page = globalThis.location?.href;
  return new URL(url, page?.startsWith("http") ? page : "http://localhost/").href;
}
