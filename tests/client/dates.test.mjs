// Dates of HTTP, as Retry-After and Date have them: whatever the zone of this machine, they are in GMT.

import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dateOf, retryAfter } from "../../src/npm/exchange.js";

const moment = Date.UTC(1994, 10, 6, 8, 49, 37);

/** RFC 9110, 5.6.7. */
const forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];

test("a date is read in each of its three forms", () => {
  for (const form of forms) assert.equal(dateOf(form), moment, form);
});

test("the zone of the machine does not matter", () => {
  const module = JSON.stringify(new URL("../../src/npm/exchange.js", import.meta.url).href);
  const script = `import(${module}).then(({ dateOf }) => console.log(JSON.stringify(${JSON.stringify(forms)}.map(dateOf))))`;
  for (const TZ of ["Asia/Tokyo", "America/New_York"]) {
    const printed = execFileSync(process.execPath, ["-e", script], { env: { ...process.env, TZ }, encoding: "utf8" });
    assert.deepEqual(JSON.parse(printed), forms.map(() => moment), TZ);
  }
});

test("dates cross days, months, years and leap days", () => {
  const table = [
    ["Sun, 31 Dec 2000 23:59:59 GMT", "Mon, 01 Jan 2001 00:00:01 GMT", 2],
    ["Mon, 28 Feb 2000 23:59:59 GMT", "Tue, 29 Feb 2000 00:00:00 GMT", 1],
    ["Wed, 28 Feb 2001 00:00:00 GMT", "Thu, 01 Mar 2001 00:00:00 GMT", 86_400],
    ["Sun, 28 Feb 2100 00:00:00 GMT", "Mon, 01 Mar 2100 00:00:00 GMT", 86_400],
    ["Thursday, 31-Dec-99 23:59:58 GMT", "Saturday, 01-Jan-00 00:00:00 GMT", 2],
  ];
  for (const [now, then, seconds] of table) assert.equal(dateOf(then) - dateOf(now), seconds * 1000, `${now} to ${then}`);
});

test("what is no date is no number", () => {
  for (const text of [null, "", "soon", "Sun, 06 Non 1994 08:49:37 GMT", "08:49:37", "-1", "1.5", "日"]) assert.ok(Number.isNaN(dateOf(text)), `${text}`);
});

const asked = (value, date) => retryAfter(new Headers({ "retry-after": value, ...(date && { date }) }));

test("Retry-After is seconds where it is digits alone", () => {
  for (const [value, seconds] of [["0", 0], ["7", 7], [" 12 ", 12], ["007", 7], ["99999999999", 99999999999]]) assert.equal(asked(value), seconds, value);
});

test("a Retry-After that is a date counts against the answer's own, and else the clock", () => {
  for (const form of forms) assert.equal(asked(form, "Sun, 06 Nov 1994 08:49:30 GMT"), 7, form);
  assert.equal(asked(forms[0], "Sun, 06 Nov 1994 08:49:38 GMT"), -1, "it has passed");
  const hour = asked(new Date(Date.now() + 3_600_000).toUTCString());
  assert.ok(hour > 3_500 && hour <= 3_600, `${hour}`);
  assert.ok(asked(forms[0], "soon") < -1e8, "the clock, where the answer's date is none");
});

test("a Retry-After that is neither asks for nothing", () => {
  // A date that has passed would ask for no pause at all.
  for (const value of ["-1", "1.5", "+3", "", "soon"]) assert.ok(Number.isNaN(asked(value)), value);
  assert.ok(Number.isNaN(retryAfter(new Headers())), "none");
});
