/** The card of an answer: its state, its output as it arrives, its error and its buttons. */
import { parseProgressFromLogs } from "/pkg/index.js";
import { button, copy, element } from "./element.js";
import { explain, technical } from "./errors.js";
import { inNextFrame } from "./frames.js";
import { MarkdownWriter, PlainWriter } from "./markdown.js";
import { Media, save, saveText } from "./media.js";
import { emptyOutput, stateWords } from "./states.js";

const tickMs = 100;

/**
 * @typedef {object} Actions what the buttons of a card do
 * @property {() => void} retry
 * @property {() => void} edit
 * @property {() => void} resume
 * @property {() => void} look
 * @property {() => void} stop
 * @property {(pictures: object[], index: number, alt: string) => void} openPicture
 */

export class Card {
  #job;
  #backend;
  #actions;
  #startedAt;
  #timer;
  #root;
  #bar = element("div.bar", { role: "progressbar", "aria-label": "Progress" });
  #state = element("span.state");
  #seconds = element("span.seconds", { "aria-hidden": "true" });
  #text = element("div.text");
  #error = element("div");
  #panel = element("div.panel", { hidden: true });
  #foot = element("footer", { hidden: true });
  #writer;
  #media;
  /** Text that is written in the next frame. */
  #waiting = "";
  #callState = { type: "sending" };
  /** The server has the prediction, and the model has sent nothing yet. */
  #isStarting = false;
  #stateSince = performance.now();
  #said = "";

  /**
   * @param {import("./calls.js").Job} job
   * @param {import("./backend.js").Backend} backend
   * @param {number} startedAt milliseconds since 1970
   * @param {Actions} actions
   */
  constructor(job, backend, startedAt, actions) {
    [this.#job, this.#backend, this.#startedAt, this.#actions] = [job, backend, startedAt, actions];
    this.#writer = job.model.gives === "data" ? new PlainWriter(this.#text) : new MarkdownWriter(this.#text);
    this.#media = new Media({ ...expectedPictures(job), alt: job.text, openPicture: actions.openPicture });
    const name = element("strong", {}, nameOf(job, backend));
    const body = element("div.body", { dir: "auto" }, this.#text, this.#media.element);
    this.#root = element("article.answer", {}, this.#bar, element("header", {}, name, this.#state, this.#seconds), body, this.#error, this.#panel, this.#foot);
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#tick();
  }

  get element() {
    return this.#root;
  }

  get files() {
    return this.#media.files;
  }

  /** @param {import("/pkg/index.js").CallState} state */
  tell(state) {
    this.#callState = state;
    if (state.type === "running") this.#isStarting = state.status === "starting";
    this.#stateSince = performance.now();
    this.#tick();
    if (state.type === "waiting") this.#offerToStopWaiting();
    else this.#error.replaceChildren();
  }

  /** Shows these words instead of the call's state. */
  say(words, tone = "busy") {
    this.#said = words;
    this.#root.dataset.tone = tone;
    this.#tick();
  }

  /** @param {{ text?: string, file?: object }} piece */
  add({ text, file }) {
    if (text) {
      this.#waiting += text;
      inNextFrame(this.#write);
    }
    if (file) {
      inNextFrame(() => {
        this.#media.add(file);
        this.#isStarting = false;
      });
    }
  }

  /** @param {string} logs all of them so far */
  progress(logs) {
    if (logs) this.#isStarting = false;
    const share = parseProgressFromLogs(logs)?.percentage;
    inNextFrame(() => {
      const { count } = expectedPictures(this.#job);
      const all = share === undefined ? undefined : count > 1 ? Math.min(1, (this.files.length + (share === 1 ? 0 : share)) / count) : share;
      this.#showShare(all);
      this.#media.progress(share);
    });
  }

  /**
   * @param {object} end
   * @param {string} end.words
   * @param {Error} [end.error]
   * @param {string} end.text the whole of it
   * @param {string} [end.logs]
   * @param {number} end.endedAt
   * @param {string[]} end.figures
   * @param {boolean} end.canResume
   */
  end({ words, error, text, logs, endedAt, figures, canResume }) {
    clearInterval(this.#timer);
    this.#write();
    this.#writer.end();
    this.#media.end();
    this.#bar.hidden = true;
    this.#said = words;
    this.#root.dataset.tone = error ? "wrong" : "done";
    this.#showState(endedAt);
    this.#error.replaceChildren(...(error ? [this.#explain(error, canResume)] : []));
    if (words === emptyOutput) this.#error.append(element("p.quiet", {}, "The model succeeded and gave nothing. Change the message or the inputs, or try again."));
    this.#showFoot({ text, logs, figures, canRetry: !error });
  }

  /** Reopens the card after its end, for a stream that is resumed. */
  goOn() {
    this.#error.replaceChildren();
    this.#foot.hidden = true;
    this.#panel.hidden = true;
    this.#bar.hidden = false;
    this.#said = "";
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  remove() {
    clearInterval(this.#timer);
    this.#root.remove();
  }

  #write = () => {
    if (!this.#waiting) return;
    const text = this.#waiting;
    this.#waiting = "";
    this.#writer.append(text);
    if (!this.#isStarting) return;
    this.#isStarting = false;
    this.#tick();
  };

  #tick() {
    this.#root.dataset.tone ||= "busy";
    this.#showState(Date.now());
  }

  #showState(now) {
    const sinceMs = performance.now() - this.#stateSince;
    const words = this.#said || stateWords(this.#callState, { gives: this.#job.model.gives, sinceMs, isStarting: this.#isStarting });
    if (words && this.#state.textContent !== words) {
      this.#state.textContent = words;
      this.#root.ariaLabel = `Answer of ${nameOf(this.#job, this.#backend)}: ${words}`;
    }
    this.#seconds.textContent = `${((now - this.#startedAt) / 1000).toFixed(1)} s`;
  }

  #showShare(share) {
    if (share === undefined) return;
    this.#bar.setAttribute("aria-valuenow", Math.round(share * 100));
    this.#bar.style.setProperty("--share", share);
    this.#bar.classList.add("known");
  }

  #offerToStopWaiting() {
    this.#error.replaceChildren(button("Stop waiting", this.#actions.stop, { className: "main" }));
  }

  #explain(error, canResume) {
    const told = explain(error, canResume);
    const act = { again: "retry", continue: "resume", edit: "edit", look: "look" }[told.action];
    const pressed = button(told.label, () => {
      clearInterval(counting);
      this.#actions[act]();
    }, { className: "main" });
    let counting;
    if (told.waitMs !== undefined) counting = this.#countDown(pressed, told.waitMs);
    if (told.whenOnline) {
      const again = () => pressed.isConnected && pressed.click();
      addEventListener("online", again, { once: true });
    }
    const details = element("details", {}, element("summary", {}, "Technical details"), element("pre", { tabIndex: 0 }, technical(error)));
    return element("section.error", { "aria-label": told.title }, element("h3", {}, told.title), element("p", {}, told.sentence), element("p", {}, told.advice), pressed, details);
  }

  /** Counts down to the next attempt. The first click on the button stops the countdown, the second one tries again. */
  #countDown(pressed, waitMs) {
    const label = pressed.textContent;
    const again = pressed.onclick;
    const until = performance.now() + waitMs;
    const words = this.#said;
    const show = () => {
      const seconds = Math.ceil((until - performance.now()) / 1000);
      if (seconds <= 0 || !pressed.isConnected) {
        clearInterval(timer);
        if (pressed.isConnected) again();
      } else this.#state.textContent = `${words}, trying again in ${seconds} s`;
    };
    const timer = setInterval(show, 250);
    pressed.textContent = "Stop waiting";
    pressed.onclick = () => {
      clearInterval(timer);
      this.#state.textContent = words;
      pressed.textContent = label;
      pressed.onclick = again;
    };
    queueMicrotask(show);
    return timer;
  }

  /** An error has its own button for the next step, so its card has no Retry. */
  #showFoot({ text, logs, figures, canRetry }) {
    const toggle = (label, content) => {
      const made = button(label, async () => {
        const shown = await content();
        const isOpen = made.getAttribute("aria-expanded") === "true";
        for (const other of this.#foot.querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", "false");
        made.setAttribute("aria-expanded", String(!isOpen));
        this.#panel.hidden = isOpen;
        this.#panel.replaceChildren(...(isOpen ? [] : [shown]));
        this.#panel.scrollIntoView({ block: "nearest" });
      }, { "aria-expanded": "false" });
      return made;
    };
    const buttons = [];
    if (text) {
      const copier = button("Copy", () => copy(text, copier));
      buttons.push(copier);
    }
    if (canRetry) buttons.push(button("Retry", this.#actions.retry));
    buttons.push(toggle("Code", async () => (await import("./code.js")).showCode(this.#backend, this.#job)));
    if (logs) buttons.push(toggle("Logs", () => element("pre.logs", { tabIndex: 0, "aria-label": "Logs" }, readableLogs(logs))));
    if (text || this.files.length) buttons.push(button("Save", () => (this.files.length ? this.files.forEach(save) : saveText(text))));
    this.#foot.replaceChildren(...buttons, element("span.figures", {}, figures.join(" · ")));
    this.#foot.hidden = false;
  }
}

/** Keeps the last version of a line that carriage returns overwrite, such as a progress bar. */
const readableLogs = (logs) => logs.replace(/[^\n]*\r(?!\n)/g, "");

const nameOf = ({ model }, { kind, server }) => (kind === "cog" ? new URL(server).host : model.name);

/** How many pictures to expect, and of what shape. @param {import("./calls.js").Job} job */
function expectedPictures({ model, input }) {
  if (model.gives !== "files") return { count: 0 };
  const given = (name) => input[name] ?? model.inputs.find((one) => one.name === name)?.default;
  const [width, height] = given("aspect_ratio")?.match(/^\d+:\d+$/) ? given("aspect_ratio").split(":") : [given("width"), given("height")];
  return { count: given("num_outputs") ?? 1, ratio: width && height ? `${width} / ${height}` : undefined };
}
