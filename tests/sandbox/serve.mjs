// A sandbox behind node:http on a free port.

import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";

/**
 * @param {import("node:test").TestContext} t its end closes the server
 * @param {(request: Request) => Promise<Response>} sandbox
 * @returns {Promise<string>} its URL, without a slash at the end
 */
export async function serve(t, sandbox) {
  const server = createServer(async (incoming, outgoing) => {
    const leaving = new AbortController();
    outgoing.on("close", () => leaving.abort());
    try {
      const { method, headers, url } = incoming;
      const body = ["GET", "HEAD"].includes(method) ? undefined : Readable.toWeb(incoming);
      const request = new Request(`http://${headers.host}${url}`, {
        method,
        headers,
        body,
        duplex: "half",
        signal: leaving.signal,
      });
      const response = await sandbox(request);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      for await (const chunk of response.body ?? []) outgoing.write(chunk);
      outgoing.end();
    } catch {
      outgoing.destroy(); // a rejection of the sandbox is a dropped connection
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
