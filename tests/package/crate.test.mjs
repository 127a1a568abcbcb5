// The crate as it would be published on crates.io.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const read = (file) => readFileSync(join(root, file), "utf8");
const cargo = (...args) =>
  execFileSync("cargo", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 24 });

const contents = cargo("package", "--list", "--allow-dirty").trim().split("\n");

describe("the crate", () => {
  test("has the version of the package, as have Cargo.lock and package-lock.json", () => {
    const { version } = JSON.parse(read("package.json"));
    const [, ofCrate] = read("Cargo.toml").match(/^version = "(.+)"$/m);
    const [, ofLock] = read("Cargo.lock").match(/^name = "replicate-wasm"\nversion = "(.+)"$/m);
    assert.deepEqual([ofCrate, ofLock, JSON.parse(read("package-lock.json")).version], [version, version, version]);
  });

  test("contains its sources, their JavaScript files, and the documents", () => {
    const sources = contents.filter((file) => file.endsWith(".rs"));
    const named = sources.flatMap((file) => [...read(file).matchAll(/module = "\/(src\/npm\/[^"]+)"/g)].map(([, path]) => path));
    const others = contents.filter((file) => !sources.includes(file));
    const about = [".cargo_vcs_info.json", "CHANGELOG.md", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "LICENSE", "README.md"];
    assert.deepEqual(others.sort(), [...about, ...new Set(named)].sort());
    assert.ok(sources.every((file) => /^src\/(lib\.rs|(protocol|web|client|npm)\/)/.test(file)), sources.join("\n"));
  });

  test("compiles from its packed files", () => {
    // Offline, so it does not check whether the version exists already.
    cargo("package", "--allow-dirty", "--offline", "--target", "wasm32-unknown-unknown");
  });
});
