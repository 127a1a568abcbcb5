/**
 * The room `build` has the programs of this repository: set-up, the build, the check of the size, and the runner of all
 * tests. Nothing of it is published.
 *
 * This one builds `pkg/`, the npm package's files: `node src/build/build.mjs [--if-changed]`.
 *
 * cargo compiles the crate, wasm-bindgen writes the glue, wasm-opt makes the module small, and the JavaScript of
 * `src/` is copied beside them. Nothing that these tools write is changed.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, relative } from "node:path";
import { env, output, root, run, setUp } from "./setup.mjs";

const pkg = join(root, "pkg");
/** Becomes `pkg/` when it is complete, so that a running server keeps the last build until then. */
const fresh = join(root, "target/pkg");
const target = env.CARGO_TARGET_DIR ?? join(root, "target");
const STAMP = ".inputs";

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** A hash of all that the package is made of. */
function inputs() {
  const hash = createHash("sha256");
  const files = ["Cargo.toml", "Cargo.lock", "package.json"].map((file) => join(root, file));
  for (const file of [...filesBelow(join(root, "src")), ...files].sort()) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/**
 * Flags that keep the folders of this machine out of the module, so that every machine builds the same bytes. With the
 * component rust-src, rustc names the standard library's files by their local paths, and without it by the commit.
 */
function remapPaths() {
  const [, commit] = output("rustc", "-vV").match(/^commit-hash: (.+)$/m);
  const folders = {
    [root]: ".",
    [env.CARGO_HOME ?? join(homedir(), ".cargo")]: "cargo",
    [join(output("rustc", "--print", "sysroot"), "lib/rustlib/src/rust")]: `/rustc/${commit}`,
  };
  return Object.entries(folders).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}

/** Leaves the module, its glue and the snippets of JavaScript that the crate names in `fresh`. */
function compile() {
  const own = env.CARGO_ENCODED_RUSTFLAGS?.split("\x1f") ?? env.RUSTFLAGS?.split(" ") ?? [];
  // The encoded variable, since a folder's name may have spaces.
  const flags = [...own, ...remapPaths()].filter(Boolean).join("\x1f");
  const wasm32 = ["--target", "wasm32-unknown-unknown", "--target-dir", target];
  run("cargo", ["build", "--quiet", "--release", "--lib", ...wasm32], { env: { ...env, CARGO_ENCODED_RUSTFLAGS: flags } });
  const compiled = join(target, "wasm32-unknown-unknown/release/replicate_wasm.wasm");
  const names = ["--out-dir", fresh, "--out-name", "replicate", "--no-typescript"];
  run("wasm-bindgen", ["--target", "web", "--omit-default-module-path", ...names, compiled]);
  const module = join(fresh, "replicate_bg.wasm");
  run("wasm-opt", ["-Oz", module, "-o", module]);
}

/**
 * Copies the JavaScript of the package. Files that the crate imports are not copied: they are in `snippets`, and a second copy
 * would define the class of errors twice.
 */
function copyJavaScript() {
  const snippets = new Map(filesBelow(fresh).map((file) => [basename(file), relative(fresh, file)]));
  const fromSnippet = (line, name) => (snippets.has(name) ? `from "./${snippets.get(name)}"` : line);
  for (const name of readdirSync(join(root, "src/npm")).filter((name) => /\.(js|d\.ts)$/.test(name) && !snippets.has(name))) {
    const text = readFileSync(join(root, "src/npm", name), "utf8");
    writeFileSync(join(fresh, name), text.replace(/from "\.\/([\w-]+\.js)"/g, fromSnippet));
  }
  for (const room of ["relay", "sandbox"]) cpSync(join(root, "src", room), join(fresh, room), { recursive: true });
  renameSync(join(fresh, "types.d.ts"), join(fresh, "index.d.ts"));
}

/** Writes the module as JavaScript: bundled servers lose the path of a file beside it. */
function inlineModule() {
  const base64 = readFileSync(join(fresh, "replicate_bg.wasm")).toString("base64");
  writeFileSync(
    join(fresh, "wasm.js"),
    `/** The module inside JavaScript: bundled servers lose the path of a file beside it. */\nexport default Uint8Array.from(atob("${base64}"), (char) => char.charCodeAt(0));\n`,
  );
}

function build() {
  console.log("Building pkg/");
  // Taken before the build: a file that changes meanwhile asks for another one.
  const stamp = inputs();
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  compile();
  copyJavaScript();
  inlineModule();
  writeFileSync(join(fresh, STAMP), stamp);
  rmSync(pkg, { recursive: true, force: true });
  renameSync(fresh, pkg);
}

const isBuilt = () => existsSync(join(pkg, STAMP)) && readFileSync(join(pkg, STAMP), "utf8") === inputs();

await setUp("build");
if (process.argv.includes("--if-changed") && isBuilt()) process.exit(0);
build();
// Imported here, since set-up has to install esbuild first.
(await import("./size.mjs")).printSizes();
