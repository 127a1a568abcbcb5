/** Bytes: the search for a secret in them, and what is kept of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSearch } from "../../src/relay/bytes.js";
import { StringKeeper } from "../../src/relay/json-string.js";

const bytesOf = (text) => new TextEncoder().encode(text);

/** Bytes that count how often they are read. */
function counted(bytes) {
  let reads = 0;
  const watched = new Proxy(bytes, {
    get(target, name) {
      reads++;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { watched, reads: () => reads };
}

test("the search finds what a naive search finds in random bytes", () => {
  let state = 1;
  const random = (below) => (state = (state * 48271) % 0x7fffffff) % below;
  const found = { true: 0, false: 0 };
  for (let round = 0; round < 20_000; round++) {
    // Few different bytes, so that words are found, and nearly found, often.
    const kinds = 1 + random(3);
    const word = Uint8Array.from({ length: 1 + random(6) }, () => 255 - random(kinds));
    const bytes = Uint8Array.from({ length: random(40) }, () => 255 - random(kinds));
    const expected = Buffer.from(bytes).toString("latin1").includes(Buffer.from(word).toString("latin1"));
    assert.equal(createSearch(word)(bytes), expected, `${word} in ${bytes}`);
    found[expected]++;
  }
  assert.ok(found.true > 1000 && found.false > 1000, JSON.stringify(found));
});

test("the search finds a word at every place, and not its halves", () => {
  const isIn = createSearch(bytesOf("r8_secret"));
  for (let at = 0; at < 30; at++) assert.ok(isIn(bytesOf(`${"r".repeat(at)}r8_secret${"t".repeat(30 - at)}`)), `at ${at}`);
  for (const text of ["", "r8_", "r8_secre", "8_secret", "r8_secre t", "r8_secr8_secre"]) assert.ok(!isIn(bytesOf(text)), text);
});

test("an answer of one letter is not read more than once, whichever letter of the token it is", () => {
  const token = "r8_Hw0aZkQ3mT7uXe5LcYb9";
  const isIn = createSearch(bytesOf(token));
  for (const letter of token) {
    const { watched, reads } = counted(bytesOf(letter.repeat(10_000)));
    assert.equal(isIn(watched), false);
    assert.ok(reads() <= 10_000 + 2, `${reads()} reads of 10,000 times ${letter}`);
  }
});

test("a string that is kept is a copy, also of a Buffer", () => {
  const buffer = Buffer.from('"prompt"');
  const keeper = new StringKeeper();
  keeper.add(buffer, 1, 7);
  buffer.fill("x");
  assert.equal(keeper.text, "prompt");
});
