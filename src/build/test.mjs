/**
 * Runs every test: `npm test`; or some groups of them: `npm test -- native browser`.
 *
 * A group is one of those below, or a folder of tests/ that has tests for Node. Whatever fails, the others
 * run too; the output of a group is shown when it fails.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { env, setUp, stop } from "./setup.mjs";
import { findChromiumWithDriver } from "./browsers.mjs";

const root = join(import.meta.dirname, "../..");

await setUp("all");
const { browser, driver } = findChromiumWithDriver();

/** The project's flags for the browser, and which of several browsers it is that fits the driver. */
function webdriverFile() {
  const capabilities = JSON.parse(readFileSync(join(root, "webdriver.json"), "utf8"));
  capabilities["goog:chromeOptions"].binary = browser;
  const file = join(root, "target/webdriver.json");
  mkdirSync(join(root, "target"), { recursive: true });
  writeFileSync(file, JSON.stringify(capabilities));
  return file;
}

const testEnv = {
  ...env,
  CHROME: browser,
  CHROMEDRIVER: driver,
  WASM_BINDGEN_TEST_WEBDRIVER_JSON: webdriverFile(),
  WASM_BINDGEN_TEST_TIMEOUT: "120",
  RUSTDOCFLAGS: "-D warnings",
  // The numbers are read from the output.
  CARGO_TERM_COLOR: "never",
  FORCE_COLOR: "0",
};

const WASM32 = ["--target", "wasm32-unknown-unknown"];
const APP = [...WASM32, "--no-default-features"];
const STRICT = ["--", "-D", "warnings"];
const runner = (program) => `target.wasm32-unknown-unknown.runner="${program}"`;

/** Each group is its commands. Checks come without a number of tests. */
const groups = {
  format: { commands: [["cargo", "fmt", "--check", "--", "--color", "never"]] },
  clippy: {
    commands: [
      ["cargo", "clippy", "--all-targets", ...STRICT],
      ["cargo", "clippy", "--all-targets", ...WASM32, ...STRICT],
      ["cargo", "clippy", "--all-targets", ...APP, ...STRICT],
    ],
  },
  docs: {
    commands: [
      ["cargo", "doc", "--no-deps"],
      ["cargo", "doc", "--no-deps", ...APP],
      // The examples of an app are compiled and not run: a page is missing.
      ["cargo", "test", "--doc", ...APP, "--config", runner("true")],
    ],
  },
  native: { commands: [["cargo", "test", "--no-fail-fast"]], counted: true },
  browser: {
    commands: [
      ["wasm-pack", "test", "--headless", "--chrome", "--chromedriver", driver],
      // As an app has the crate.
      ["cargo", "test", ...APP, "--test", "app", "--config", runner("wasm-bindgen-test-runner")],
    ],
    counted: true,
  },
  size: { commands: [["node", "src/build/build.mjs", "--if-changed"], ["node", "src/build/size.mjs", "--check"]] },
};

const files = readdirSync(join(root, "tests"), { recursive: true })
  .filter((file) => file.endsWith(".test.mjs") && !file.includes("node_modules"))
  .sort();
for (const folder of new Set(files.map((file) => file.split(sep)[0]))) {
  const own = files.filter((file) => file.startsWith(folder + sep)).map((file) => join("tests", file));
  const limits = ["--test-reporter=spec", "--test-timeout=600000"];
  groups[folder] = { commands: [["node", "--test", ...limits, ...own]], counted: true, needsPackage: true };
}

function select(names) {
  const unknown = names.filter((name) => !Object.hasOwn(groups, name));
  if (unknown.length) stop(`No such tests: ${unknown.join(", ")}. There are: ${Object.keys(groups).join(", ")}.`);
  const wanted = (name) =>
    !names.length || names.includes(name) || (name === "size" && names.some((name) => groups[name].needsPackage));
  return Object.keys(groups).filter(wanted);
}

/** Runs a command to its end: its output, and whether it succeeded. */
function execute([program, ...args]) {
  return new Promise((resolve) => {
    let text = "";
    const child = spawn(program, args, { env: testEnv, cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    child.on("error", (error) => resolve({ ok: false, text: `${text}${error.message}\n` }));
    child.on("close", (status) => resolve({ ok: status === 0, text }));
  });
}

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);

/** What the runners say at their ends: cargo and wasm-bindgen in one form, node in another. */
const count = (text) => ({
  passed: sum(text, /^test result: .*? (\d+) passed;/gm) + sum(text, /^ℹ pass (\d+)$/gm),
  failed: sum(text, /^test result: .*; (\d+) failed;/gm) + sum(text, /^ℹ (?:fail|cancelled) (\d+)$/gm),
  skipped: sum(text, /^test result: .*; (\d+) ignored;/gm) + sum(text, /^ℹ skipped (\d+)$/gm),
});

/** Runs a group's commands until one fails. A failure that no runner counted is one all the same. */
async function runGroup(name) {
  const { commands, counted } = groups[name];
  process.stdout.write(`${name.padEnd(10)}`);
  const started = performance.now();
  let output = "";
  let ok = true;
  for (const command of commands) {
    const result = await execute(command);
    output += `$ ${command.join(" ")}\n${result.text}`;
    ok &&= result.ok;
    if (!ok) break;
  }
  const { passed, failed, skipped } = count(output);
  if (counted && passed + failed === 0) {
    ok = false;
    output += "No test was run.\n";
  }
  const failures = ok ? failed : Math.max(failed, 1);
  const numbers = counted ? `, ${passed} passed${failed ? `, ${failed} failed` : ""}${skipped ? `, ${skipped} skipped` : ""}` : "";
  console.log(`${failures ? "FAILED" : "ok"}${numbers} (${Math.round((performance.now() - started) / 1000)} s)`);
  if (failures) console.log(`\n${output}`);
  return { name, passed, failed: failures };
}

const results = [];
for (const name of select(process.argv.slice(2))) results.push(await runGroup(name));

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
const failing = results.filter(({ failed }) => failed).map(({ name }) => name);
if (failing.length) console.log(`\nFailed: ${failing.join(", ")}`);
console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = failing.length ? 1 : 0;
