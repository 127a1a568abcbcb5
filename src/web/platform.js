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

/**
 * Title case of one character, after Unicode's SpecialCasing.txt and UnicodeData.txt: upper case with all but the
 * first letter lowered (ß is Ss), but for letters whose title case is a form of their own.
 */
export function toTitleCase(character) {
  const code = character.codePointAt();
  const is = (letters) => letters.test(character);
  const own =
    // Letters that are two each, their titles in the middle: Ǆ ǅ ǆ and so on.
    is(/[Ǆ-ǌ]/) ? code - ((code - 0x1c4) % 3) + 1
    : is(/[Ǳ-ǳ]/) ? 0x1f2
    // Georgian has an upper case that title case does not use; some Greek letters are titles already.
    : is(/[ა-ჺჽ-ჿᾼῌῼ]/) ? code
    // Greek with iota subscript is one letter each, eight or nine places after the small one.
    : is(/[ᾀ-ᾯ]/) ? code | 8
    : is(/[ᾳῃῳ]/) && code + 9;
  if (own) return String.fromCodePoint(own);
  const upper = character.toUpperCase();
  const [head = ""] = upper;
  const tail = upper.slice(head.length);
  // An apostrophe and a capital; an iota that upper case writes out stays a subscript.
  return is(/ŉ/) ? upper : head + (is(/[\u1f80-\u1fff]/) ? tail.replaceAll("Ι", "\u0345") : tail.toLowerCase());
}
