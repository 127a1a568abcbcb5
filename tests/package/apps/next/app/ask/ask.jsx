import { useEffect, useRef, useState } from "react";
import { Replicate } from "replicate-wasm/auto";

export function Ask() {
  const [text, setText] = useState("");
  const [error, setError] = useState();
  const stream = useRef();
  const stop = () => void stream.current?.cancel();
  useEffect(() => stop, []);

  async function ask(event) {
    event.preventDefault();
    stop();
    setText("");
    setError();
    const prompt = new FormData(event.currentTarget).get("prompt");
    const replicate = new Replicate({ baseUrl: "/relay/v1" });
    stream.current = replicate.streamText("meta/meta-llama-3-8b-instruct", { input: { prompt } });
    try {
      for await (const piece of stream.current) setText((text) => text + piece);
    } catch (error) {
      setError(error);
    }
  }

  return (
    <form onSubmit={ask}>
      <input name="prompt" required />
      <button>Ask</button>
      <button type="button" onClick={stop}>Stop</button>
      <output>{text}</output>
      {error && <p role="alert">{error.message}</p>}
    </form>
  );
}
