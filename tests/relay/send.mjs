/** Raw HTTP requests: unlike `fetch`, it sends paths, headers and bodies exactly as given. */
import { request } from "node:http";
import { connect } from "node:net";

/**
 * @param {string} origin
 * @param {{ method?: string, path: string, headers?: Record<string, string | string[]>, body?: string | Uint8Array | AsyncIterable<Uint8Array> }} what
 * @returns {Promise<{ status: number, headers: Record<string, any>, text: string }>}
 */
export function send(origin, { method = "GET", path, headers = {}, body }) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, async (answer) => {
      const chunks = [];
      try {
        for await (const chunk of answer) chunks.push(chunk);
      } catch (error) {
        return reject(error);
      }
      resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() });
      outgoing.destroy();
    });
    outgoing.on("error", reject);
    if (body && typeof body !== "string" && !(body instanceof Uint8Array)) pour(body, outgoing).catch(() => {});
    else outgoing.end(body);
  });
}

/** Writes a text to a socket, and returns everything until the other side closes. */
export function sendRaw(origin, text) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname, () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

async function pour(chunks, outgoing) {
  let goOn;
  for (const event of ["drain", "close"]) outgoing.on(event, () => goOn?.());
  for await (const chunk of chunks) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await new Promise((resolve) => (goOn = resolve));
  }
  outgoing.end();
}
