// Chat messages as a caller passes them: parts put together, and what makes no sense refused by its place.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readMessages } from "../../src/npm/messages.js";

const user = (content) => ({ role: "user", content });

test("roles and texts stay as they are", () => {
  const messages = [{ role: "SYSTEM", content: " a\nb ", name: "x" }, user("")];
  assert.deepEqual(readMessages(messages, {}), [{ role: "SYSTEM", content: " a\nb " }, user("")]);
});

test("text parts are joined with a line feed, and images go into the input", () => {
  const parts = [
    { type: "text", text: "What is" },
    { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
    { type: "text", text: "this?" },
  ];
  const input = { seed: 1 };
  assert.deepEqual(readMessages([user(parts)], input), [user("What is\nthis?")]);
  assert.deepEqual(input, { seed: 1, image: "data:image/png;base64,AA" });
});

test("several images are a list, in the order of the messages", () => {
  const image = (url) => ({ type: "image_url", image_url: { url, detail: "low" } });
  const input = { image: "replaced" };
  const messages = [user([image("https://x.example/a.png")]), user([]), user([image("https://x.example/b.png")])];
  assert.deepEqual(readMessages(messages, input), [user(""), user(""), user("")]);
  assert.deepEqual(input.image, ["https://x.example/a.png", "https://x.example/b.png"]);
});

test("without images the input's own stays", () => {
  const input = { image: "https://x.example/own.png" };
  readMessages([user("a")], input);
  assert.deepEqual(input, { image: "https://x.example/own.png" });
});

const refused = [
  [[], "The option messages is empty: it needs at least one message"],
  [[{ content: "x" }], "The message messages[0] has no role (a string)"],
  [[{ role: 1, content: "x" }], "The message messages[0] has no role (a string)"],
  [[null], "The message messages[0] has no role (a string)"],
  [["hi"], "The message messages[0] has no role (a string)"],
  [[user("x"), { role: "user" }], "The message messages[1] has no content (a string or an array of parts)"],
  [[user(null)], "The message messages[0] has no content (a string or an array of parts)"],
  [[user(7)], "The message messages[0] has a content that is neither a string nor an array of parts"],
  [[user(0)], "The message messages[0] has a content that is neither a string nor an array of parts"],
];
const wrongParts = [
  [{ type: "input_audio" }, 'has a part of type "input_audio": only text and image_url parts are supported'],
  [{ type: "text" }, "has a text part without text"],
  [{ type: "text", text: 1 }, "has a text part without text"],
  [{ type: "image_url" }, "has an image_url part without image_url.url"],
  [{ type: "image_url", image_url: {} }, "has an image_url part without image_url.url"],
  [{ text: "x" }, 'has a part of type "": only text and image_url parts are supported'],
  ["x", 'has a part of type "": only text and image_url parts are supported'],
  [null, 'has a part of type "": only text and image_url parts are supported'],
];
for (const [part, what] of wrongParts) refused.push([[user([{ type: "text", text: "ok" }, part])], `The message messages[0] ${what}`]);

for (const [messages, message] of refused) {
  test(`${JSON.stringify(messages)} is refused`, () => {
    assert.throws(() => readMessages(messages, {}), { code: "invalid_argument", message });
  });
}
