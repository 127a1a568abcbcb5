/** Bodies are refused at the first invalid part, and the rest is not read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { joinParts, readJson, splitArray } from "../../src/relay/json.js";
import { JsonError, JsonScanner } from "../../src/relay/json-scanner.js";
import { createRequest, makeRelay, pieces } from "./requests.mjs";

const relay = makeRelay({ limits: { createsPerMinute: Infinity, running: Infinity, totalRunning: Infinity } });
const url = "http://relay.example/v1/predictions";
const post = (options) => relay(createRequest({ url, ...options }));
const list = (count, item) => Array.from({ length: count }, () => item).join(",");

for (const [name, first, status, sentence] of [
  ["a key that may not be", '{"evil":', 422, /these keys and no others: input, stream, model, version/],
  ["a key that stands there twice", '{"input":{},"input":', 422, /a key twice/],
  ["a webhook in the input", '{"input":{"webhook":', 422, /webhooks only with its option allow/],
  ["a webhook whose key is escaped", '{"input":{"web\\u0068ook":', 422, /webhooks only with its option allow/],
  ["a webhook whose key is escaped in the input", '{"input":{"\\u0057eb\\u0068ook_x":', 422, /webhooks only with its option allow/],
  ["a list", "[", 422, /must be a JSON object/],
  ["no JSON", "<form>", 400, /must be a JSON object/],
  ["the 20,001st key", `{"input":{${list(20_001, '"a":0')}`, 422, /more than 20000 keys/],
  ["the 1,001st byte of a key", `{"input":{"${"\\u0061".repeat(167)}`, 422, /more than 1000 bytes in a key/],
  ["the 65th bracket", `{"input":${"[".repeat(64)}`, 422, /more than 64 levels/],
  ["the 10,001st message", `{"input":{"messages":[${list(10_000, "{}")}`, 422, /more than 10000 lists and objects/],
  ["the 100,001st value", `{"input":[${list(100_001, "1")}`, 422, /more than 100000 values/],
  ["a broken number", '{"input":{"seed":0x1,', 400, /must be a JSON object/],
  ["a line break in a string", '{"input":{"prompt":"a\n', 400, /must be a JSON object/],
  ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff]), 400, /UTF-8/],
]) {
  test(`reading ends at ${name}`, async () => {
    const { body, asked } = pieces(first, '"never read"', '"never read"', "}");
    const answer = await post({ body });
    assert.equal(answer.status, status);
    assert.match((await answer.json()).detail, sentence);
    assert.equal(asked(), 1, "more was read than the refused piece");
  });
}

test("a body in pieces is read as one, wherever it is split", async () => {
  const text = '{"version":"meta/llama:ab12\\u0063","input":{"prompt":"\\"}]ü","seed":-1.5e+3,"list":[1,[true,null]]}}';
  for (let at = 1; at < text.length; at++) {
    const { body } = pieces(text.slice(0, at), text.slice(at));
    assert.equal((await post({ body })).status, 201, text.slice(0, at));
  }
});

test("the scanner accepts the same texts as JSON.parse in pieces of any size, and finds the same members", () => {
  const seeds = ['{"a":1,"b":[1,2,{"c":"x\\u00e9\\"}"}],"d":{"e":null,"f":-1.5e+3}}', '[1,[2,"a"],{}]', '{ "a" : [ ] , "b":{} }', '"x"'];
  const letters = '{}[]",:\\u0041 -1.e+truefalsenull\n\u0001ü';
  let random = 1;
  const next = (below) => (random = (random * 48271) % 2147483647) % below;
  for (let round = 0; round < 20_000; round++) {
    let text = seeds[round % seeds.length];
    for (let change = next(3); change >= 0; change--) {
      const at = next(text.length + 1);
      text = text.slice(0, at) + (next(2) ? letters[next(letters.length)] : "") + text.slice(at + next(2));
    }
    let expected;
    try {
      expected = JSON.parse(text);
    } catch {
      assert.throws(() => scan(text, 1 + (round % 7)), JsonError, text);
      continue;
    }
    scan(text, 1 + (round % 7));
    if (Array.isArray(expected)) assert.deepEqual(splitArray(text).map((item) => JSON.parse(item)), expected);
    else if (typeof expected === "object" && expected !== null) {
      const json = readJson(text);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(JSON.parse(json.member(key)), value, text);
      assert.deepEqual(JSON.parse(joinParts(json.edited({}))), expected);
    }
  }
});

test("a number of any length is checked, wherever it is cut, and nothing of it is kept", () => {
  const zeros = "0".repeat(100_000);
  for (const text of [`[1.${zeros}]`, `[1e-${zeros}1]`, `[-1${zeros}]`]) assert.equal(scan(text, 4096).root, "[");
  for (const text of [`[1.${zeros}.]`, `[-${zeros}]`, `[1${zeros}x]`, `[1.${zeros}e]`, `[truetrue]`, `[nul]`]) {
    assert.throws(() => scan(text, 4096), JsonError, text.slice(0, 10));
  }
});

test("a long string or a long blank ends where it ends, wherever it lies in memory", () => {
  const cases = ['"', "\\n", "\\\\", "\\x", "\u0001", "\u001f", "ü", " ", "\t", "x", ""];
  for (const [begin, filler, tail] of [
    ['{"a":"', "x", '","b":1}'],
    ['{"a":"', "ü", '","b":1}'],
    ['{"a":', " ", '1,"b":1}'],
    ['{"a":', "\n\t \r", '1,"b":1}'],
    ['{"a":', "\n\t ", '1,"b":1}'],
  ]) {
    for (let length = 250; length < 275; length++) {
      for (const odd of cases) {
        const text = begin + filler.repeat(length) + odd + filler.repeat(length) + tail;
        const bytes = new Uint8Array(new TextEncoder().encode(`${"_".repeat(length % 5)}${text}`)).subarray(length % 5);
        const scanner = new JsonScanner();
        let expected;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.throws(() => (scanner.push(bytes), scanner.end()), JsonError, text);
          continue;
        }
        scanner.push(bytes);
        scanner.end();
        const [, start, end] = scanner.members[0];
        assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))), expected.a);
      }
    }
  }
});

test("a character that is cut between two pieces is checked, also where the second one is ASCII", async () => {
  const head = new TextEncoder().encode('{"version":"meta/llama:abc","input":{"a":"');
  for (const [cuts, status] of [
    [[[0xc3], [0xbc]], 201],
    [[[0xc3], [0x61]], 400],
    [[[0xe2], [0x82], [0xac]], 201],
    [[[0xe2], [0x82], []], 400],
    [[[0x80]], 400],
  ]) {
    const { body } = pieces(head, ...cuts.map((bytes) => Uint8Array.from(bytes)), '"}}');
    assert.equal((await post({ body })).status, status, JSON.stringify(cuts));
  }
});

for (const [type, status] of [
  ["application/json", 201],
  ["Application/JSON; charset=utf-8", 201],
  ["application/problem+json", 201],
  ["text/plain;charset=UTF-8", 415],
  ["application/x-www-form-urlencoded", 415],
  ["multipart/form-data; boundary=b", 415],
  ["application/jsonp", 415],
  ["", 415],
]) {
  test(`a create of the type "${type}" is answered with ${status}`, async () => {
    const { body, asked } = pieces('{"version":"meta/llama:abc","input":{}}');
    const answer = await post({ body, headers: { "content-type": type } });
    assert.equal(answer.status, status);
    if (status === 415) {
      assert.match((await answer.json()).detail, /Content-Type: application\/json/);
      assert.equal(asked(), 0);
    }
  });
}

function scan(text, size) {
  const bytes = new TextEncoder().encode(text);
  const scanner = new JsonScanner();
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.end();
  return scanner;
}
