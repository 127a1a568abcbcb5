/**
 * Installs what a command needs, and nothing that is there already.
 *
 * `node src/build/setup.mjs build` is what `npm start` and `npm run build` need: the wasm target, wasm-pack,
 * wasm-bindgen and the npm packages. `all` adds what the tests need: Chromium with its driver, a Cog server.
 */
import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { homedir } from "node:os";

const root = join(import.meta.dirname, "../..");
const WASM_PACK = "0.15.1";
const bindgen = readFileSync(join(root, "Cargo.toml"), "utf8").match(/^wasm-bindgen = "=(.+)"$/m)[1];

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

const installCrate = (name, version) => () =>
  output(name, "--version")?.includes(version) || run("cargo", ["install", "--locked", name === "wasm-bindgen" ? "wasm-bindgen-cli" : name, "--version", version]);

const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules/.package-lock.json");

export function build() {
  const node = process.versions.node.split(".").map(Number);
  if (node[0] < 20) stop(`Node 20 or newer is needed, this is ${process.versions.node}.`);
  if (!output("cargo", "--version")) stop("Rust is needed: install it from https://rustup.rs and try again.");
  step(
    "the wasm32 target of Rust",
    () => existsSync(join(output("rustc", "--print", "target-libdir", "--target", "wasm32-unknown-unknown") ?? "", ".")),
    () => {
      if (!output("rustup", "--version")) stop("rustup is needed for the wasm32 target: install it from https://rustup.rs and try again.");
      run("rustup", ["target", "add", "wasm32-unknown-unknown"]);
    },
  );
  step("wasm-pack (about two minutes)", () => output("wasm-pack", "--version")?.includes(WASM_PACK), installCrate("wasm-pack", WASM_PACK));
  step("wasm-bindgen (about two minutes)", () => output("wasm-bindgen", "--version")?.includes(bindgen), installCrate("wasm-bindgen", bindgen));
  step(
    "npm packages",
    () => existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs,
    () => {
      run("npm", ["ci", "--no-audit", "--no-fund"]);
      utimesSync(installed, new Date(), new Date());
    },
  );
}
