// The README's tables and the declarations have the same options, defaults and error codes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readme, root } from "./blocks.mjs";

const declarations = ["npm/types.d.ts", "relay/index.d.ts", "sandbox/index.d.ts"].map((file) => readFileSync(new URL(`src/${file}`, root), "utf8")).join("\n");

const crateDocs = readFileSync(new URL("src/lib.rs", root), "utf8");

/** The parts of a line in backticks. */
const codeOf = (line) => line.match(/`[^`]+`/g) ?? [];

/** The section of the README under a heading, up to the next heading of the same level. */
const section = (heading) => readme.slice(readme.indexOf(`\n## ${heading}`)).split(/\n## /)[1];

/** The section of the README with the options of each interface. */
const PLACES = {
  SignalOptions: "Any model",
  StateOptions: "Any model",
  Limits: "Any model",
  CostOptions: "Any model",
  LeaveOptions: "Any model",
  WebhookTarget: "Any model",
  ReplicateOptions: "Any model",
  PredictionOptions: "Any model",
  RunOptions: "Any model",
  WaitOptions: "Any model",
  WebhookOptions: "Any model",
  HomeOptions: "The provider",
  CogServerOptions: "Your own model",
  CogOptions: "Your own model",
  RelayOptions: "The relay",
  RelayLimits: "The relay",
  RedisStoreOptions: "The relay",
  SandboxOptions: "The sandbox",
};

/** Options of single requests, the same as in Replicate's own client. Only the declarations describe them. */
const ELSEWHERE = ["CreateOptions", "TrainingOptions", "RequestOptions"];

const bodyOf = (name) => declarations.match(new RegExp(`export interface ${name}\\b[^{]*\\{(?:\\n([^]*?)\\n)?\\}`))[1];

test("the README has a section for the options of every interface", () => {
  const names = [...declarations.matchAll(/export interface (\w+Options)\b/g)].map(([, name]) => name);
  assert.deepEqual(names.filter((name) => bodyOf(name) && !(name in PLACES) && !ELSEWHERE.includes(name)), []);
});

/** The options of an interface with their numeric defaults, which follow a semicolon in their comments. */
function optionsOf(name) {
  return [...bodyOf(name).matchAll(/(?:^  \/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^  (\w+)\??[:(]/gm)].map(([, comment = "", option]) => ({
    option,
    fallback: comment.match(/Default: (\d+(?: MiB)?)[.,]/)?.[1],
  }));
}

for (const [name, place] of Object.entries(PLACES)) {
  test(`the README has every option of ${name} with the declaration's default`, () => {
    const lines = section(place).split("\n");
    const options = optionsOf(name);
    assert.ok(options.length > 0);
    for (const { option, fallback } of options) {
      const told = lines.filter((line) => codeOf(line).some((code) => new RegExp(`\\b${option}\\b`).test(code)));
      assert.ok(told.length > 0, `${option} is not in "${place}"`);
      if (fallback) assert.ok(told.some((line) => new RegExp(`\\b${fallback}\\b`).test(line)), `${option}: ${fallback}`);
    }
  });
}

test("the README says for every error code what to do", () => {
  const [, codes] = declarations.match(/export type ErrorCode =([^]*?)";\n/);
  const told = [...section("Errors").matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => cell.replaceAll("`", "").split(", "));
  assert.deepEqual(told.sort(), codes.match(/(?<=\| ")\w+/g).sort());
});

test("the README and the crate's docs have the current version wherever they have one", () => {
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  assert.deepEqual(new Set([...`${readme}\n${crateDocs}`.matchAll(/replicate-wasm(?:\/| = \{ version = ")(\d[\d.]*)/g)].map(([, named]) => named)), new Set([version]));
});
