// `await using`, which needs a library of TypeScript 5.2. Checked by types.test.mjs, never run.

import { Replicate } from "../../src/npm/types.js";

const client = new Replicate({ baseUrl: "/relay/v1" });
await using stream = client.streamText("acme/lake", { input: {} });
for await (const text of stream) text satisfies string;
export const disposable: AsyncDisposable = stream;
