// Requests that no browser sends: any Host, and paths that are sent unchanged.

import { once } from "node:events";
import { request } from "node:http";

/**
 * @param {string} url of the server
 * @param {string} path sent unchanged
 * @param {import("node:http").RequestOptions & { body?: string }} [options]
 * @returns {Promise<{ status: number, headers: import("node:http").IncomingHttpHeaders, body: string }>}
 */
export async function ask(url, path, { body, ...options } = {}) {
  const answer = await open(url, path, { body, ...options });
  answer.setEncoding("utf8");
  let text = "";
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, body: text };
}

/** The same, with the unread body. @returns {Promise<import("node:http").IncomingMessage>} */
export async function open(url, path, { body, ...options } = {}) {
  const { port } = new URL(url);
  const outgoing = request({ host: "127.0.0.1", port, path, headers: { host: `localhost:${port}` }, agent: false, ...options }).end(body);
  const [answer] = await once(outgoing, "response");
  return answer;
}

/** The same, with the undecoded body. @returns {Promise<{ headers: import("node:http").IncomingHttpHeaders, bytes: Buffer }>} */
export async function bytesOf(url, path, headers = {}) {
  const answer = await open(url, path, { headers: { host: new URL(url).host, ...headers } });
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { headers: answer.headers, bytes: Buffer.concat(chunks) };
}
