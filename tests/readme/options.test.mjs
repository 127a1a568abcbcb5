// The README's tables and the declarations name the same options, the same defaults and the same codes of errors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readme, root } from "./blocks.mjs";

const declarations = ["npm/types.d.ts", "relay/index.d.ts", "sandbox/index.d.ts"].map((file) => readFileSync(new URL(`src/${file}`, root), "utf8")).join("\n");

/** What stands between backticks. */
const codeOf = (line) => line.match(/`[^`]+`/g) ?? [];

/** The section of the README under a heading, up to the next of its kind. */
const section = (heading) => readme.slice(readme.indexOf(`\n## ${heading}`)).split(/\n## /)[1];

/** The section of the README that names the options of an interface. */
const PLACES = {
  HomeOptions: "The provider",
  Limits: "Any model",
  ReplicateOptions: "Any model",
  PredictionOptions: "Any model",
  RunOptions: "Any model",
  StreamOptions: "Any model",
  ResumeOptions: "Any model",
  WebhookOptions: "Any model",
  CogServerOptions: "Your own model",
  CogOptions: "Your own model",
  RelayOptions: "The relay",
  RelayLimits: "The relay",
  SandboxOptions: "The sandbox",
};

/** The options of an interface with their numeric defaults, which stand in their comments after a semicolon. */
function optionsOf(name) {
  const [, body] = declarations.match(new RegExp(`export interface ${name}\\b.*\\{\\n([^]*?)\\n\\}`));
  return [...body.matchAll(/(?:^  \/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^  (\w+)\??[:(]/gm)].map(([, comment = "", option]) => ({
    option,
    fallback: comment.match(/; (\d+(?: MiB)?)[.,]/)?.[1],
  }));
}

for (const [name, place] of Object.entries(PLACES)) {
  test(`the README names every option of ${name}, with the declaration's default`, () => {
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

test("the README says of every code of an error what to do", () => {
  const [, codes] = declarations.match(/export type ErrorCode =([^]*?)";\n/);
  const told = [...section("Errors").matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => cell.replaceAll("`", "").split(", "));
  assert.deepEqual(told.sort(), codes.match(/(?<=\| ")\w+/g).sort());
});
