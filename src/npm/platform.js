/**
 * What all the rest builds on: the numbers that the core has too, and what differs between a page, a worker and a server.
 *
 * The numbers stand first in a file without imports, since bundlers then write them in place of their names.
 */

/** What has happened: the same numbers stand in driver.rs. */
export const DEMAND = 1, ANSWER = 2, PAGE = 3, LEAVE = 4, CANCEL = 5, THROWN = 6, TIMEOUT = 7, PLACE = 8, BODY = 9;

/** What a read brought, when that is no number of bytes: the same numbers stand in driver.rs. */
export const NOTHING = -1, END = -2, FAILURE = -3;

/** What the core says of a request, as bits: the same numbers stand in http.rs. */
export const STREAM = 1, KEEPALIVE = 2, TRUSTED = 4, RENEW = 8, RAW = 16, JOINS = 32, CREATE = 64, BESIDE = 128;

/** What came back for it: the same numbers stand in http.rs. */
export const IS_LOST = 0, IS_TEXT = 1, IS_JSON = 2, IS_BODY = 3;

/** What the core asks to be shown: the same numbers stand in host.rs; 0 is a string. */
export const ANY = 1, LOWER = 2, TITLE = 3;

/** What a stream yields, how a prediction is waited for, and which protocol: the numbers stand in open.rs. */
export const SNAPSHOTS = 0, TEXT = 1, EVENTS = 2, WHOLE = 3;
export const BLOCK = 0, POLL = 1, FOLLOW = 2;
export const HOMEPAGE = 0, REPLICATE = 1, COG = 2, PLAIN = 3;

/** A page, or a browser's worker; Cloudflare's workers know no location of their own. */
export const inPage = () =>
  Boolean(
    globalThis.window?.document ||
      (globalThis.WorkerGlobalScope && globalThis.location && globalThis.navigator?.userAgent !== "Cloudflare-Workers"),
  );

/** What relative addresses are relative to; undefined outside a page. */
export const baseHref = () => (inPage() ? (globalThis.document?.baseURI ?? globalThis.location.href) : undefined);

/** What a function returns; undefined where it throws. */
export function attempt(get) {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/** A variable of the environment. Deno asks for permission, and bundlers have no `process`. */
export const environment = (name) => attempt(() => globalThis.process?.env?.[name]);

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
  globalThis.navigator?.onLine === false || UNSENT.test(error?.cause?.code ?? error?.code);

/**
 * Title case of one character, after Unicode's SpecialCasing.txt and UnicodeData.txt: upper case with all but the
 * first letter lowered (ß is Ss), but for letters whose title case is a form of their own. Letters are written by their
 * numbers: a page need not say how its scripts are encoded.
 */
export function toTitleCase(character) {
  const code = character.codePointAt();
  const is = (letters) => letters.test(character);
  // Letters that are two each, their titles in the middle, at multiples of 3: Ǆ ǅ ǆ and so on.
  if (is(/[\u01c4-\u01cc\u01f1-\u01f3]/)) return String.fromCodePoint(code + 1 - ((code + 1) % 3));
  // Georgian has an upper case that title case does not use.
  if (is(/[\u10d0-\u10ff]/)) return character;
  const upper = character.toUpperCase();
  // An apostrophe and a capital.
  if (is(/\u0149/)) return upper;
  const [head = ""] = upper;
  const tail = upper.slice(head.length);
  // A Greek iota that upper case writes out stays a subscript; alone it becomes one letter with the first.
  const title = head + tail.toLowerCase().replaceAll("\u03b9", "\u0345");
  return tail === "\u0399" ? title.normalize() : title;
}
