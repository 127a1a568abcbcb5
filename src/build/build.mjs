/**
 * Builds `pkg/`, the npm package's files: `node src/build/build.mjs [--if-changed]`.
 *
 * wasm-pack compiles, binds and optimises; then the glue gets two changes, each of which must find the very
 * text it replaces, so that a new wasm-bindgen cannot slip through unnoticed.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build as setUp, env, run, stop } from "./setup.mjs";

const root = join(import.meta.dirname, "../..");
const pkg = join(root, "pkg");
const stamp = join(pkg, ".inputs");

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

function inputs() {
  const hash = createHash("sha256");
  for (const file of [...filesBelow("src"), "Cargo.toml", "Cargo.lock", "package.json"].sort()) {
    hash.update(file).update("\0").update(readFileSync(join(root, file))).update("\0");
  }
  return hash.digest("hex");
}

function replace(text, from, to, what) {
  if (text.split(from).length !== 2) stop(`The glue has changed: ${what} is not there exactly once. See src/build/build.mjs.`);
  return text.replace(from, () => to);
}

/** Use before init(): every use of the module until then throws the sentence. */
function guard(glue) {
  const sentence = "replicate-wasm is not loaded yet: await init() first";
  glue = replace(
    glue,
    "let wasmModule, wasmInstance, wasm;",
    `const unloaded = new Proxy({}, { get() { throw new Error(${JSON.stringify(sentence)}); } });\nlet wasmModule, wasmInstance, wasm = unloaded;`,
    "the module's variable",
  );
  const check = "if (wasm !== undefined) return wasm;";
  if (glue.split(check).length !== 3) stop("The glue has changed: its two guards are not there. See src/build/build.mjs.");
  return glue.replaceAll(check, "if (wasm !== unloaded) return wasm;");
}

/** The package's own JavaScript lies in `web/`, not below a folder named by a hash. */
function flatten(glue) {
  const [crate] = readdirSync(join(pkg, "snippets"));
  rmSync(join(pkg, "web"), { recursive: true, force: true });
  rmSync(join(pkg, "snippets"), { recursive: true });
  mkdirSync(join(pkg, "web"));
  for (const file of readdirSync(join(root, "src/web"))) {
    if (file.endsWith(".js")) cpSync(join(root, "src/web", file), join(pkg, "web", file));
  }
  // Import statements alone: the keys of the import object are names that the wasm knows.
  return glue.replace(new RegExp(`from (['"])\\./snippets/${crate}/src/web/`, "g"), "from $1./web/");
}

function build() {
  console.log("Building pkg/");
  rmSync(pkg, { recursive: true, force: true });
  const flags = `${process.env.RUSTFLAGS ?? ""} --remap-path-prefix=${root}=. --remap-path-prefix=${process.env.CARGO_HOME ?? join(process.env.HOME ?? "", ".cargo")}=cargo`;
  run("wasm-pack", ["--log-level", "warn", "build", "--target", "web", "--no-pack", "--no-gitignore", "--out-dir", "pkg", "--out-name", "replicate"], {
    env: { ...env, RUSTFLAGS: flags.trim() },
  });
  const glue = join(pkg, "replicate.js");
  writeFileSync(glue, guard(flatten(readFileSync(glue, "utf8"))));
  for (const file of ["replicate.d.ts", "replicate_bg.wasm.d.ts"]) rmSync(join(pkg, file));
  cpSync(join(root, "src/js"), pkg, { recursive: true });
  for (const entry of ["index", "auto"]) cpSync(join(root, "src/web/types.d.ts"), join(pkg, `${entry}.d.ts`));
  const base64 = readFileSync(join(pkg, "replicate_bg.wasm")).toString("base64");
  writeFileSync(
    join(pkg, "wasm.js"),
    `/** The module inside JavaScript: bundled servers lose the path of a file beside it. */\nexport default Uint8Array.from(atob("${base64}"), (char) => char.charCodeAt(0));\n`,
  );
  writeFileSync(stamp, inputs());
}

setUp();
if (process.argv.includes("--if-changed") && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs()) process.exit(0);
build();
// Not before set-up has installed what it imports.
(await import("./size.mjs")).printSizes();
