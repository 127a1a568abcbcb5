/** The options of `createRelay`: their defaults, and what each must be. */
import { durationMs } from "./deadline.js";
import { MemoryStore } from "./memory-store.js";
import { parseReference } from "./models.js";
import { allowable } from "./routes.js";

// Replicate runs no prediction longer.
const longestMs = 30 * 60_000;
// Replicate needs some time to cancel a prediction that is due.
const cancelGraceMs = 30_000;

const defaultLimits = {
  createsPerMinute: 10,
  totalCreatesPerMinute: 600, // Replicate's own limit for an account
  running: 2,
  totalRunning: 20,
  requestsPerMinute: 1200,
  requests: 50,
  totalRequests: 500,
  bodyBytes: 14 * 1024 * 1024, // a file of 10 MiB as base64, and the JSON around it
  uploadBytes: 100 * 1024 * 1024,
};
// What one running prediction needs: a poll every 250 ms, and a stream, a poll, a create and a cancel at once.
const pollsPerMinute = 240;
const requestsAtOnce = 4;

const defaults = () => ({
  upstream: "https://api.replicate.com/v1",
  streamHosts: ["stream.replicate.com"],
  models: [],
  origins: [],
  allow: [],
  allowHeaders: [],
  limits: {},
  store: new MemoryStore(),
  trustForwarded: false,
  heartbeatMs: 15_000,
  timeoutMs: 120_000, // above Replicate's longest sync mode, 60 s
  fetch: (...args) => globalThis.fetch(...args), // looked up late: platforms and tests replace it
});

const longestSecret = 1000;

const isString = (value) => typeof value === "string";

/**
 * Whether the scrubber can look for a secret (spelling.js). Each character nests a group in its expression, and a run of
 * backslashes could be read in too many ways.
 */
const isSecret = (value) => isString(value) && value.length <= longestSecret && !value.includes("\\\\");

const aFunction = { test: (value) => typeof value === "function", what: "a function" };
const listOf = (test, what) => ({ each: (value) => isString(value) && test(value), what: `a list of ${what}` });

/** What each option must be, as a test and as the end of a sentence. */
const rules = {
  // The sentence never has the token in it; a line break at its end is the usual mistake.
  token: {
    test: (token) => isSecret(token) && /^[\x21-\x7e]+$/.test(token),
    what: `a string: Replicate's token in one line of at most ${longestSecret} characters without two backslashes in a row (https://replicate.com/account/api-tokens)`,
  },
  authorize: aFunction,
  upstream: { test: (text) => isSecure(parseUrl(text)), what: "a string: an https URL (plain http on loopback alone)" },
  streamHosts: listOf((host) => parseUrl(`https://${host}`)?.host === host, "hosts such as stream.replicate.com"),
  models: listOf(
    (entry) => parseReference(entry.replace(/\/\*$/, "/all"))?.model,
    "owner/name, owner/* or owner/name:version",
  ),
  origins: listOf((text) => isOrigin(text) || isAppOrigin(text), "origins such as https://example.com or tauri://localhost"),
  publicUrl: { test: isPublicUrl, what: "a string: an address such as https://example.com or https://example.com/app/relay" },
  publicOrigin: { test: isOrigin, what: "a string: an origin such as https://example.com (its new name is publicUrl)" },
  trustForwarded: { test: (value) => typeof value === "boolean", what: "true or false" },
  allowHeaders: listOf((name) => /^[\w-]+$/.test(name), "names of headers"),
  allow: listOf((name) => allowable.includes(name), allowable.join(", ")),
  signingKey: {
    test: (key) => isSecret(key) && key.length >= 16,
    what: `a string of 16 to ${longestSecret} characters without two backslashes in a row, such as a hash of a longer key`,
  },
  limits: { test: (limits) => typeof limits === "object", what: "an object" },
  store: {
    test: (store) => typeof store?.acquire === "function" && typeof store.release === "function",
    what: "an object with the functions acquire and release",
  },
  cancelAfter: { test: durationMs, what: "a string: a duration like 90s, 1m or 1h30m" },
  heartbeatMs: { test: (ms) => ms >= 0 && ms <= 3_600_000, what: "a number of milliseconds, an hour at most, or 0 for none" },
  timeoutMs: { test: (ms) => ms > 0 && ms <= 3_600_000, what: "a number of milliseconds, an hour at most" },
  fetch: aFunction,
  onRequest: aFunction,
  onResponse: aFunction,
};

/**
 * The options of `createRelay`, checked and with their defaults. A mistake throws a `TypeError` here, at start-up; a
 * misspelt name is one too, since the limit that it meant would silently not hold.
 */
export function readOptions(given) {
  const config = { ...defaults(), ...defined(given) };
  config.token ??= environmentToken();
  if (config.token === undefined || config.token === "") {
    fail("No token: set REPLICATE_API_TOKEN or the option token (https://replicate.com/account/api-tokens).");
  }
  config.authorize ??= undefined; // it has no default, and must be checked all the same
  for (const [name, value] of Object.entries(config)) check(name, value);
  for (const [name, value] of Object.entries(defined(config.limits))) checkLimit(name, value);
  if (config.publicUrl !== undefined && config.publicOrigin !== undefined) {
    fail("publicOrigin must be left out: publicUrl is its new name.");
  }

  const hosts = [...config.streamHosts, new URL(config.upstream).host];
  return {
    ...config,
    limits: fillLimits(defined(config.limits), config.cancelAfter),
    publicUrl: config.publicUrl ?? config.publicOrigin,
    upstream: config.upstream.replace(/\/+$/, ""),
    /** May a stream be read at this URL? */
    mayStream: (text) => isSecure(parseUrl(text)) && hosts.includes(new URL(text).host),
  };
}

function check(name, value) {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) fail(noOption(name, rules));
  if (rule.test ? rule.test(value) : Array.isArray(value) && value.every(rule.each)) return;
  const entry = rule.each && Array.isArray(value) ? value.find((each) => !rule.each(each)) : undefined;
  if (entry !== undefined) fail(`${name} must be ${rule.what}; ${JSON.stringify(entry)} is none.`);
  mustBe(name, rule.what, value);
}

function checkLimit(name, value) {
  if (!Object.hasOwn(defaultLimits, name)) fail(noOption(`limits.${name}`, defaultLimits));
  if (!isLimit(value)) mustBe(`limits.${name}`, "a whole number, not negative", value);
}

const noOption = (name, all) => `${name} must be left out: there is no such option, only ${Object.keys(all).join(", ")}.`;

/** Words that begin with the kind of the value say enough: its kind is right. */
function mustBe(name, what, value) {
  const kind = kindOf(value);
  fail(`${name} must be ${what}${what.startsWith(kind) ? "" : `, not ${kind}`}.`);
}

/** Limits that were not given follow those that were: what a caller may do must not be more than all may together. */
function fillLimits(given, cancelAfter) {
  const limits = { ...defaultLimits, ...given };
  const raise = (name, least) => {
    if (given[name] === undefined) limits[name] = Math.max(limits[name], least);
  };
  raise("totalCreatesPerMinute", limits.createsPerMinute);
  raise("requestsPerMinute", pollsPerMinute * limits.running);
  raise("requests", requestsAtOnce * limits.running);
  raise("totalRequests", Math.max(limits.requests, requestsAtOnce * limits.totalRunning));
  limits.slotMs = cancelAfter ? Math.min(durationMs(cancelAfter) + cancelGraceMs, longestMs) : longestMs;
  return limits;
}

function fail(sentence) {
  throw new TypeError(`createRelay: ${sentence}`);
}

function environmentToken() {
  try {
    return globalThis.process?.env.REPLICATE_API_TOKEN;
  } catch {
    // Deno without --allow-env.
  }
}

function defined(values) {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== undefined));
}

function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A whole number, not negative; `Infinity` is one here. */
function isLimit(value) {
  return value === Math.abs(Math.round(value));
}

function isOrigin(text) {
  return isString(text) && /^https?:/.test(text) && parseUrl(text)?.origin === text;
}

/** The origins that apps with a web view have, and extensions of browsers and editors. */
function isAppOrigin(text) {
  return /^(app:\/\/[\w.-]*|(tauri|capacitor|ionic|(chrome|moz|safari-web)-extension|vscode-webview):\/\/[\w.-]+)(:\d+)?$/.test(text);
}

function isPublicUrl(text) {
  const url = isString(text) ? parseUrl(text) : undefined;
  return /^https?:$/.test(url?.protocol) && !(url.username + url.password + url.search + url.hash);
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
