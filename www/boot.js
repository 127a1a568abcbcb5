/**
 * Begins to load what the page needs, and says in words when something of it fails. It is no module and imports
 * nothing, so that it works where the rest does not.
 */
"use strict";
{
  /** After this long without a sign of life the page offers to be reloaded. */
  const patienceMs = 10_000;
  /** Whether it is known how the start ended. */
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

  /** The head is read before the body: a failure can come that early. */
  const withBody = (act) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", act, { once: true }) : act());

  function show(sentence) {
    const box = document.getElementById("failure");
    box.querySelector("p").textContent = sentence;
    box.querySelector("button").onclick = loadAgain;
    box.hidden = false;
  }

  /** WebKit keeps a module that failed over a reload, unless it was fetched anew. */
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

  // A module that cannot be loaded is told to its script element, and bubbles nowhere.
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
    /** The sandbox's models, which need not wait for the wasm. A relay's are asked for one by one. */
    models: demo.then(({ kind, base }) => (kind === "sandbox" ? loadJson(`${base}/v1/models`) : { results: [] })),
    fail,
    /** The page works: from now on errors are the page's own to tell. */
    ready() {
      isOver = true;
      clearTimeout(waiting);
      document.getElementById("failure").hidden = true;
    },
  };
  // Whoever awaits them gets the errors too.
  for (const loading of [boot.demo, boot.wasm, boot.models]) loading.catch((error) => fail(error.message));
}
