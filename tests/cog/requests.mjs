import assert from "node:assert/strict";

/** Cog joins a running prediction before it validates the input, and no model runs with an input that is no object. */
export const REJOIN = 0;

export const newId = () => crypto.randomUUID().replaceAll("-", "");

export const put = (url, input, { id = newId(), headers, signal } = {}) =>
  fetch(`${url}/predictions/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ input }),
    signal,
  });
export const putStream = (url, input, options) => put(url, input, { headers: { accept: "text/event-stream" }, ...options });

/** Yields the events of an answer. A cut connection throws, as in `fetch`. */
export async function* events(response) {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const match = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end));
      if (match) yield { event: match[1], ...JSON.parse(match[2]) };
    }
  }
}

/** All events up to the end or a cut, and whether it was a cut. */
export async function drain(response) {
  const received = [];
  try {
    for await (const event of events(response)) received.push(event);
    return { received, cut: false };
  } catch (error) {
    if (error.code === "ERR_ASSERTION") throw error;
    return { received, cut: true };
  }
}

export const only = (name, received) => received.filter(({ event }) => event === name);
export const chunks = (received) => only("output", received).map(({ chunk }) => chunk);
