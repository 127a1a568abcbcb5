// Which JavaScript the crate names. wasm-bindgen copies those files for a Rust app and for the tests in a browser, and no others.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";

const root = join(import.meta.dirname, "../..");
const read = (file) => readFileSync(join(root, file), "utf8");

const sources = readdirSync(join(root, "src"), { recursive: true }).filter((file) => file.endsWith(".rs"));
const named = [...new Set(sources.flatMap((file) => [...read(join("src", file)).matchAll(/module = "\/(.+?)"/g)].map(([, path]) => path)))];

test("the crate names at most four modules: the server of wasm-bindgen's test runner stalls at a fifth connection", () => {
  assert.ok(named.length > 0);
  assert.ok(named.length <= 4, named.join(", "));
});

test("these modules import nothing but each other", () => {
  for (const path of named) {
    for (const [, other] of read(path).matchAll(/^(?:import|export)\b.*? from "(.+?)"/gm)) {
      const imported = posix.join(posix.dirname(path), other);
      assert.ok(named.includes(imported), `${path} imports ${other}, which would not be there`);
    }
  }
});

test("what a page loads is ASCII: in a page without a charset a class of letters was no regular expression", () => {
  const files = readdirSync(join(root, "pkg")).map((file) => join("pkg", file));
  const scripts = files.filter((file) => file.endsWith(".js"));
  assert.ok(scripts.length > 15);
  for (const file of scripts) {
    const code = read(file).replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    assert.doesNotMatch(code, /[^\x00-\x7f]/, file);
  }
});
