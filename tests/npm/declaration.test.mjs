// The declarations and the module have the same exports and members. The TypeScript compiler compares them, and finds the
// package by its name, as in an app.

import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as runtime from "replicate-wasm";
import * as relay from "replicate-wasm/relay";
import * as sandbox from "replicate-wasm/sandbox";

const root = join(import.meta.dirname, "../..");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const { Cog, FileOutput, ImageResponse, PredictionStream, Replicate, ReplicateHome } = runtime;

/**
 * The compiler's errors in the files of an app, by file.
 *
 * @param {Record<string, string>} files
 */
async function compile(files) {
  const app = mkdtempSync(join(tmpdir(), "replicate-wasm-app-"));
  try {
    mkdirSync(join(app, "node_modules"));
    symlinkSync(root, join(app, "node_modules/replicate-wasm"));
    const compilerOptions = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, module: "nodenext", target: "es2022", lib: ["es2022", "dom", "dom.asynciterable"], types: [] };
    files = { "package.json": '{"type":"module"}', "tsconfig.json": JSON.stringify({ compilerOptions, files: Object.keys(files) }), ...files };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(app, name), text);
    const output = await new Promise((resolve) => execFile(process.execPath, [tsc, "-p", app, "--pretty", "false"], (_, stdout, stderr) => resolve(stdout + stderr)));
    const complaints = Object.fromEntries(Object.keys(files).map((name) => [name, ""]));
    for (const line of output.split("\n").filter(Boolean)) complaints[Object.keys(files).find((name) => line.includes(`/${name}(`)) ?? "others"] += `${line}\n`;
    assert.equal(complaints.others, undefined);
    return complaints;
  } finally {
    rmSync(app, { recursive: true });
  }
}

/** Of wasm-bindgen or of the package itself, and not part of the public interface. */
const hidden = ["constructor", "prototype", "length", "name", "__wrap", "__wbg_ptr"];
const symbols = new Map([Symbol.asyncIterator, Symbol.asyncDispose].map((symbol, i) => [symbol, `[Symbol.${["asyncIterator", "asyncDispose"][i]}]`]));

/** The members of an object at run time, as keys of an object literal. */
const members = (...objects) => [
  ...new Set(objects.flatMap(Reflect.ownKeys).flatMap((key) => (typeof key === "symbol" ? (symbols.get(key) ?? []) : hidden.includes(key) ? [] : key))),
];
/** The members of an object and of its classes. */
const instance = (object) => members(...chain(object));
const chain = (object) => (object === Object.prototype ? [] : [object, ...chain(Object.getPrototypeOf(object))]);

/** A constant that compiles only if the two sets of names are equal. */
const same = (name, type, names) => `const ${name}: { readonly [Name in ${type}]-?: true } = { ${names.map((key) => `${key}: true`).join(", ")} };\n`;

const client = new Replicate({ auth: "token" });
const resources = ["predictions", "models", "deployments", "trainings", "collections", "files", "hardware", "accounts", "webhooks"];
const nested = [["models", "versions"], ["deployments", "predictions"], ["webhooks", "default"]];

const source = [
  'import * as declared from "replicate-wasm";\n',
  'import * as relay from "replicate-wasm/relay";\n',
  'import * as sandbox from "replicate-wasm/sandbox";\n',
  same("all", "keyof typeof declared", Object.keys(runtime)),
  same("allOfRelay", "keyof typeof relay", Object.keys(relay)),
  same("allOfSandbox", "keyof typeof sandbox", Object.keys(sandbox)),
  same("home", 'Exclude<keyof typeof declared.ReplicateHome, "prototype">', members(ReplicateHome)),
  same("stream", "keyof declared.PredictionStream<unknown>", members(PredictionStream.prototype)),
  same("replicate", "keyof declared.Replicate", instance(client)),
  same("cog", "keyof declared.Cog", instance(new Cog({ baseUrl: "http://127.0.0.1:9" }))),
  same("image", "keyof declared.ImageResponse", instance(new ImageResponse("data:,"))),
  same("file", 'Exclude<keyof declared.FileOutput, Exclude<keyof ReadableStream, typeof Symbol.asyncIterator | "toString">>', members(FileOutput.prototype)),
  ...resources.map((name) => same(name, `keyof declared.Replicate["${name}"]`, Object.keys(client[name]))),
  ...nested.map(([name, inner]) => same(`${name}_${inner}`, `keyof declared.Replicate["${name}"]["${inner}"]`, Object.keys(client[name][inner]))),
].join("");

const uses = readFileSync(join(root, "tests/client/types.test-d.ts"), "utf8")
  .replaceAll("../../src/npm/types.js", "replicate-wasm")
  .replaceAll(/\.\.\/\.\.\/src\/(relay|sandbox)\/index\.js/g, "replicate-wasm/$1");

const entries = `
  import { Replicate as Auto } from "replicate-wasm/auto";
  import { Replicate } from "replicate-wasm";
  import { createRelay, toNodeHandler } from "replicate-wasm/relay";
  import { createSandbox } from "replicate-wasm/sandbox";
  const sandbox: (request: Request) => Promise<Response> = createSandbox({ stepMs: 0 });
  const relay: (request: Request) => Promise<Response> = createRelay({ token: "r8", authorize: () => "me", fetch });
  export const clients: object[] = [new Auto(), new Replicate({ fetch: createSandbox() }), { sandbox, relay, toNodeHandler }];
  // @ts-expect-error there is no such entry
  import { nothing } from "replicate-wasm/sandbox";`;

/** All files are compiled in one run, since each run takes long. */
const complaints = compile({
  "same.ts": source,
  "more.ts": source.replace(/(const stream.*)next: true, /, "$1next: true, walk: true, "),
  "less.ts": source.replace(/(const stream.*)next: true, /, "$1"),
  "uses.ts": uses,
  "entries.ts": entries,
  "inner.ts": 'import "replicate-wasm/pkg/client.js";',
});

test("the declarations have exactly the exports and members of the module", async () => {
  assert.equal((await complaints)["same.ts"], "");
});

test("the comparison finds an extra and a missing member", async () => {
  assert.match((await complaints)["more.ts"], /'walk' does not exist/);
  assert.match((await complaints)["less.ts"], /Property 'next' is missing/);
});

test("valid uses compile and invalid ones do not, with the package found by its name", async () => {
  assert.equal((await complaints)["uses.ts"], "");
});

test("every entry has types, and only entries can be imported", async () => {
  assert.equal((await complaints)["entries.ts"], "");
  assert.match((await complaints)["inner.ts"], /Cannot find module/);
});
