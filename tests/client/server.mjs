import { createServer } from "node:http";
import { once } from "node:events";

/**
 * Starts an HTTP server that is closed when the test ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("node:http").RequestListener} listener
 * @returns {Promise<{ url: string, requests: import("node:http").IncomingMessage[] }>}
 */
export async function serve(t, listener) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}
