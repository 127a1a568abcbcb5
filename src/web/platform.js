/** What differs between a page, a worker and a server. */

const scope = globalThis;

/** A page, or a browser's worker; Cloudflare's workers know no location of their own. */
export const inPage = () =>
  typeof scope.window?.document === "object" ||
  (typeof scope.WorkerGlobalScope === "function" && typeof scope.location === "object" && scope.navigator?.userAgent !== "Cloudflare-Workers");

/** What relative addresses are relative to; undefined outside a page. */
export const baseHref = () => (inPage() ? (scope.document?.baseURI ?? scope.location.href) : undefined);

/** A variable of the environment. Deno asks for permission, and bundlers have no `process`. */
export function environment(name) {
  try {
    return scope.process?.env?.[name];
  } catch {
    return undefined;
  }
}

/** A field of an object; undefined where there is none, or where it is null. */
export const field = (value, key) => value?.[key] ?? undefined;

/** A JSON text as a value; undefined where it is none. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const json = (value) => JSON.stringify(value) ?? "";
export const lower = (text) => text.toLowerCase();
export const upper = (text) => text.toUpperCase();

export const random = () => Math.random();

/** What a value is, for a sentence such as "not a string"; never the value itself, which may be a secret. */
export function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return `the number ${value}`;
  const name = typeof value === "object" ? value.constructor?.name || "object" : typeof value;
  return value === undefined ? name : `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}

/** A failure of `fetch`, in its own words and those of what caused it. */
export function describe(error) {
  const cause = error?.cause?.message || error?.cause?.code;
  return `${error?.message || error}${cause ? ` (${cause})` : ""}`;
}

/** Codes of Node's and Bun's sockets that say that no connection was made. */
const unsentCodes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ConnectionRefused"];

/** Whether a request surely never left this machine. A page learns nothing but that it is offline. */
export const isUnsent = (error) =>
  scope.navigator?.onLine === false || unsentCodes.includes(error?.cause?.code ?? error?.code);

/** The prompt as an input of a model. */
export const setPrompt = (input, prompt) => void (input.prompt = prompt);

/** One image is itself, several are a list. */
export const addImage = (input, url, first) => void (input.image = first ? url : [input.image, url].flat());
