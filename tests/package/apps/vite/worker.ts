import { predict } from "./predict.js";

predict("/relay").then(
  ({ text, bytes }) => postMessage({ text, bytes }),
  (error: unknown) => postMessage(String(error)),
);
