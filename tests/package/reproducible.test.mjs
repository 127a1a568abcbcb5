// The same sources give the same package in any folder and with any CARGO_HOME.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");

const SOURCES = ["src", "Cargo.toml", "Cargo.lock", "README.md", "package.json", "package-lock.json", "node_modules"];

/** A hash of each file. */
const hashes = (folder) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file), createHash("sha256").update(readFileSync(file)).digest("hex")])
      .sort(),
  );

test("a build in another folder, with another CARGO_HOME, gives the same bytes", async (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), "replicate-wasm-another-"));
  t.after(() => rmSync(elsewhere, { recursive: true, force: true }));
  const [copy, home] = [join(elsewhere, "a/longer/path"), join(elsewhere, "cargo")];

  // Set-up compares times, so these keep it from installing everything again.
  const options = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  for (const file of SOURCES) cpSync(join(root, file), join(copy, file), options);
  // The downloaded crates, which cargo unpacks again.
  mkdirSync(home);
  for (const folder of ["registry/index", "registry/cache"]) cpSync(join(cargoHome, folder), join(home, folder), { recursive: true });

  const env = { ...process.env, CARGO_HOME: home, CARGO_NET_OFFLINE: "true", PATH: `${process.env.PATH}:${join(cargoHome, "bin")}` };
  delete env.CARGO_TARGET_DIR;
  await promisify(execFile)(process.execPath, ["src/build/build.mjs"], { cwd: copy, env, timeout: 500_000 });

  assert.deepEqual(hashes(join(copy, "pkg")), hashes(join(root, "pkg")));
});
