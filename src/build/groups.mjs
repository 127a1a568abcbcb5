/**
 * The groups of tests. The commands of a group run one after another, and so do the groups of a lane; the two lanes run
 * side by side. Groups of cargo share its build folder. Groups of Node share `pkg/`, which the first of them builds, and
 * read it only, so that any two of them may run side by side.
 *
 * @typedef {object} Group
 * @property {string[][]} commands
 * @property {boolean} [counted] its commands print how many tests passed; the others are checks
 * @property {string} [missing] why it cannot run on this machine
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { findChromiumWithDriver, findWebKit, findXvfbRun } from "./browsers.mjs";
import { env, root } from "./program.mjs";

const tests = join(root, "tests");
const { browser, driver } = findChromiumWithDriver();
const webkit = findWebKit();
const xvfbRun = findXvfbRun();

/** Writes the project's flags for the browser, with the browser that fits the driver. */
function webdriverFile() {
  const capabilities = JSON.parse(readFileSync(join(root, "webdriver.json"), "utf8"));
  capabilities["goog:chromeOptions"].binary = browser;
  const file = join(root, "target/webdriver.json");
  mkdirSync(join(root, "target"), { recursive: true });
  writeFileSync(file, JSON.stringify(capabilities));
  return file;
}

/** What the commands find in their environment. */
export const testEnv = {
  ...env,
  CHROME: browser,
  CHROMEDRIVER: driver,
  WASM_BINDGEN_TEST_WEBDRIVER_JSON: webdriverFile(),
  WASM_BINDGEN_TEST_TIMEOUT: "120",
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
  RUSTDOCFLAGS: "-D warnings",
  // The numbers are read from the output.
  CARGO_TERM_COLOR: "never",
  FORCE_COLOR: "0",
};

const WASM32 = ["--target", "wasm32-unknown-unknown"];
/** As a Rust app has the crate. */
const APP = [...WASM32, "--no-default-features"];
const STRICT = ["--", "-D", "warnings"];
const runner = (program) => `target.wasm32-unknown-unknown.runner="${program}"`;

/** The tests in Rust that run in a browser. */
const inBrowser = readdirSync(tests)
  .filter((file) => file.endsWith(".rs") && readFileSync(join(tests, file), "utf8").includes("wasm_bindgen_test"))
  .flatMap((file) => ["--test", file.slice(0, -".rs".length)]);

const wasmPack = (...options) => ["wasm-pack", "test", "--headless", ...options, "--", ...inBrowser];

/** @type {Record<string, Group>} */
const rust = {
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
      ["cargo", "doc", "--no-deps", ...WASM32],
      ["cargo", "doc", "--no-deps", ...APP],
      // The examples of an app are compiled and not run: a page is missing.
      ["cargo", "test", "--doc", ...APP, "--config", runner("true")],
    ],
  },
  native: { commands: [["cargo", "test", "--no-fail-fast"]], counted: true },
  chromium: {
    commands: [
      wasmPack("--chrome", "--chromedriver", driver),
      ["cargo", "test", ...APP, "--test", "app", "--config", runner("wasm-bindgen-test-runner")],
    ],
    counted: true,
  },
  webkit: {
    commands: [[xvfbRun, "-a", ...wasmPack("--safari", "--safaridriver", webkit?.driver)]],
    counted: true,
    missing: webkit && xvfbRun ? undefined : "WebKit or xvfb-run is not installed",
  },
};

/** @type {Record<string, Group>} */
const node = {
  size: { commands: [["node", "src/build/build.mjs", "--if-changed"], ["node", "src/build/size.mjs", "--check"]] },
};
const files = readdirSync(tests, { recursive: true })
  .filter((file) => file.endsWith(".test.mjs") && !file.includes("node_modules"))
  .sort();
for (const folder of new Set(files.map((file) => file.split(sep)[0]))) {
  const own = files.filter((file) => file.startsWith(folder + sep)).map((file) => join("tests", file));
  node[folder] = { commands: [["node", "--test", "--test-reporter=spec", "--test-timeout=600000", ...own]], counted: true };
}

export const lanes = { rust, node };
