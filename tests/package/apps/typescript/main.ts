// Every entry and its types, in the syntax of TypeScript 4.9.

import init, { Replicate, ReplicateError, ReplicateHome, FileOutput, PredictionStream } from "replicate-wasm";
import type { CallState, Prediction } from "replicate-wasm";
import auto, { Cog } from "replicate-wasm/auto";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";

export async function main(show: (text: string) => void): Promise<Prediction | undefined> {
  await Promise.all([init(), auto()]);
  const client = new Replicate({ baseUrl: "/relay/v1", fetch: createSandbox({ stepMs: 0 }) });
  const stream: PredictionStream<string> = client.streamText("acme/poem", { input: { prompt: "spring" }, onState: (state: CallState) => show(state.type) });
  for await (const text of stream) show(text);
  const [file] = await client.run<FileOutput[]>("acme/lake", { input: { image: new Blob([]) } });
  show(String(file.url()));
  for await (const chunk of ReplicateHome.createAsyncGenerator({ prompt: "spring" })) show(String(chunk));
  try {
    await new Cog({ baseUrl: "http://127.0.0.1:5000" }).health();
  } catch (error) {
    if (error instanceof ReplicateError) show(JSON.stringify(error.toJSON()));
  }
  await stream[Symbol.asyncDispose]();
  return stream.prediction;
}

export const listener = toNodeHandler(createRelay({ authorize: () => "me" }));
export const dispose: symbol = Symbol.asyncDispose;
