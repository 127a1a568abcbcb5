/** Where a message is written: its text, its files, the model, Send and Stop. */
import { button, byId, element } from "./element.js";
import { nameOfFile } from "./schema-form.js";

export class Composer {
  #form = byId("composer");
  #message = byId("message");
  #model = byId("model");
  #send = byId("send");
  #stop = byId("stop");
  #attach = byId("attach");
  #attached = byId("attached");
  #note = byId("next-fault");
  #isReady = false;
  #isRunning = false;
  #canBeEmpty = false;

  /**
   * @param {object} on
   * @param {() => void} on.send
   * @param {() => void} on.stop
   * @param {() => void} on.changed text or model
   * @param {(files: File[]) => void} on.attach
   * @param {(name: string, file: File | string) => void} on.detach
   * @param {() => void} on.undoFault
   */
  constructor(on) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#send.disabled) on.send();
    });
    this.#message.addEventListener("input", () => {
      this.#update();
      on.changed();
    });
    this.#message.addEventListener("keydown", (event) => {
      // An Enter that ends a composition (of an input method for Japanese, say) belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (this.#isReady) this.#form.requestSubmit();
    });
    document.addEventListener("keydown", (event) => {
      const isOurs = event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]");
      if (isOurs) on.stop();
    });
    this.#stop.addEventListener("click", on.stop);
    this.#model.addEventListener("change", on.changed);
    this.#note.querySelector("button").addEventListener("click", on.undoFault);
    this.#takeFiles(on.attach);
    this.#detach = on.detach;
  }

  #detach;

  get text() {
    return this.#message.value;
  }

  set text(text) {
    this.#message.value = text;
    this.#update();
  }

  get model() {
    return this.#model.value;
  }

  set model(name) {
    this.#model.value = name;
  }

  /** @param {Map<string, string[]>} groups names of models by the group's title */
  showModels(groups) {
    const made = [...groups].map(([label, names]) => {
      const group = element("optgroup", { label });
      group.append(...names.map((name) => new Option(name, name)));
      return group;
    });
    this.#model.replaceChildren(...made);
    this.#model.hidden = [...groups.values()].flat().length < 2;
  }

  ready() {
    this.#isReady = true;
    this.#model.disabled = false;
    this.#update();
  }

  set isRunning(isRunning) {
    this.#isRunning = isRunning;
    this.#update();
  }

  /** @param {import("./models.js").Model} model @param {boolean} takesFiles */
  adapt(model, takesFiles) {
    this.#canBeEmpty = !model.prompt;
    this.#message.placeholder = model.prompt ? "Write a message" : "This model takes no message: fill in its inputs";
    this.#attach.disabled = !takesFiles;
    this.#attach.title = takesFiles ? "Attach a file" : "This model takes no file";
    this.#update();
  }

  /** @param {{ name: string, value: File | string }[]} files */
  showFiles(files) {
    for (const image of this.#attached.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.#attached.replaceChildren(...files.map(({ name, value }) => this.#thumbnail(name, value)));
    this.#attached.hidden = files.length === 0;
  }

  /** @param {string | undefined} label of what the sandbox does wrong with the next message */
  showFault(label) {
    this.#note.hidden = !label;
    this.#note.querySelector("span").textContent = label ? `Next message only: ${label.toLowerCase()}.` : "";
  }

  /** After the user's own sending. On a touch screen the keyboard would cover the answer. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#message.focus();
  }

  #thumbnail(name, value) {
    const label = nameOfFile(value);
    const isImage = typeof value === "string" || value.type.startsWith("image/");
    const url = typeof value === "string" ? value : URL.createObjectURL(value);
    const shown = isImage ? element("img", { src: url, alt: label }) : element("span", {}, label);
    return element("li", {}, shown, button("×", () => this.#detach(name, value), { "aria-label": `Remove ${label}` }));
  }

  #takeFiles(attach) {
    const input = byId("files");
    this.#attach.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      attach([...input.files]);
      input.value = "";
    });
    const take = (event, { files }) => {
      if (files.length === 0) return;
      event.preventDefault();
      attach([...files]);
    };
    this.#message.addEventListener("paste", (event) => take(event, event.clipboardData));
    document.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
    document.addEventListener("drop", (event) => take(event, event.dataTransfer));
  }

  #update() {
    const isEmpty = !this.#message.value.trim() && !this.#canBeEmpty;
    this.#send.disabled = !this.#isReady || this.#isRunning || isEmpty;
    this.#stop.disabled = !this.#isRunning;
  }
}
