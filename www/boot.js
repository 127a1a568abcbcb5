/**
 * Starts to load what the page needs, and shows a sentence when a part fails to load. A classic script without
 * imports, so that it runs where the modules do not.
 */
"use strict";
{
  /** After this time without success or failure the page offers a reload. */
  const patienceMs = 10_000;
  /** Whether the start has succeeded or failed. */
  let isOver = false;

  async function load(path) {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`${path} was answered with status ${answer.status}`);
    return answer;
  }

  async function loadJson(path) {
    const text = await (await load(path)).text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${path} is not JSON`);
    }
  }

  /** A failure can come before the body is parsed. */
  const withBody = (act) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", act, { once: true }) : act());

  function show(sentence) {
    const box = document.getElementById("failure");
    box.querySelector("p").textContent = sentence;
    box.querySelector("button").onclick = loadAgain;
    box.hidden = false;
  }

  /** WebKit reuses a failed module after a reload, unless the module was fetched again before. */
  async function loadAgain() {
    const options = { cache: "reload", signal: AbortSignal.timeout(5000) };
    const modules = [...document.querySelectorAll("link[rel=modulepreload]")];
    await Promise.allSettled(modules.map(async ({ href }) => (await fetch(href, options)).text()));
    location.reload();
  }

  function fail(reason) {
    if (isOver) return;
    isOver = true;
    clearTimeout(waiting);
    withBody(() => {
      show(`The page could not start: ${reason}.`);
      document.querySelector("#backend .words").textContent = "Not started";
    });
  }

  const waiting = setTimeout(() => withBody(() => show("Loading takes longer than usual. Wait, or load the page again.")), patienceMs);

  // The error event of a module that cannot be loaded goes to its script element and does not bubble: hence the capture.
  addEventListener(
    "error",
    ({ target, message }) => {
      if (target === window) fail(message);
      else if (target instanceof HTMLScriptElement) fail(`a part of it could not be loaded (${new URL(target.src).pathname})`);
    },
    true,
  );
  addEventListener("unhandledrejection", ({ reason }) => fail(reason?.message ?? String(reason)));

  const demo = loadJson("/demo.json");
  globalThis.boot = {
    demo,
    wasm: load("/pkg/replicate_bg.wasm"),
    /** The sandbox's models, requested before the wasm has loaded. A relay's models are requested one by one later. */
    models: demo.then(({ kind, base }) => (kind === "sandbox" ? loadJson(`${base}/v1/models`) : { results: [] })),
    fail,
    /** The page has started: from now on it shows its errors itself. */
    ready() {
      isOver = true;
      clearTimeout(waiting);
      document.getElementById("failure").hidden = true;
    },
  };
  // Code that awaits one of these gets its error too.
  for (const loading of [boot.demo, boot.wasm, boot.models]) loading.catch((error) => fail(error.message));
}
