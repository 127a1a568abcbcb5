/** The page: puts the composer, the inspector and the conversation together. */
import init from "/pkg/index.js";
import { Composer } from "./composer.js";
import { byId } from "./element.js";
import { Inspector } from "./inspector.js";
import { recall, remember } from "./memory.js";
import { firstModel, Models } from "./models.js";

/** The message in the code panel while the composer is empty. */
const sampleText = "Write a short poem about spring.";

/** WebKit reports no error of a module that fails after an `await`. */
const orFail = (loading, say = (message) => message) =>
  loading.catch((error) => {
    boot.fail(say(error.message));
    throw error;
  });

const orFailInPart = (loading) => orFail(loading, (message) => `a part of it could not be loaded (${message})`);

const [backend] = await orFail(Promise.all([boot.demo, boot.wasm.then(init)]));
const models = new Models(backend);
await orFail(models.load());

/** The inputs that the user has set, by model. */
const values = recall("values") ?? {};
/** @type {import("./models.js").Model} */
let model;

const inspector = new Inspector(backend, update);
const composer = new Composer({
  send,
  stop: () => conversation?.stop(),
  changed: update,
  attach,
  detach: (name, file) => inspector.form.detach(name, file),
  undoFault() {
    inspector.forgetFault();
    update();
  },
});

/** The modules below load late. The user can write a message and press Send before they are loaded. */
let conversation;
let isRestored = false;

async function openConversation() {
  const { Conversation } = await import("./conversation.js");
  conversation = new Conversation({
    root: byId("conversation"),
    backend,
    openPicture: async (...picture) => (await lightbox).open(...picture),
    edit,
    changed: showRunning,
    announce: (words) => (byId("announcement").textContent = words),
  });
  await conversation.restore(models);
  isRestored = true;
}

/** The empty state and the chip in the header. */
async function openWelcome() {
  const [{ showBackend }, { showExamples }] = await Promise.all([import("./backend.js"), import("./examples.js")]);
  showBackend(backend, byId("backend"));
  showExamples(backend, models.names, runExample);
  byId("welcome").hidden = isRestored ? !conversation.isEmpty : recall("turns") !== undefined;
}

async function openLightbox() {
  const { Lightbox } = await import("./lightbox.js");
  return new Lightbox(byId("lightbox"), useAsInput);
}

// In the order in which they load: what sends a message comes first.
const opening = orFailInPart(openConversation());
const welcome = orFailInPart(openWelcome());
const lightbox = orFailInPart(openLightbox());
const code = orFailInPart(import("./code.js"));

const groupTitles = { text: "Text", files: "Pictures", data: "Other" };

async function start() {
  const all = await Promise.all(models.names.map((name) => models.get(name)));
  const groups = new Map(Object.entries(groupTitles).map(([gives, title]) => [title, all.filter((one) => one.gives === gives).map(({ name }) => name)]));
  composer.showModels(new Map([...groups].filter(([, names]) => names.length)));
  composer.text = composer.text || (recall("draft") ?? "");
  const chosen = [recall("model"), firstModel, ...models.names].find((name) => models.names.includes(name));
  composer.model = chosen;
  inspector.protocol = recall("protocol") ?? "replicate";
  byId("new").onclick = () => {
    conversation.stop();
    conversation.clear();
  };
  await showChoices();
  composer.ready();
  await Promise.all([opening, welcome, lightbox, code]);
  await showChosenCode();
  boot.ready();
}

/** Updates the form, the attached files, the code and the stored choices after the user has changed something. */
async function update() {
  await showChoices();
  await showChosenCode();
}

async function showChoices() {
  const name = composer.model || models.names[0];
  if (model?.name !== name) {
    model = await models.get(name);
    inspector.adapt(model, values[name]);
  }
  values[name] = inspector.form.values;
  composer.adapt(model, takesFiles());
  composer.showFiles(inspector.form.files);
  composer.showFault(inspector.fault?.label);
  remember("draft", composer.text || undefined);
  remember("model", name);
  remember("protocol", inspector.protocol);
  remember("values", withoutFiles(values));
}

async function showChosenCode() {
  if (!inspector.showsCode) return;
  const [{ showCode }] = await Promise.all([code, opening]);
  inspector.showCode(showCode(backend, { ...order(), text: composer.text.trim() || sampleText, history: conversation.historyFor(model) }));
}

/** `ReplicateHome` cannot upload files. */
const takesFiles = () => inspector.form.takesFiles && inspector.protocol !== "home";

const order = () => ({
  protocol: inspector.protocol,
  model,
  text: composer.text.trim(),
  input: inspector.form.values,
  directives: inspector.fault?.directives,
});

async function send() {
  if (!inspector.check()) return;
  const job = order();
  const text = composer.text;
  composer.isRunning = true;
  await opening;
  if (conversation.isRunning) return showRunning(); // an answer that the reload interrupted goes on
  conversation.send(job);
  if (composer.text === text) composer.text = "";
  for (const { name, value } of inspector.form.files) inspector.form.detach(name, value);
  inspector.forgetFault();
  update();
  composer.focus();
}

async function runExample({ model, input = {}, ...example }) {
  await opening;
  if (!conversation.isRunning) conversation.send({ ...example, input, model: await models.get(model) });
}

/** Puts a sent message back into the composer, with its model, inputs and protocol. */
async function edit(job) {
  values[job.model.name] = job.input;
  model = undefined; // makes `update` fill the form again
  composer.model = job.model.name;
  inspector.protocol = job.protocol;
  composer.text = job.text;
  await update();
  composer.focus();
}

function attach(files) {
  if (takesFiles()) inspector.form.attach(files);
  else byId("announcement").textContent = byId("attach").title;
}

/** Attaches a picture of an answer to the chosen model, or to the first model that takes a file. */
async function useAsInput(url) {
  if (!takesFiles()) {
    inspector.protocol = "replicate";
    const all = await Promise.all(models.names.map((name) => models.get(name)));
    const able = all.find(({ inputs }) => inputs.some(({ kind }) => kind === "file" || kind === "files"));
    if (!able) return;
    composer.model = able.name;
    await update();
  }
  inspector.form.attach([url]);
  composer.focus();
}

function showRunning() {
  composer.isRunning = conversation.isRunning;
  byId("welcome").hidden = !conversation.isEmpty;
  byId("new").disabled = conversation.isEmpty;
  document.body.classList.toggle("running", conversation.isRunning);
  dispatchEvent(new Event("turn"));
}

const withoutFiles = (values) =>
  JSON.parse(JSON.stringify(values, (_, value) => (value instanceof File || (Array.isArray(value) && value.some((one) => one instanceof File)) ? undefined : value)));

await orFail(start());
