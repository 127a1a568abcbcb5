/**
 * Runs every test: `npm test`; or some groups of them: `npm test -- native chromium`.
 *
 * The groups are in groups.mjs: checks and tests of the crate, and a group for each folder of tests/ that has tests for
 * Node. When one fails, the others run all the same. The output of a group is shown only when it fails.
 */
import { count, skips } from "./count.mjs";
import { execute, stop } from "./program.mjs";
import { setUp, untested } from "./setup.mjs";

await setUp("all");
// Imported here, since set-up has to install what the groups name.
const { lanes, testEnv } = await import("./groups.mjs");

const groups = Object.assign({}, ...Object.values(lanes));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(groups, name));
if (unknown.length) stop(`There are no such tests: ${unknown.join(", ")}. Choose from: ${Object.keys(groups).join(", ")}.`);

/** What Node tests is in `pkg/`, which the first group of its lane builds. */
const isWanted = (name) => !wanted.length || wanted.includes(name) || (name === "size" && wanted.some((name) => Object.hasOwn(lanes.node, name)));
const [rust, node] = [lanes.rust, lanes.node].map((lane) => Object.keys(lane).filter(isWanted));

/** Runs a group's commands until one fails. A failure that no runner counted is one all the same. */
async function runGroup(name) {
  const { commands, counted, missing } = groups[name];
  if (missing) return { name, passed: 0, failed: 0, skipped: 1, notRun: [`${name}: ${missing}`] };
  const started = performance.now();
  let output = "";
  let ok = true;
  for (const [program, ...args] of commands) {
    const result = await execute(program, args, { env: testEnv });
    output += `$ ${[program, ...args].join(" ")}\n${result.text}`;
    ok = result.ok;
    if (!ok) break;
  }
  const numbers = count(output);
  if (counted && numbers.passed + numbers.failed + numbers.skipped === 0) {
    ok = false;
    output += "No test was run.\n";
  }
  const failed = ok ? numbers.failed : Math.max(numbers.failed, 1);
  const parts = counted ? Object.entries(numbers).filter(([what, number]) => number || what === "passed").map(([what, number]) => `${number} ${what}`) : [];
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${name.padEnd(10)} ${[failed ? "FAILED" : "ok", ...parts].join(", ")} (${seconds} s)`);
  if (failed) console.log(`\n${output}`);
  return { ...numbers, name, failed, notRun: skips(output).map((skip) => `${name}: ${skip}`) };
}

const results = [];
async function runAll(names, next) {
  while (names.length) results.push(await runGroup(names[next]()));
}

const built = runAll(node.splice(0, 1), "shift");
// The lane of Rust ends earlier. It goes on with the last groups of Node.
await Promise.all([
  runAll(rust, "shift").then(() => built).then(() => runAll(node, "pop")),
  built.then(() => runAll(node, "shift")),
]);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);

const failing = results.filter(({ failed }) => failed).map(({ name }) => name);
const notRun = [...untested(), ...results.flatMap(({ notRun }) => notRun)];
if (wanted.length) notRun.push(`Only these groups were asked for: ${results.map(({ name }) => name).join(", ")}.`);
if (notRun.length) console.log(`\nNot run:\n${[...new Set(notRun)].map((line) => `- ${line}`).join("\n")}`);
if (failing.length) console.log(`\nFailed: ${failing.join(", ")}`);
const minutes = (performance.now() / 60_000).toFixed(1);
console.log(`\n${total("passed")} passed, ${total("failed")} failed${total("skipped") ? `, ${total("skipped")} skipped` : ""} (${minutes} minutes)`);
process.exitCode = failing.length ? 1 : 0;
