import { fileURLToPath } from "node:url";
import { runAttacks } from "./lab.mjs";
import { token } from "./upstream.mjs";
import { startWorker } from "./workerd.mjs";

const entry = fileURLToPath(new URL("worker.mjs", import.meta.url));

runAttacks("workerd", (upstream) => startWorker({ entry }, { bindings: { TOKEN: token, UPSTREAM: upstream } }));
