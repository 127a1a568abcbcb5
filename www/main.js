/** The page: the composer, and one prediction at a time. */
import init, { ReplicateHome } from "/pkg/index.js";
import { listModels } from "./models.js";
import { ask, resume } from "./predictions.js";
import { Following, say } from "./state.js";
import { Answer, clear, scrollToEnd, showAnswer, showQuestion } from "./transcript.js";
import { keep, takeUp } from "./unfinished.js";

const [form, message, modelChoice, ways, send, stop, clearButton, welcome] = [
  "composer", "message", "model", "ways", "send", "stop", "clear", "welcome",
].map((id) => document.getElementById(id));

const serverWords = {
  sandbox: () => "Talks to the sandbox on this machine: nothing leaves it, and what the models say is made up.",
  relay: () => "Talks to Replicate through the relay on this machine, on your account. The token stays with the relay.",
  cog: ({ server }) => `Talks to the Cog server at ${server}.`,
};

const examples = [
  { label: "A poem about spring", model: "gemma-2b", text: "Write a short poem about spring." },
  { label: "A landscape", model: "sd-3", text: "A beautiful landscape with mountains and a lake." },
];
const failure = { label: "Something that fails", model: "gemma-2b", text: "[fail: NSFW content detected] A poem about failing." };

let server, models;
/** The conversation so far, as the models get it. */
let messages = [];
/** @type {{ job: object, stream: object, answer: Answer, startedAt: number, stopped: boolean } | undefined} */
let running;

async function start() {
  [server] = await Promise.all([fetch("demo.json").then((answer) => answer.json()), init()]);
  document.getElementById("server").textContent = serverWords[server.kind](server);
  models = await listModels(server);
  showModels();
  showExamples();
  form.querySelector("fieldset").disabled = false;
  say("Ready.");
  message.focus();
  const kept = takeUp();
  if (kept) takeUpAgain(kept);
}

function showModels() {
  for (const [kind, label] of [["text", "Text"], ["picture", "Pictures"], ["any", "Model"]]) {
    const options = models.filter((model) => model.kind === kind).map(({ label, name }) => new Option(label, name));
    if (options.length === 0) continue;
    const group = Object.assign(document.createElement("optgroup"), { label });
    group.append(...options);
    modelChoice.append(group);
  }
  ways.hidden = server.kind === "cog";
}

function showExamples() {
  const shown = server.kind === "sandbox" ? [...examples, failure] : examples;
  for (const { label, model, text } of shown) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", () => {
      if (server.kind !== "cog") modelChoice.value = ReplicateHome.getModel(model);
      answerTo(text);
    });
    const item = document.createElement("li");
    item.append(button);
    document.getElementById("examples").append(item);
  }
  if (server.kind === "sandbox") {
    document.getElementById("hint").textContent = "Words in brackets make the sandbox misbehave: [fail], [hang], [slow], [drop], [500], [429: 2].";
  }
  welcome.hidden = false;
}

function answerTo(text) {
  const model = models.find(({ name }) => name === modelChoice.value);
  const way = server.kind === "cog" ? "cog" : form.elements.way.value;
  const job = { way, model, messages: [...messages, { role: "user", content: text }] };
  showQuestion(text);
  return follow(job, ask(server, job));
}

/** After a reload: the conversation as it was, and the rest of its last answer. */
function takeUpAgain({ job, text, startedAt, stream }) {
  for (const { role, content } of job.messages) {
    if (role === "user") showQuestion(content);
    else showAnswer(content);
  }
  messages = job.messages.slice(0, -1);
  return follow(job, resume(server, job, stream), { text, startedAt });
}

async function follow(job, { stream, read }, { text = "", startedAt = Date.now() } = {}) {
  const answer = new Answer(`${job.model.name} · ${job.way}`);
  const following = new Following(stream, startedAt);
  running = { job, stream, answer, startedAt, stopped: false };
  showRunning();
  answer.add({ text });
  scrollToEnd();
  let error;
  try {
    for await (const item of stream) {
      const piece = read(item);
      following.saw(piece);
      answer.add(piece);
    }
  } catch (thrown) {
    error = thrown;
  }
  const outcome = `${error ? "Failed" : running.stopped ? stoppedWord(job) : "Succeeded"} after ${following.duration}`;
  answer.end(outcome, error);
  following.end(`${outcome}.`);
  if (answer.text && !error) messages = [...job.messages, { role: "assistant", content: answer.text }];
  running = undefined;
  showRunning();
}

/** The provider's protocol has no cancel: its prediction goes on, unread. */
const stoppedWord = ({ way }) => (way === "provider" ? "Stopped reading" : "Stopped");

function showRunning() {
  welcome.hidden = true;
  send.hidden = clearButton.hidden = Boolean(running);
  stop.hidden = !running;
  message.focus();
}

function stopRunning() {
  if (!running || running.stopped) return;
  running.stopped = true;
  running.stream.cancel();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = message.value.trim();
  if (running || !text) return;
  message.value = "";
  answerTo(text);
});

message.addEventListener("keydown", (event) => {
  // An Enter that ends a composition (an input method for Japanese, say) belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("keydown", (event) => event.key === "Escape" && stopRunning());
stop.addEventListener("click", stopRunning);

clearButton.addEventListener("click", () => {
  messages = [];
  clear();
  clearButton.hidden = true;
  welcome.hidden = false;
  say("Ready.");
  message.focus();
});

// The provider's protocol cannot be taken up again: its prediction is left to itself.
addEventListener("pagehide", () => {
  if (running?.job.way !== "client" || !running.stream.id) return;
  const { job, stream, answer, startedAt } = running;
  keep({ job, stream, text: answer.text, startedAt });
});

start().catch((error) => say(`The page could not start: ${error.message}`));
