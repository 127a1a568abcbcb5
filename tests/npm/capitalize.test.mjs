// Roles in prompts are capitalised like Python's str.capitalize: tested in this engine, for all of Unicode.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ReplicateHome } from "replicate-wasm";

/** Made with Python 3.11. The head of the file describes its lines. */
const fixture = readFileSync(new URL("../fixtures/capitalize.txt", import.meta.url), "utf8").split("\n");
const lines = (kind) => fixture.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(" ").slice(1));
const text = (codes) => (codes ? codes.split("+").map((code) => String.fromCodePoint(parseInt(code, 16))).join("") : "");

/** The roles in a prompt. */
async function capitalized(roles) {
  let sent;
  const fetch = async (url, { body }) => {
    sent = JSON.parse(body);
    return new Response("enough", { status: 500 });
  };
  const messages = roles.map((role) => ({ role, content: "<>" }));
  await assert.rejects(ReplicateHome.createAsyncGenerator({ messages, fetch }).next(), { code: "http" });
  return sent.input.prompt.split(": <>\n").slice(0, -1);
}

test("letters with a title case of their own have Python's", async () => {
  const own = lines("own");
  assert.ok(own.length > 100, "the fixture is read");
  assert.deepEqual(await capitalized(own.map(([from]) => text(from))), own.map(([, to]) => text(to)));
});

test("whole words are capitalised as in Python", async () => {
  const words = lines("text");
  assert.ok(words.length > 200, "the fixture is read");
  assert.deepEqual(await capitalized(words.map(([from]) => text(from))), words.map(([, to]) => text(to)));
  const table = { SYSTEM: "System", "ßtraße": "Sstraße", "ǆ": "ǅ", "ΑΣ": "Ας", "ﬁ": "Fi", "İ": "İ", "ა": "ა", "": "" };
  assert.deepEqual(await capitalized(Object.keys(table)), Object.values(table));
});

test("every character of Unicode 14 has Python's title case", async () => {
  const assigned = lines("assigned").map((range) => range.map((code) => parseInt(code, 16)));
  const isAssigned = (code) => assigned.some(([from, to]) => from <= code && code <= to);
  const codes = assigned.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  const characters = codes.filter((code) => code < 0xd800 || code > 0xdfff);
  const titles = await capitalized(characters.map((code) => String.fromCodePoint(code)));
  const encoder = new TextEncoder();
  let hash = 0xcbf29ce484222325n;
  for (const [i, code] of characters.entries()) {
    // Later versions of Unicode gave a few letters a capital, which Python 3.11 does not know.
    const first = titles[i].codePointAt();
    const title = first !== code && !isAssigned(first) ? String.fromCodePoint(code) : titles[i];
    for (const byte of encoder.encode(title)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  assert.equal(hash.toString(16).toUpperCase().padStart(16, "0"), lines("hash")[0][0]);
});
