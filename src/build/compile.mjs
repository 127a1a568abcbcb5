/**
 * Compiles the crate to a module and its glue.
 *
 * The standard library that rustup installs is compiled for speed, and each of its panics first writes a
 * sentence that no page ever sees: a panic is a trap. So the library is compiled along with the crate, for size,
 * with panics that trap at once and without what only their sentences need. That stands behind `-Z` flags,
 * which the stable compiler takes with RUSTC_BOOTSTRAP=1. Only this build uses them: `cargo build`,
 * `cargo test` and `wasm-pack test` need nothing but stable Rust.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { env, output, root, run } from "./setup.mjs";

const standardLibrary = () => join(output("rustc", "--print", "sysroot"), "lib/rustlib/src/rust/library");

const RUSTC = [
  // Data stands at the start of the memory, where its addresses have fewer digits, and a stack of 64 kB after it: nothing recurs
  // here. So the memory begins with two pages in place of seventeen.
  "-Clink-arg=--no-stack-first",
  "-Clink-arg=-zstack-size=65536",
  // A struct is copied by one instruction, and not by a load and a store for each eight bytes of it.
  "-Cllvm-args=-max-store-memcpy=1",
];
const SMALL_RUSTC = [
  "-Zunstable-options",
  "-Cpanic=immediate-abort",
  "-Zlocation-detail=none",
  "-Zfmt-debug=none",
  // What is usual for speed is off for size, although layers of closures and iterators get smaller by it.
  "-Zinline-mir=yes",
  // Objects of the host are numbers in the module and a list in the glue: a table of references the module manages itself.
  // The standard library that rustup installs has one.
  "-Ctarget-feature=-reference-types",
];
const SMALL_CARGO = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

const unstable = { ...env, RUSTC_BOOTSTRAP: "1" };

/** Whether this compiler knows the flags: they are not stable, so another one may not. */
const knowsFlags = () =>
  spawnSync("rustc", [...SMALL_RUSTC, "--target", "wasm32-unknown-unknown", "--print", "cfg"], { env: unstable, stdio: "ignore" }).status === 0;

/** The folders of this machine have no place in the package, and would make it another one on every machine. */
function remapPaths() {
  const folders = { [root]: ".", [process.env.CARGO_HOME ?? join(homedir(), ".cargo")]: "cargo", [standardLibrary()]: "std" };
  return Object.entries(folders).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}

/** Leaves the module, its glue and the snippets of JavaScript that it imports in `folder`. */
export function compile(folder) {
  const small = existsSync(standardLibrary()) && knowsFlags();
  if (!small) console.log("Rust's standard library cannot be compiled along (src/build/compile.mjs says why that matters): the module becomes larger by a half.");
  const flags = [process.env.RUSTFLAGS ?? "", ...remapPaths(), ...RUSTC, ...(small ? SMALL_RUSTC : [])];
  const where = ["--target", "web", "--no-pack", "--no-gitignore", "--out-dir", folder, "--out-name", "replicate", "."];
  run("wasm-pack", ["--log-level", "warn", "build", ...where, "--", "--features", "npm", ...(small ? SMALL_CARGO : [])], {
    env: { ...(small ? unstable : env), RUSTFLAGS: flags.join(" ").trim() },
  });
}
