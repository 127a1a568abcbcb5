/** The numbers and the skipped tests that are read from what the test runners print. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { count, skips } from "../../src/build/count.mjs";

const cargo = `
test ends_early ... ok
test waits_for_a_server ... ignored, needs Cog
test waits_for_nothing ... ignored

test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.50s

test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
`;
const node = `
✔ a test of passing (1.5ms)
﹣ a test in WebKit (0.2ms) # WebKit is not installed
  ﹣ a test inside another (10ms) # SKIP
ℹ tests 9
ℹ suites 0
ℹ pass 4
ℹ fail 1
ℹ cancelled 2
ℹ skipped 2
ℹ todo 0
`;

test("the tests of all runs of cargo and Node are summed; a cancelled test has failed", () => {
  assert.deepEqual(count(cargo), { passed: 42, failed: 1, skipped: 2 });
  assert.deepEqual(count(node), { passed: 4, failed: 3, skipped: 2 });
  assert.deepEqual(count(cargo + node), { passed: 46, failed: 4, skipped: 4 });
});

test("text without a result counts as nothing, also where a test prints the words in a line of its own", () => {
  assert.deepEqual(count("error: could not compile\n  ℹ pass 5\nx test result: ok. 1 passed; 0 failed; 0 ignored;"), { passed: 0, failed: 0, skipped: 0 });
});

test("each skipped test is named with its reason, or with the lack of one", () => {
  assert.deepEqual(skips(node + cargo), [
    "a test in WebKit: WebKit is not installed",
    "a test inside another: no reason is given",
    "waits_for_a_server: needs Cog",
    "waits_for_nothing: no reason is given",
  ]);
});
