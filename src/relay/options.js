import { durationMs } from "./deadline.js";
import { MemoryStore } from "./limits.js";
import { parseReference } from "./models.js";
import { allowable } from "./routes.js";

// Replicate runs no prediction longer.
const longestMs = 30 * 60_000;

const defaultLimits = {
  createsPerMinute: 10,
  totalCreatesPerMinute: 600, // Replicate's own limit for an account
  running: 2,
  totalRunning: 20,
  bodyBytes: 14 * 1024 * 1024, // a file of 10 MiB as base64, and the JSON around it
  uploadBytes: 100 * 1024 * 1024,
};

const defaults = () => ({
  token: environmentToken(),
  authorize: undefined, // there is none: its rule asks for one
  upstream: "https://api.replicate.com/v1",
  streamHosts: ["stream.replicate.com"],
  models: [],
  origins: [],
  allow: [],
  limits: {},
  store: new MemoryStore(),
  timeoutMs: 120_000, // above Replicate's longest sync mode, 60 s
  fetch: (...args) => globalThis.fetch(...args), // looked up late: platforms and tests replace it
});

const isFunction = [(value) => typeof value === "function", "a function"];
const isString = (value) => typeof value === "string";
const every = (test) => (values) => Array.isArray(values) && values.every((value) => isString(value) && test(value));

/** What each option must be, as a test and as the end of a sentence. */
const rules = {
  // The sentence never has the token in it; a line break at its end is the usual mistake.
  token: [
    (token) => isString(token) && /^[\x21-\x7e]+$/.test(token),
    "in one line: set REPLICATE_API_TOKEN or pass { token } (https://replicate.com/account/api-tokens)",
  ],
  authorize: isFunction,
  upstream: [(text) => isSecure(parseUrl(text)), "an https URL (plain http on loopback alone)"],
  streamHosts: [every((host) => parseUrl(`https://${host}`)?.host === host), "a list of hosts"],
  models: [
    every((entry) => parseReference(entry.replace(/\/\*$/, "/all"))?.model),
    "a list of owner/name, owner/* or owner/name:version",
  ],
  origins: [every(isOrigin), "a list of origins such as https://example.com"],
  publicOrigin: [isOrigin, "an origin such as https://example.com"],
  allow: [every((name) => allowable.includes(name)), `a list of ${allowable.join(", ")}`],
  signingKey: [(key) => isString(key) && key.length > 15, "a string of at least 16 characters"],
  limits: [
    (limits) =>
      Object.entries(defined(limits)).every(([name, value]) => Object.hasOwn(defaultLimits, name) && isLimit(value)),
    `whole numbers, not negative, of ${Object.keys(defaultLimits).join(", ")}`,
  ],
  store: [({ acquire, release }) => acquire && release, "an object with acquire and release"],
  cancelAfter: [durationMs, "a duration like 90s, 1m or 1h30m"],
  timeoutMs: [(ms) => ms > 0 && ms <= 3_600_000, "milliseconds, an hour at most"],
  fetch: isFunction,
  onRequest: isFunction,
  onResponse: isFunction,
};

/**
 * The options of `createRelay`, checked and with their defaults. A mistake throws a `TypeError` here, at
 * start-up; a misspelt name is one too, since the limit it meant would silently not hold.
 */
export function readOptions(given) {
  const config = { ...defaults(), ...defined(given) };
  for (const [name, value] of Object.entries(config)) {
    const [test, what] = rules[name] ?? [() => false, "left out: it is unknown"];
    if (!test(value)) throw new TypeError(`createRelay: ${name} must be ${what}.`);
  }

  const limits = { ...defaultLimits, ...defined(config.limits) };
  // A caller who may do more than all together would be a contradiction.
  if (config.limits.totalCreatesPerMinute === undefined) {
    limits.totalCreatesPerMinute = Math.max(limits.totalCreatesPerMinute, limits.createsPerMinute);
  }
  limits.slotMs = Math.min(durationMs(config.cancelAfter) ?? longestMs, longestMs);

  const hosts = [...config.streamHosts, new URL(config.upstream).host];
  return {
    ...config,
    limits,
    upstream: config.upstream.replace(/\/+$/, ""),
    /** May a stream be read at this URL? */
    mayStream: (text) => isSecure(parseUrl(text)) && hosts.includes(new URL(text).host),
  };
}

function environmentToken() {
  try {
    return globalThis.process?.env.REPLICATE_API_TOKEN;
  } catch {
    // Deno without --allow-env.
  }
}

function defined(values = {}) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** A whole number, not negative; `Infinity` is one here. */
function isLimit(value) {
  return value === Math.abs(Math.round(value));
}

function isOrigin(text) {
  return /^https?:/.test(text) && parseUrl(text)?.origin === text;
}

function isSecure(url) {
  if (!url || url.username + url.password + url.hash) return false;
  return /^(https:|http:\/\/(localhost|\[::1\]|127(\.\d+){3})[:/])/.test(url.href);
}

function parseUrl(text) {
  try {
    return new URL(text);
  } catch {
    // undefined: no URL
  }
}
