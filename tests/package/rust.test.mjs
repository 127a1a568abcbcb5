// An app in Rust with Leptos, built by cargo and the installed wasm-bindgen, in Chromium.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { startEngine } from "../engines/engines.mjs";
import { files, policy, serveSandbox } from "./sandbox.mjs";

const root = join(import.meta.dirname, "../..");
const app = join(import.meta.dirname, "apps/rust");
const target = join(root, "target/rust-app");
const folder = mkdtempSync(join(tmpdir(), "replicate-wasm-rust-"));
after(() => rm(folder, { recursive: true, force: true }));

const lock = (file) => readFileSync(file, "utf8").match(/^name = "wasm-bindgen"\nversion = "(.+)"$/m)[1];

describe("an app in Rust", () => {
  test("has the project's version of wasm-bindgen in its lockfile", () => {
    assert.equal(lock(join(app, "Cargo.lock")), lock(join(root, "Cargo.lock")));
  });

  test("shows a poem while it is written and a picture, without JavaScript of this crate", { timeout: 600_000 }, async (t) => {
    const options = { cwd: app, stdio: "pipe", env: { ...process.env, CARGO_TARGET_DIR: target } };
    execFileSync("cargo", ["build", "--release", "--locked", "--target", "wasm32-unknown-unknown"], options);
    const wasm = join(target, "wasm32-unknown-unknown/release/poem-and-picture.wasm");
    execFileSync("wasm-bindgen", ["--target", "web", "--out-dir", join(folder, "dist"), wasm], { stdio: "pipe" });
    cpSync(join(app, "index.html"), join(folder, "index.html"));

    // Leptos has snippets. This crate must add no snippets and no classes.
    const snippets = readdirSync(join(folder, "dist"), { recursive: true });
    assert.ok(!snippets.some((file) => file.includes("replicate-wasm")), snippets.join("\n"));
    assert.ok(!/class (Replicate|Cog|PredictionStream)/.test(readFileSync(join(folder, "dist/poem-and-picture.js"), "utf8")));

    const pagePolicy = policy("'wasm-unsafe-eval' 'unsafe-inline'");
    const { url } = await serveSandbox(t, files(folder, pagePolicy.replace("img-src", "img-src data:")), 10);
    const chromium = startEngine("Chromium");
    t.after(() => chromium.close());
    const page = await chromium.open();
    await page.goto(`${url}/`);
    const lengths = await page.evaluate(async () => {
      const until = async (holds) => {
        while (!holds()) await new Promise((resolve) => requestAnimationFrame(resolve));
      };
      await until(() => document.querySelector("button"));
      const lengths = new Set();
      const poem = document.querySelector("#poem");
      new MutationObserver(() => lengths.add(poem.textContent.length)).observe(poem, { characterData: true, childList: true, subtree: true });
      document.querySelector("button").click();
      await until(() => document.querySelector("img")?.naturalWidth > 0 || document.querySelector("#failure").textContent);
      return [...lengths];
    });
    assert.equal(await page.locator("#failure").textContent(), "");
    assert.ok(lengths.length > 3, `the poem grew in ${lengths.length} steps`);
    assert.ok((await page.locator("#poem").textContent()).length > 20);
    assert.equal(await page.locator("#state").textContent(), "Done");
    assert.ok(await page.locator("img").evaluate((image) => image.naturalWidth > 0), "the picture is shown");
    assert.deepEqual(await page.complaints(), []);
  });
});
