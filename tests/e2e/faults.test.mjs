// Faults: the page says what they mean and what to do, and can do it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { createWatchedSandbox, holdLongTimers, lettersOf, openDemo, until } from "./demo.mjs";

const poem = "Write a short poem about spring.";
/** The console messages of browsers about a connection that the sandbox drops. */
const dropped = /ERR_|network|Load failed|connection|reset/i;

inEachEngine((engine) => {
  async function open(t, { stepMs, pollIntervalMs = 20 } = {}) {
    const sandbox = createWatchedSandbox({ stepMs });
    const demo = await openDemo(t, engine, { server: { sandbox: sandbox.handler, pollIntervalMs }, expected: dropped });
    /** The buttons of the newest card that say what to do next. */
    const actions = async () => (await demo.answer.locator("button").allTextContents()).filter((name) => !["Copy", "Code", "Logs", "Save"].includes(name));
    return { sandbox, ...demo, actions, title: () => demo.answer.locator("h3").first().textContent() };
  }

  test("Break it applies to the next message only, and is neither in its text nor in the conversation", async (t) => {
    const demo = await open(t);
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.breakIt("slow");
    await demo.page.getByText("Next message only: be slow.").waitFor();
    await demo.send("One");
    assert.equal(await demo.end(), "Done");
    await demo.send("Two");
    assert.equal(await demo.end(), "Done");
    for (const { input } of demo.sandbox.predictions()) assert.doesNotMatch(JSON.stringify(input), /\[\w|slow/);
    assert.equal(await demo.page.locator("#fault").inputValue(), "");
    const [first, second] = demo.sandbox.predictions();
    assert.ok(first.metrics.predict_time > 2 * second.metrics.predict_time);
    await demo.breakIt("fail");
    await demo.press("Undo");
    await demo.send("Three");
    assert.equal(await demo.end(), "Done");
  });

  /** Records the changing state of the newest answer, and which of the states were shown before its first text. */
  const watchStates = (demo) =>
    demo.page.evaluate(() => {
      globalThis.words = [];
      globalThis.early = new Set();
      const note = () => {
        const answer = document.querySelector(".answer");
        const now = answer?.querySelector(".state").textContent;
        if (now && words.at(-1) !== now) words.push(now);
        if (answer && !answer.querySelector(".text").textContent) early.add(now);
      };
      new MutationObserver(note).observe(document.getElementById("conversation"), { subtree: true, childList: true, characterData: true });
    });

  test("the card shows the states of an answer in words, and a cold model is starting until its first text comes", async (t) => {
    const demo = await open(t, { stepMs: 8 });
    await watchStates(demo);
    const starting = "Starting (the model is cold)";
    for (const [model, fault, ...expected] of [
      ["meta/meta-llama-3-8b-instruct", "slow", "Writing", "Done"],
      ["black-forest-labs/flux-schnell", "", "Drawing", "Done"],
      ["meta/meta-llama-3-8b-instruct", "drop", "Writing", "Reconnecting", "Writing", "Done"],
      ["meta/meta-llama-3-8b-instruct", "fail", "Writing", "Failed"],
    ]) {
      await demo.choose(model);
      await demo.breakIt(fault);
      await demo.page.evaluate(() => {
        words.length = 0;
        early.clear();
      });
      await demo.send(poem);
      await demo.end();
      const shown = await demo.page.evaluate(() => ({ words, early: [...early] }));
      assert.deepEqual(shown.words, ["Sending", starting, ...expected], fault);
      if (fault) assert.deepEqual(shown.early, ["Sending", starting], fault);
      await demo.press("New");
    }
  });

  test("rate limited: the seconds count down, then the request is sent again", async (t) => {
    const demo = await open(t);
    const clock = await holdLongTimers(demo.page);
    await demo.breakIt("429");
    await demo.send(poem);
    await demo.says(/^Rate limited, trying again in [78] s$/);
    await demo.answer.getByRole("button", { name: "Stop waiting" }).waitFor();
    await clock.pass(3000);
    await demo.says(/^Rate limited, trying again in [345] s$/);
    await clock.pass(8000);
    assert.equal(await demo.end(), "Done");
    assert.equal(demo.sandbox.predictions().length, 1);
  });

  test("rate limited: Stop waiting ends the call, and nothing has run", async (t) => {
    const demo = await open(t);
    await demo.breakIt("429");
    await demo.send(poem);
    await demo.press("Stop waiting");
    assert.equal(await demo.end(), "Stopped before the server had begun");
    assert.equal(demo.sandbox.predictions().length, 0);
  });

  test("a stream whose connection drops resumes without a lost or repeated word", async (t) => {
    const demo = await open(t);
    await demo.breakIt("drop");
    await demo.send(poem);
    assert.equal(await demo.end(), "Done");
    assert.equal(await demo.letters(), lettersOf(demo.sandbox.predictions()[0].output));
    assert.equal(demo.sandbox.asked.filter((line) => line.includes("/stream/")).length, 2);
  });

  /** A server that loses a prediction in the middle of its answer, until it is repaired. */
  async function openForgetful(t) {
    const sandbox = createWatchedSandbox({ stepMs: 8 });
    let isMended = false;
    let hasStreamed = false;
    const handler = (request) => {
      if (hasStreamed && !isMended) return Response.json({ detail: "Not found" }, { status: 404 });
      hasStreamed = request.url.includes("/stream/");
      return sandbox.handler(request);
    };
    const demo = await openDemo(t, engine, { server: { sandbox: handler }, expected: /404|network|Load failed|ERR_/i });
    return { sandbox, ...demo, mend: () => (isMended = true), title: () => demo.answer.locator("h3").first().textContent() };
  }

  test("interrupted: the text so far stays, and Continue reads the rest", async (t) => {
    const demo = await openForgetful(t);
    await demo.breakIt("drop");
    await demo.send(poem);
    assert.equal(await demo.end(), "Interrupted");
    assert.equal(await demo.title(), "Interrupted");
    const before = await demo.letters();
    assert.ok(before.length > 0);
    demo.mend();
    await demo.press("Continue");
    await demo.says(/Done/);
    const whole = lettersOf(demo.sandbox.predictions()[0].output);
    assert.ok(whole.startsWith(before) && whole.length > before.length);
    assert.equal(await demo.letters(), whole);
    assert.equal(demo.sandbox.predictions().length, 1, "nothing runs twice");
  });

  test("out of time: Continue shows the state of the prediction", async (t) => {
    const demo = await open(t, { stepMs: 20 });
    const clock = await holdLongTimers(demo.page);
    await demo.send("Write a long poem about the sea.");
    await demo.answer.locator(".text p").first().waitFor();
    await clock.pass(31 * 60_000); // past the limit of half an hour
    assert.equal(await demo.end(), "Out of time");
    assert.equal(await demo.title(), "Out of time");
    await demo.press("Continue");
    // The call cancelled it at its time limit.
    await demo.says(/^Cancelled$/);
    const [{ status, output }, ...more] = demo.sandbox.predictions();
    assert.equal(status, "canceled");
    assert.equal(await demo.letters(), lettersOf(output), "all that it wrote");
    assert.equal(more.length, 0, "nothing runs twice");
  });

  test("a failed model: the card has its logs, Edit restores the message, and Send sends it again", async (t) => {
    const demo = await open(t);
    await demo.breakIt("fail");
    await demo.send(poem);
    assert.equal(await demo.end(), "Failed");
    assert.equal(await demo.title(), "The model failed");
    assert.deepEqual(await demo.actions(), ["Edit and retry"]);
    await demo.answer.getByRole("button", { name: "Logs" }).waitFor();
    await demo.answer.locator("summary").click();
    assert.match(await demo.answer.locator("details pre").textContent(), /code: failed/);
    await demo.press("Edit and retry");
    assert.equal(await demo.message.inputValue(), poem);
    assert.equal(await demo.page.locator(".answer").count(), 0);
    await demo.press("Send");
    assert.equal(await demo.end(), "Done");
  });

  test("Edit and retry restores the model, its inputs and the protocol too", async (t) => {
    const demo = await open(t);
    const outputs = demo.page.locator('#inspector [name="num_outputs"]');
    await demo.choose("black-forest-labs/flux-schnell");
    await outputs.fill("2");
    await demo.breakIt("fail");
    await demo.send("A lake");
    await demo.end();
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.use("home");
    await demo.press("Edit and retry");
    await outputs.waitFor();
    assert.equal(await outputs.inputValue(), "2");
    await demo.press("Send");
    assert.equal(await demo.end(), "Done");
    const [first, second] = demo.sandbox.predictions();
    assert.deepEqual([second.model, second.input], [first.model, first.input]);
  });

  test("a create with an HTML answer may have run: it is searched, found and shown, and not sent again", async (t) => {
    const demo = await open(t);
    await demo.breakIt("html");
    await demo.send(poem);
    assert.equal(await demo.end(), "May have run");
    assert.equal(await demo.title(), "May have run");
    assert.deepEqual(await demo.actions(), ["Look for it"]);
    await demo.press("Look for it");
    await demo.says(/Done/);
    assert.equal(await demo.letters(), lettersOf(demo.sandbox.predictions()[0].output));
    assert.equal(demo.sandbox.predictions().length, 1);
  });

  test("a create that was not accepted is searched, and then can be sent again", async (t) => {
    const sandbox = createWatchedSandbox();
    let creates = 0;
    const handler = (request) => (request.method === "POST" && creates++ === 0 ? new Response("<p>Bad gateway", { status: 502 }) : sandbox.handler(request));
    const demo = await openDemo(t, engine, { server: { sandbox: handler }, expected: /502/ });
    await demo.send(poem);
    assert.equal(await demo.end(), "May have run");
    await demo.press("Look for it");
    await demo.says(/^It did not run$/);
    await demo.press("Send again");
    await demo.says(/^Done$/);
    assert.equal(sandbox.predictions().length, 1);
  });

  test("too many requests: the error of ReplicateHome counts down, can be stopped, and sends again", async (t) => {
    const demo = await open(t);
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.use("home");
    await demo.breakIt("429");
    await demo.send(poem);
    await demo.says(/^Rate limited, trying again in [1-8] s$/);
    assert.equal(await demo.title(), "Rate limited");
    await demo.press("Stop waiting");
    assert.equal(await demo.state(), "Rate limited");
    await demo.press("Try again");
    await demo.says(/Done/);
    assert.equal(demo.sandbox.predictions().length, 1);
  });

  test("after a server error Try again sends the message without the fault", async (t) => {
    const demo = await open(t);
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.use("home");
    await demo.breakIt("500");
    await demo.send(poem);
    await demo.end();
    assert.equal(await demo.title(), "The server answered 500");
    assert.deepEqual(await demo.actions(), ["Try again"]);
    await demo.press("Try again");
    await demo.says(/Done/);
    assert.equal(demo.sandbox.predictions().length, 1);
  });

  test("an empty output says so", async (t) => {
    const demo = await open(t);
    await demo.breakIt("empty");
    await demo.send(poem);
    assert.equal(await demo.end(), "Empty output");
    await demo.answer.getByText("The model succeeded and gave nothing.").waitFor();
  });

  test("a message of an offline page is sent when it is online", async (t) => {
    const demo = await open(t);
    await demo.page.setOffline(true);
    await demo.send(poem);
    await demo.page.waitFor(() => document.querySelector(".answer .error h3") ?? document.querySelector(".answer .state")?.textContent !== "Sending");
    await demo.page.getByText(poem).waitFor();
    assert.equal(demo.sandbox.predictions().length, 0);
    await demo.page.setOffline(false);
    await demo.says(/Done/);
    assert.equal(demo.sandbox.predictions().length, 1);
  });

  test("a reload in the middle of an answer resumes it, and says so", async (t) => {
    const demo = await open(t, { stepMs: 20 });
    await demo.send("What is rain?");
    await demo.end();
    await demo.send("Write a long poem about spring.");
    await demo.answer.locator(".text p").nth(1).waitFor();
    await demo.page.reload();
    await demo.says(/Resumed after a reload/);
    assert.equal(await demo.end(), "Done");
    const predictions = demo.sandbox.predictions();
    assert.equal(predictions.length, 2, "no create is repeated");
    assert.equal(await demo.letters(), lettersOf(predictions[1].output));
    assert.deepEqual(await demo.page.locator(".question p").allTextContents(), ["What is rain?", "Write a long poem about spring."]);
    await demo.page.reload();
    await demo.page.locator(".answer footer").last().waitFor();
    assert.equal(await demo.letters(), lettersOf(predictions[1].output), "the conversation is still there");
    await demo.send("And snow?");
    await until(() => demo.sandbox.predictions().length === 3, "a third prediction");
    assert.match(demo.sandbox.predictions()[2].input.prompt, /^User: What is rain\?\nAssistant: /);
  });

  test("a reload ends an answer of ReplicateHome: the question stays, the card says why, and it can be sent again", async (t) => {
    const demo = await open(t, { pollIntervalMs: 200 });
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.use("home");
    await demo.breakIt("hang");
    await demo.send(poem);
    await demo.answer.locator(".text p").first().waitFor();
    await demo.page.reload();
    await demo.says(/^Cut off by the reload$/);
    assert.deepEqual(await demo.page.locator(".question p").allTextContents().then(([text]) => text), poem);
    await demo.press("Try again");
    await demo.says(/Done/);
  });

  test("New clears the conversation", async (t) => {
    const demo = await open(t);
    await demo.send("One");
    await demo.end();
    await demo.press("New");
    await demo.page.locator("#welcome").waitFor();
    await demo.page.reload();
    await demo.page.locator("#welcome").waitFor();
    await demo.send("Two");
    await demo.end();
    assert.equal(demo.sandbox.predictions()[1].input.prompt, "Two");
  });
});
