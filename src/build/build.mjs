/**
 * Builds `pkg/`, the npm package's files: `node src/build/build.mjs [--if-changed]`.
 *
 * wasm-pack compiles, binds and optimises (compile.mjs); then the glue gets a few changes (glue.mjs), and both
 * sides shorter names for each other (names.mjs).
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compile } from "./compile.mjs";
import { change } from "./glue.mjs";
import { shorten } from "./names.mjs";
import { root, setUp } from "./setup.mjs";

const pkg = join(root, "pkg");
/** It becomes `pkg/` when all is there: whoever uses that goes on with the last one meanwhile. */
const fresh = join(root, "target/pkg");
const STAMP = ".inputs";

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

/** What of the package is JavaScript. */
function copyJavaScript() {
  for (const file of readdirSync(join(root, "src/npm"))) {
    if (/\.(js|d\.ts)$/.test(file)) cpSync(join(root, "src/npm", file), join(fresh, file));
  }
  for (const room of ["relay", "sandbox"]) cpSync(join(root, "src", room), join(fresh, room), { recursive: true });
}

function build() {
  console.log("Building pkg/");
  // Of the files as they are now: one that changes meanwhile asks for another build.
  const stamp = inputs();
  rmSync(fresh, { recursive: true, force: true });
  compile(fresh);
  const glue = join(fresh, "replicate.js");
  writeFileSync(glue, shorten(fresh, change(readFileSync(glue, "utf8"))));
  for (const file of ["replicate.d.ts", "replicate_bg.wasm.d.ts"]) rmSync(join(fresh, file));
  copyJavaScript();
  renameSync(join(fresh, "types.d.ts"), join(fresh, "index.d.ts"));
  const base64 = readFileSync(join(fresh, "replicate_bg.wasm")).toString("base64");
  writeFileSync(
    join(fresh, "wasm.js"),
    `/** The module inside JavaScript: bundled servers lose the path of a file beside it. */\nexport default Uint8Array.from(atob("${base64}"), (char) => char.charCodeAt(0));\n`,
  );
  writeFileSync(join(fresh, STAMP), stamp);
  rmSync(pkg, { recursive: true, force: true });
  renameSync(fresh, pkg);
}

const isBuilt = () => existsSync(join(pkg, STAMP)) && readFileSync(join(pkg, STAMP), "utf8") === inputs();

await setUp("build");
if (process.argv.includes("--if-changed") && isBuilt()) process.exit(0);
build();
// Not before set-up has installed what it imports.
(await import("./size.mjs")).printSizes();
