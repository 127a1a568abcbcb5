/** What set-up prints. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { runSteps } from "../../src/build/steps.mjs";

afterEach(() => mock.restoreAll());

/** Runs steps, with a clock of their own. Returns the lines to both outputs, and the status that ends the process. */
async function watch(makeLanes) {
  let now = 0;
  const clock = { pass: (seconds) => (now += 1000 * seconds) };
  mock.method(performance, "now", () => now);
  const out = mock.method(console, "log", () => {});
  const errors = mock.method(console, "error", () => {});
  // The end of the process ends the steps.
  const ended = new Error("the process has ended");
  const exit = mock.method(process, "exit", () => {
    throw ended;
  });
  await runSteps(makeLanes(clock)).catch((error) => assert.equal(error, ended));
  const lines = ({ mock: { calls } }) => calls.map(({ arguments: [line] }) => line);
  return { out: lines(out), errors: lines(errors), status: exit.mock.calls[0]?.arguments[0] };
}

/** A step that takes a time, and then is there. */
function makeStep(clock, { title = "Chromium", seconds = 30, takes = 4, isThere = false, ...others } = {}) {
  return {
    title,
    seconds,
    isThere: () => isThere,
    install: async () => {
      clock.pass(takes);
      isThere = true;
    },
    ...others,
  };
}

const refused = { install: () => Promise.reject(new Error("E: no network\nThis command failed: apt-get install")) };

test("set-up prints nothing when nothing is missing", async () => {
  const { out, errors } = await watch((clock) => [[makeStep(clock, { isThere: true, ...refused })], []]);
  assert.deepEqual([out, errors], [[], []]);
});

test("set-up says how long the longest lane takes, and prints a line with its seconds for each step that it ran", async () => {
  const { out, errors } = await watch((clock) => [
    [makeStep(clock), makeStep(clock, { title: "wasm-pack", seconds: 31, takes: 12 })],
    [makeStep(clock, { title: "npm packages", isThere: true, seconds: 1000 })],
  ]);
  assert.deepEqual(out, [
    "Set-up installs what is missing, once. It takes about 70 seconds:",
    `  ${"Chromium".padEnd(50)}   4 s`,
    `  ${"wasm-pack".padEnd(50)}  12 s`,
  ]);
  assert.deepEqual(errors, []);
});

test("set-up gives a long time in minutes", async () => {
  const { out } = await watch((clock) => [[makeStep(clock, { seconds: 200 })]]);
  assert.match(out[0], /about 4 minutes:$/);
});

test("a required step that fails shows its output, and ends set-up as failed", async () => {
  const { out, errors, status } = await watch((clock) => [[makeStep(clock, refused), makeStep(clock, { title: "wasm-pack" })]]);
  assert.deepEqual(errors, ["\nE: no network\nThis command failed: apt-get install"]);
  assert.deepEqual([status, out.length], [1, 1], "only the heading, and no step after it");
});

test("a step that succeeds without effect ends set-up, and says what to do", async () => {
  const { errors, status } = await watch((clock) => [[makeStep(clock, { install: async () => {} })]]);
  assert.equal(status, 1);
  assert.match(errors[0], /still missing: Chromium\. Install it by hand/);
});

test("a step that is not required shows its output when it fails, and set-up goes on", async () => {
  const optional = { ...refused, untested: "WebKit is not tested." };
  const { out, errors, status } = await watch((clock) => [[makeStep(clock, optional), makeStep(clock, { title: "wasm-pack" })]]);
  assert.deepEqual([errors, status], [[], undefined]);
  assert.match(out[1], /^E: no network\n/);
  assert.match(out[2], /^  wasm-pack +4 s$/);
});
