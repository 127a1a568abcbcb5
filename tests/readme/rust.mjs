// The Rust chapter: a crate with its dependencies and its example compiles.

import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blocks, root } from "./blocks.mjs";
import { emptyFolder, execute } from "./fresh.mjs";

const path = (file) => new URL(file, root).pathname;

export const rust = {
  "rust-dependency": [
    "an app in Rust with these dependencies compiles the example, and asks for the crate's present version",
    async (t, dependencies) => {
      const folder = await emptyFolder(t);
      const [, version] = (await readFile(path("Cargo.toml"), "utf8")).match(/^version = "(.*)"$/m);
      assert.ok(dependencies.includes(`replicate-wasm = { version = "${version}"`), `not ${version}`);
      // The crate is this repository's. All others have the versions of its lockfile, so that the test needs no network.
      const manifest = `[package]\nname = "app"\nversion = "0.0.0"\nedition = "2024"\n\n${dependencies}
[patch.crates-io]\nreplicate-wasm = { path = ${JSON.stringify(path("."))} }\n`;
      await writeFile(join(folder, "Cargo.toml"), manifest);
      await cp(path("Cargo.lock"), join(folder, "Cargo.lock"));
      await mkdir(join(folder, "src"));
      await writeFile(join(folder, "src/lib.rs"), blocks.find(({ language }) => language === "rust").code);
      const env = { ...process.env, CARGO_TARGET_DIR: path("target/readme") };
      await execute("cargo", ["check", "--offline", "--quiet", "--target", "wasm32-unknown-unknown"], { cwd: folder, env });
    },
  ],
};
