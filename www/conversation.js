/** The conversation: questions and answers, of which one at a time is running. */
import { ImageResponse } from "/pkg/index.js";
import { ask, findLost, look, resume } from "./calls.js";
import { Card } from "./card.js";
import { errorState } from "./errors.js";
import { figuresOf } from "./figures.js";
import { goToEnd, stayAtEnd, writeAll } from "./frames.js";
import { recall, remember } from "./memory.js";
import { showQuestion } from "./question.js";
import { endWords } from "./states.js";
import { endOf, historyFor, newTurn, toPlain } from "./turn.js";

export class Conversation {
  #root;
  #backend;
  #openPicture;
  #edit;
  #changed;
  #announce;
  /** @type {(import("./turn.js").Turn & { card?: Card, question?: HTMLElement })[]} */
  #turns = [];
  /** @type {{ turn: import("./turn.js").Turn, stream: object, canCancel: boolean, stopping?: Promise<void>, state?: object } | undefined} */
  #running;
  /** After the page was left nothing is stored: the only later event is the cancel that `#leave` sent. */
  #isLeft = false;

  /**
   * @param {object} options
   * @param {HTMLElement} options.root
   * @param {import("./backend.js").Backend} options.backend
   * @param {(pictures: object[], index: number, alt: string) => void} options.openPicture
   * @param {(job: import("./calls.js").Job) => void} options.edit gives a question back to the composer
   * @param {() => void} options.changed called when a turn begins, when the server runs it, and when it ends
   * @param {(words: string) => void} options.announce for screen readers
   */
  constructor({ root, backend, openPicture, edit, changed, announce }) {
    this.#root = root;
    this.#backend = backend;
    this.#openPicture = openPicture;
    this.#edit = edit;
    this.#changed = changed;
    this.#announce = announce;
    addEventListener("pagehide", ({ persisted }) => this.#leave(persisted));
  }

  get isRunning() {
    return Boolean(this.#running);
  }

  get isEmpty() {
    return this.#turns.length === 0;
  }

  /** What a model gets of it. @param {import("./models.js").Model} model */
  historyFor(model) {
    return historyFor(model, this.#turns);
  }

  /** @param {Omit<import("./calls.js").Job, "history">} order */
  send(order) {
    const turn = newTurn({ ...order, history: this.historyFor(order.model) });
    this.#turns.push(turn);
    this.#show(turn);
    this.#begin(turn);
  }

  stop() {
    const running = this.#running;
    if (!running || running.stopping) return;
    running.turn.card.say("Stopping");
    running.stopping = running.stream.cancel().catch(() => {});
  }

  clear() {
    for (const turn of this.#turns) {
      turn.card?.remove();
      turn.question.remove();
    }
    this.#turns = [];
    this.#save();
    this.#changed();
  }

  /** Shows the stored conversation, and resumes the answer that was running. @param {import("./models.js").Models} models */
  async restore(models) {
    for (const { modelName, files, ...kept } of recall("turns") ?? []) {
      const model = await models.get(modelName);
      if (!model) continue;
      const turn = { ...kept, job: { ...kept.job, model } };
      this.#turns.push(turn);
      this.#show(turn);
      if (turn.text) turn.card.add({ text: turn.text });
      for (const url of files) turn.card.add({ file: new ImageResponse(url, turn.job.text) });
      writeAll();
      if (turn.end) this.#showEnd(turn);
      else this.#takeUp(turn);
    }
    if (!this.isEmpty) goToEnd();
    this.#changed();
  }

  /** Cancels a prediction that cannot be resumed. A page in the back/forward cache continues when the user returns. */
  #leave(isKept) {
    this.#save();
    this.#isLeft = !isKept;
    const { stream, canResume, canCancel } = this.#running ?? {};
    if (canCancel && !canResume && !isKept) stream.cancel();
  }

  #show(turn) {
    turn.question = showQuestion(turn.job);
    turn.card = this.#newCard(turn);
    this.#root.append(turn.question, turn.card.element);
  }

  #newCard(turn) {
    return new Card(turn.job, this.#backend, turn.startedAt, {
      retry: () => this.#retry(turn),
      edit: () => this.#giveBack(turn),
      resume: () => this.#resume(turn),
      look: () => this.#look(turn),
      stop: () => this.stop(),
      openPicture: this.#openPicture,
    });
  }

  #begin(turn) {
    goToEnd();
    this.#follow(turn, ask(this.#backend, turn.job, this.#stateOf(turn)));
  }

  /** Resumes the answer that a reload interrupted, or says that it cannot be resumed. */
  #takeUp(turn) {
    if (turn.handle) return void this.#resume(turn, "Resumed after a reload");
    this.#endWith(turn, { code: "reload", message: "The page was loaded again while the answer came." });
  }

  /** @param {string} [words] what to say in place of the call's state, as long as all goes well */
  #resume(turn, words = "") {
    if (this.#running) return;
    turn.end = undefined;
    turn.card.goOn();
    turn.card.say(words);
    this.#follow(turn, resume(this.#backend, turn.job, turn.handle, this.#stateOf(turn)));
  }

  /** Sends the same message again, without the sandbox's fault. */
  #retry(turn) {
    if (this.#running) return;
    const { directives, ...job } = turn.job;
    const old = turn.card;
    Object.assign(turn, newTurn(job));
    turn.card = this.#newCard(turn);
    old.element.replaceWith(turn.card.element);
    old.remove();
    this.#begin(turn);
  }

  #giveBack(turn) {
    turn.card.remove();
    turn.question.remove();
    this.#turns = this.#turns.filter((other) => other !== turn);
    this.#edit(turn.job);
    this.#changed();
  }

  /** Finds out whether a create request without an answer has run. A relay shows no list of predictions: Replicate's own page does. */
  async #look(turn) {
    const { kind } = this.#backend;
    if (kind === "relay") open("https://replicate.com/predictions", "_blank", "noopener");
    if (kind !== "sandbox") return this.#endWith(turn, { code: "unseen", message: "Only the sandbox lists its predictions to this page." });
    turn.card.say("Looking");
    try {
      turn.handle = await findLost(this.#backend, turn.job, turn.startedAt);
    } catch (error) {
      return this.#endWith(turn, error);
    }
    if (turn.handle) this.#resume(turn, "Found");
    else this.#endWith(turn, { code: "not_run", message: "The server's list has no prediction of this model since the request was sent." });
  }

  #endWith(turn, error) {
    turn.end = endOf({ words: errorState(error), error });
    this.#showEnd(turn);
  }

  #stateOf = (turn) => (state) => {
    const running = this.#running;
    if (running?.turn !== turn) return;
    running.state = state;
    const isTrouble = state.type === "waiting" || state.type === "reconnecting";
    if (isTrouble && !running.stopping) turn.card.say("");
    turn.card.tell(state);
    if (state.type === "running" || state.type === "streaming") this.#changed();
  };

  async #follow(turn, { stream, read, canResume, canCancel }) {
    const running = (this.#running = { turn, stream, canResume, canCancel });
    this.#changed();
    let error;
    try {
      for await (const item of stream) this.#take(turn, read(item), stream);
    } catch (thrown) {
      error = thrown;
    }
    await running.stopping;
    const prediction = await this.#lastLook(turn, stream, canResume);
    if (!this.#turns.includes(turn)) return this.#finish();
    turn.handle = canResume && stream.id ? stream.toJSON() : undefined;
    const { card, text } = turn;
    writeAll();
    const stopped = Boolean(running.stopping);
    const isEmpty = !text && card.files.length === 0;
    const words = endWords({ stopped, canCancel, isEmpty, error, status: prediction?.status, canceled: running.state?.canceled, hasBegun: Boolean(stream.id) });
    turn.logs ||= prediction?.logs ?? "";
    turn.end = endOf({ words, error, figures: figuresOf(turn, prediction), isAnswer: !error });
    this.#showEnd(turn);
    this.#finish();
  }

  /** Gets the prediction after its stream: for its metrics, and after Stop for its status. */
  async #lastLook(turn, stream, canLook) {
    if (!canLook || !stream.id) return stream.prediction;
    return look(this.#backend, turn.job, stream.id).catch(() => stream.prediction);
  }

  #finish() {
    this.#running = undefined;
    this.#save();
    this.#changed();
  }

  #take(turn, { text, logs, file }, stream) {
    if (text) {
      turn.text += text;
      turn.pieces++;
      turn.firstAt ??= Date.now();
    }
    if (logs) turn.logs += logs;
    if (logs || file || !turn.logs) turn.card.progress(turn.logs || stream.prediction?.logs);
    if (text || file) turn.card.add({ text, file });
  }

  #showEnd(turn) {
    const { card, end, text, logs, handle } = turn;
    card.end({ ...end, text, logs, canResume: Boolean(handle) });
    this.#announce(end.words);
    stayAtEnd();
  }

  /** Stores the conversation. Leaves out the oldest turns if it is too large. */
  #save() {
    if (this.#isLeft) return;
    const running = this.#running;
    if (running) {
      const { turn, stream, canResume } = running;
      turn.handle = canResume && stream.id ? stream.toJSON() : undefined;
      writeAll();
    }
    let kept = this.#turns.map((turn) => toPlain(turn, turn.card.files));
    while (!remember("turns", kept.length ? kept : undefined) && kept.length) kept = kept.slice(1);
  }
}
