import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * A TCP proxy on a free port of 127.0.0.1 that breaks connections.
 *
 * @param {string} target the server's URL, http://127.0.0.1:port
 * @param {object} [options]
 * @param {number} [options.afterBytes] cuts a connection after this many bytes of answers, headers included. The bytes
 *   before are delivered
 * @param {number} [options.times] how many connections are cut; default 1
 * @param {"close" | "keep"} [options.upstream] "close" (the default) also closes the connection to the server, so that it
 *   notices the cut; "keep" goes on reading, so that it does not
 */
export async function startProxy(target, { afterBytes = Infinity, times = 1, upstream = "close" } = {}) {
  const { hostname, port } = new URL(target);
  const links = new Set();
  let connections = 0;
  let cuts = 0;

  const server = createServer((client) => {
    connections += 1;
    const remote = connect(Number(port), hostname);
    const link = { client, remote, cut };
    links.add(link);
    let given = 0;

    remote.on("data", (bytes) => {
      if (client.destroyed) return; // "keep": read and dropped
      const room = afterBytes - given;
      if (cuts < times && bytes.length >= room) {
        client.write(bytes.subarray(0, room));
        cut();
      } else {
        given += bytes.length;
        client.write(bytes);
      }
    });
    client.on("data", (bytes) => remote.write(bytes));
    remote.on("close", () => {
      links.delete(link);
      client.destroySoon();
    });
    client.on("close", () => link.kept || remote.destroy());
    for (const socket of [client, remote]) socket.setNoDelay(true).on("error", () => {}); // "close" follows

    function cut() {
      cuts += 1;
      link.kept = upstream === "keep";
      client.destroySoon(); // after what was written
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** How many connections clients have made so far. */
    connections: () => connections,
    /** How many of them were cut. */
    cuts: () => cuts,
    /** Cuts every client off now. */
    cut() {
      for (const link of links) if (!link.client.destroyed) link.cut();
    },
    /** Ends the proxy and every connection on both sides. */
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const { client, remote } of links) {
        client.destroy();
        remote.destroy();
      }
      await closed;
    },
  };
}
