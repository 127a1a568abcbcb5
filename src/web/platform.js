/** What differs between a page, a worker and a server. */

const scope = globalThis;

/** A page, or a browser's worker; Cloudflare's workers know no location of their own. */
export const inPage = () =>
  Boolean(scope.window?.document || (scope.WorkerGlobalScope && scope.location && scope.navigator?.userAgent !== "Cloudflare-Workers"));

/** What relative addresses are relative to; undefined outside a page. */
export const baseHref = () => (inPage() ? (scope.document?.baseURI ?? scope.location.href) : undefined);

/** What a function returns; undefined where it throws. */
export function attempt(get) {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/** A variable of the environment. Deno asks for permission, and bundlers have no `process`. */
export const environment = (name) => attempt(() => scope.process?.env?.[name]);

/** A JSON text as a value; undefined where it is none. */
export const parse = (text) => attempt(() => JSON.parse(text));

/** The name of a value's kind. Not by `instanceof` or its constructor: these fail for values of another frame. */
export const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** What a value is, for a sentence such as "not a string"; never the value itself, which may be a secret. */
export function kindOf(value) {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === "number") return `the number ${value}`;
  const kind = tagOf(value).toLowerCase();
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

/** A failure of `fetch`, in its own words and those of what caused it. */
export function describe(error) {
  const cause = error?.cause?.message || error?.cause?.code;
  return `${error?.message || error}${cause ? ` (${cause})` : ""}`;
}

/** Codes of Node's and Bun's sockets that say that no connection was made. */
const UNSENT = /^(E(CONNREFUSED|NOTFOUND|AI_AGAIN|(HOST|NET)UNREACH)|ConnectionRefused)$/;

/** Whether a request surely never left this machine. A page learns nothing but that it is offline. */
export const isUnsent = (error) =>
  scope.navigator?.onLine === false || UNSENT.test(error?.cause?.code ?? error?.code);
