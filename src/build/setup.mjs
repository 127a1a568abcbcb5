/**
 * Installs what a command needs, and nothing that is there already.
 *
 * `node src/build/setup.mjs build` is what `npm start` and `npm run build` need: the wasm target, wasm-pack,
 * wasm-bindgen and the npm packages. `all` adds what the tests need: rustfmt and clippy, Chromium with its
 * driver, a Cog server, and what uses the package in tests/package.
 */
import { copyFileSync, existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { homedir } from "node:os";
import { findPair } from "./chrome.mjs";

export const root = join(import.meta.dirname, "../..");
const WASM_PACK = "0.15.1";
const bindgen = readFileSync(join(root, "Cargo.lock"), "utf8").match(/^name = "wasm-bindgen"\nversion = "(.+)"$/m)[1];

/** Where `cargo install` puts its programs, which a fresh shell may not have on its PATH. */
const cargoBin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
export const env = {
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), process.env.PATH, cargoBin].join(delimiter),
};

/** What a program prints, or undefined where it is missing or fails. */
export function output(program, ...args) {
  const { status, stdout } = spawnSync(program, args, { env, cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a program with its output shown; ends the set-up with a sentence when it fails. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { env, cwd: root, stdio: "inherit", ...options });
  if (status !== 0) stop(`\`${[program, ...args].join(" ")}\` failed${error ? `: ${error.message}` : ""}.`);
}

export function stop(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

function step(title, isThere, install) {
  if (isThere()) return;
  console.log(`Set-up: ${title}`);
  install();
  if (!isThere()) stop(`Set-up: ${title} did not succeed; see the messages above.`);
}

function rustup(...args) {
  if (!output("rustup", "--version")) stop(`rustup is needed for \`rustup ${args.join(" ")}\`: install it from https://rustup.rs and try again.`);
  run("rustup", args);
}

/** Installs packages of Debian or Ubuntu; where that is not possible, the sentence says how else. */
function apt(packages, otherwise) {
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
  if (!output("apt-get", "--version") || (asRoot.length && !output("sudo", "--version"))) stop(otherwise);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const [program, ...rest] = [...asRoot, "apt-get", ...args];
    run(program, rest);
  }
}

const installCrate = (name, version) => () =>
  output(name, "--version")?.includes(version) || run("cargo", ["install", "--locked", name === "wasm-bindgen" ? "wasm-bindgen-cli" : name, "--version", version]);

/** The packages of a folder: those of its lockfile, where it has one. */
function npmPackages(title, folder, ...options) {
  const locked = existsSync(join(folder, "package-lock.json"));
  const wanted = join(folder, locked ? "package-lock.json" : "package.json");
  const installed = join(folder, "node_modules/.package-lock.json");
  step(
    title,
    () => existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs,
    () => {
      const command = locked ? ["ci"] : ["install", "--no-package-lock"];
      run("npm", [...command, "--no-audit", "--no-fund", ...options], { cwd: folder });
      utimesSync(installed, new Date(), new Date());
    },
  );
}

export function build() {
  const node = process.versions.node.split(".").map(Number);
  if (node[0] < 20) stop(`Node 20 or newer is needed, this is ${process.versions.node}.`);
  if (!output("cargo", "--version")) stop("Rust is needed: install it from https://rustup.rs and try again.");
  step(
    "the wasm32 target of Rust",
    () => existsSync(join(output("rustc", "--print", "target-libdir", "--target", "wasm32-unknown-unknown") ?? "", ".")),
    () => rustup("target", "add", "wasm32-unknown-unknown"),
  );
  step("wasm-pack (about two minutes)", () => output("wasm-pack", "--version")?.includes(WASM_PACK), installCrate("wasm-pack", WASM_PACK));
  step("wasm-bindgen (about two minutes)", () => output("wasm-bindgen", "--version")?.includes(bindgen), installCrate("wasm-bindgen", bindgen));
  npmPackages("npm packages", root);
}

function installChromium() {
  const { CHROME, CHROMEDRIVER } = process.env;
  const needed =
    "Chrome or Chromium is needed, and a chromedriver of the same major version: install both, for example from https://googlechromelabs.github.io/chrome-for-testing/, name them in CHROME and CHROMEDRIVER where they are not on the PATH, and try again.";
  if (CHROME || CHROMEDRIVER) stop(`CHROME (${CHROME ?? "not set"}) and CHROMEDRIVER (${CHROMEDRIVER ?? "not set"}) are no such pair. ${needed}`);
  apt(["chromium", "chromium-driver"], needed);
}

const requirements = join(root, "tests/cog/requirements.txt");
const venv = join(root, ".venv-cog");
/** A copy of the list that was installed: a changed list is another. */
const installedRequirements = join(venv, "requirements.txt");

function installCog() {
  const needed = "Python 3.10 or newer with its venv module is needed for the model server of the tests: install it and try again.";
  if (output("python3", "-c", "import ensurepip, venv") === undefined) apt(["python3", "python3-venv"], needed);
  if (output("python3", "-c", "import sys; print(sys.version_info >= (3, 10))") !== "True") stop(needed);
  run("python3", ["-m", "venv", venv]);
  run(join(venv, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  copyFileSync(requirements, installedRequirements);
}

export function all() {
  build();
  step(
    "rustfmt and clippy",
    () => ["fmt", "clippy"].every((command) => output("cargo", command, "--version")),
    () => rustup("component", "add", "rustfmt", "clippy"),
  );
  step("Chromium and its driver", () => findPair() !== undefined, installChromium);
  const consumers = join(root, "tests/package");
  npmPackages("Vite and webpack", consumers, "--ignore-scripts");
  npmPackages("Next.js", join(consumers, "apps/next"), "--ignore-scripts");
  npmPackages("Deno", join(consumers, "deno"), "--ignore-scripts");
  if (!process.env.COG_VENV) {
    const same = () => existsSync(installedRequirements) && readFileSync(installedRequirements).equals(readFileSync(requirements));
    step("Cog, the model server of the tests (.venv-cog)", same, installCog);
  }
}

if (process.argv[1] === import.meta.filename) {
  const wanted = { build, all }[process.argv[2] ?? "all"];
  if (!wanted) stop("Usage: node src/build/setup.mjs [build | all]");
  wanted();
  console.log(wanted === all ? "All is set up: `npm test` runs every test." : "All is set up: `npm run build` makes pkg/.");
}
