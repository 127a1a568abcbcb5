/**
 * Runs every test: `npm test`; or some groups of them: `npm test -- native browser`.
 *
 * A group is a line of the list below, or a folder of tests/ with tests for Node. All of them run, whatever
 * fails; the output of a group is shown when it fails.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { all as setUp, env, stop } from "./setup.mjs";
import { findPair } from "./chrome.mjs";

const root = join(import.meta.dirname, "../..");

setUp();
const { browser, driver } = findPair();

/** The project's flags for the browser, and which of several browsers fits the driver. */
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
  // The results are read from the output.
  CARGO_TERM_COLOR: "never",
  FORCE_COLOR: "0",
};

/** The files with tests for Node, by the folder of tests/ that they are in. */
function nodeTests() {
  const files = readdirSync(join(root, "tests"), { recursive: true })
    .filter((file) => file.endsWith(".test.mjs") && !file.includes("node_modules"))
    .sort();
  return Object.groupBy?.(files, (file) => file.split(sep)[0]) ?? files.reduce((groups, file) => {
    (groups[file.split(sep)[0]] ??= []).push(join("tests", file));
    return groups;
  }, {});
}
