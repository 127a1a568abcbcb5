import { show } from "./show.js";

declare global {
  var answer: ReturnType<typeof show>;
  var askWorker: () => Promise<unknown>;
}

globalThis.answer = show("/relay");
globalThis.askWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
