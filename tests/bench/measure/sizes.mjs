/** Bytes to load: of this package the wasm and the JavaScript beside it, of the others their main entry bundled the same way. */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, compressed, sizes } from "../../../src/build/size.mjs";
import { root } from "../../../src/build/program.mjs";

const sizeOf = (name) => compressed(bundle(relative(root, fileURLToPath(import.meta.resolve(name)))));

export const measureSizes = () => ({
  "replicate-wasm": sizes().both,
  replicate: sizeOf("replicate"),
  "@fal-ai/client": sizeOf("@fal-ai/client"),
});
