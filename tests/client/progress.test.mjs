import test from "node:test";
import assert from "node:assert/strict";
import Replicate from "replicate";
import { parseProgressFromLogs } from "../../src/npm/progress.js";

const bar = (percent, current, total = 100) =>
  `${String(percent).padStart(3)}%|${"█".repeat(percent / 10).padEnd(10)}| ${current}/${total} [00:33<00:10, 229.00it/s]`;

const SAME_AS_REPLICATE = {
  "a bar": bar(76, 7568, 10000),
  "a bar at the start": bar(0, 0, 50),
  "a bar among other lines": `Using seed: 12\n${bar(10, 1, 10)}\n${bar(50, 5, 10)}\nwriting the image`,
  "no bar": "Using seed: 12\n50% done",
  "an empty text": "",
  "an unfinished bar": " 10%|█    ",
};

for (const [name, logs] of Object.entries(SAME_AS_REPLICATE)) {
  test(`the progress of ${name} is the same as with Replicate's own client`, () => {
    assert.deepEqual(parseProgressFromLogs(logs), Replicate.parseProgressFromLogs(logs));
    assert.deepEqual(parseProgressFromLogs({ logs }), Replicate.parseProgressFromLogs({ logs }));
  });
}

test("percentage is a fraction", () => {
  assert.deepEqual(parseProgressFromLogs(bar(76, 7568, 10000)), { percentage: 0.76, current: 7568, total: 10000 });
});

test("the last bar wins, also one after a carriage return", () => {
  for (const end of ["", "\r", "\r\n", "\nsaving"]) {
    const logs = `\r${bar(10, 1, 10)}\r${bar(20, 2, 10)}\r${bar(100, 10, 10)}\n\r${bar(0, 0, 4)}\r${bar(50, 2, 4)}${end}`;
    assert.deepEqual(parseProgressFromLogs(logs), { percentage: 0.5, current: 2, total: 4 });
  }
});

test("a bar may have a description before it", () => {
  assert.deepEqual(parseProgressFromLogs(`Epoch 1/3: 5%: ${bar(30, 3, 10)}`), { percentage: 0.3, current: 3, total: 10 });
});

test("a bar of ASCII characters is read", () => {
  assert.deepEqual(parseProgressFromLogs(" 45%|####5     | 9/20"), { percentage: 0.45, current: 9, total: 20 });
});

test("without logs there is no progress", () => {
  for (const value of [undefined, null, {}, { logs: null }, { logs: "" }, 7]) assert.equal(parseProgressFromLogs(value), null);
});

test("a hostile line of a megabyte does not hang", () => {
  for (const piece of ["1%|:", "1%|a", ":", " ", "1", "|"]) assert.equal(parseProgressFromLogs(piece.repeat(1_000_000 / piece.length)), null);
});
