/**
 * The kinds of values that a page may pass: the words for what one must be, and how it is told. What makes them is
 * marked as free of side effects, so that bundlers leave out the kinds that an application does not use.
 */

import { attempt } from "./platform.js";

/** The longest time a browser's timer can count, 2^31 - 1 ms; a longer one fires at once. */
const LONGEST_MS = 2147483647;

/** A text as a URL; undefined where it is none. Not by `URL.parse`, which Safari has since version 18 only. */
export const parseUrl = (text, base) => attempt(() => new URL(text, base));

/* @__NO_SIDE_EFFECTS__ */
const is = (type) => (value) => typeof value === type;

/* @__NO_SIDE_EFFECTS__ */
const text = (pattern) => (value) => typeof value === "string" && pattern.test(value);

/* @__NO_SIDE_EFFECTS__ */
const whole = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export const STRING = ["a string", is("string")];
export const BOOLEAN = ["true or false", is("boolean")];
export const FUNCTION = ["a function", is("function")];
export const OBJECT = ["an object", isObject];
export const ARRAY = ["an array", Array.isArray];

export const MS = [`a number of milliseconds from 0 to ${LONGEST_MS}`, (value) => typeof value === "number" && value >= 0 && value <= LONGEST_MS];
export const SECONDS = ["a whole number of seconds from 1 to 60", whole(1, 60)];
export const ATTEMPTS = ["a whole number from 1 to 1000000", whole(1, 1e6)];
export const COUNT = ["a whole number from 0 to 1000000", whole(0, 1e6)];

export const HEADER = ["a text that a header can carry", text(/^[\x20-\x7e]*$/)];
export const HEADERS = ["names and values of headers", (value) => attempt(() => new Headers(value))];
export const TOKEN = ["a text that a header can carry", text(/^[\x21-\x7e]+$/)];
export const ADDRESS = ["a URL", (value) => parseUrl(value)];

/** "." and ".." would lead to another route, half a surrogate pair cannot be encoded. */
export const NAME = ["a string that names one thing", text(/^(?!\.{0,2}$)\P{Surrogate}*$/u)];
export const MODEL = ["owner/name, or the option version be given", text(/^[^/:]+\/[^/:]+$/)];
/** Cog's server uses it as the name of a folder, and a long one costs it a slot for ever. */
export const ID = ["1 to 64 letters, digits, - and _", text(/^[\w-]{1,64}$/)];

export const SIGNAL = ["an AbortSignal", (value) => typeof value?.aborted === "boolean" && typeof value.addEventListener === "function"];
export const STRATEGY = ["default, upload or data-uri", text(/^(default|upload|data-uri)$/)];
export const WAIT = ['{mode: "block", timeout} or {mode: "poll", interval}', (value) => isObject(value) && /^(block|poll)$/.test(value.mode ?? "block")];
