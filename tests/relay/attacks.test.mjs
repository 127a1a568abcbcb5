import { toNodeHandler } from "../../src/relay/index.js";
import { runAttacks } from "./lab.mjs";
import { createRelays } from "./relays.mjs";
import { listen, token } from "./upstream.mjs";

runAttacks("Node", (upstream) => listen(toNodeHandler(createRelays({ token, upstream }))));
