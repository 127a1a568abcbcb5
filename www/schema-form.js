/** A form for the inputs of a model. Inputs at their default are not sent. */
import { button, element } from "./element.js";

let fields = 0;

export class SchemaForm {
  #form;
  #onChange;
  /** @type {import("./schema.js").Input[]} */
  #inputs = [];
  /** What the user has set, by name: numbers, strings, booleans, any JSON; Files and URLs for files. */
  #values = new Map();
  /** Functions that update the file fields, by name. */
  #shown = new Map();

  /** @param {HTMLFormElement} form @param {() => void} onChange */
  constructor(form, onChange) {
    this.#form = form;
    this.#onChange = onChange;
  }

  /** @param {import("./schema.js").Input[]} inputs @param {Record<string, unknown>} [values] set before */
  show(inputs, values = {}) {
    this.#inputs = inputs;
    this.#values = new Map(Object.entries(values).filter(([name]) => inputs.some((input) => input.name === name)));
    this.#shown.clear();
    this.#form.replaceChildren(...inputs.map((input) => this.#field(input)));
    if (inputs.length === 0) this.#form.append(element("p.quiet", {}, "This model takes the message alone."));
  }

  /** What differs from the defaults. @returns {Record<string, unknown>} */
  get values() {
    return Object.fromEntries(this.#inputs.filter(({ name }) => this.#values.has(name)).map(({ name }) => [name, this.#values.get(name)]));
  }

  get takesFiles() {
    return this.#inputs.some(({ kind }) => kind === "file" || kind === "files");
  }

  /** The attached files. @returns {{ name: string, value: File | string }[]} */
  get files() {
    return this.#fileInputs.flatMap(({ name }) => [this.#values.get(name) ?? []].flat().map((value) => ({ name, value })));
  }

  get #fileInputs() {
    return this.#inputs.filter(({ kind }) => kind === "file" || kind === "files");
  }

  /** Puts files or URLs of files into the model's file inputs. An input for one file keeps the last one. */
  attach(files) {
    for (const file of files) {
      const fields = this.#fileInputs;
      const free = fields.find(({ name, kind }) => kind === "files" || !this.#values.has(name)) ?? fields[0];
      if (!free) return;
      const before = free.kind === "files" ? (this.#values.get(free.name) ?? []) : [];
      this.#set(free.name, free.kind === "files" ? [...before, file] : file);
    }
  }

  /** @param {string} name of the input @param {File | string} file */
  detach(name, file) {
    const left = [this.#values.get(name)].flat().filter((one) => one !== file);
    this.#set(name, left.length ? left : undefined);
  }

  #set(name, value) {
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
    this.#shown.get(name)?.();
    this.#onChange();
  }

  #field(input) {
    const id = `input-${++fields}`;
    const hint = input.description && element("p.hint", { id: `${id}-hint` }, input.description);
    const more = { id, name: input.name, required: input.required, ...(hint && { "aria-describedby": hint.id }) };
    const label = element("label", { htmlFor: id }, input.title, ...(input.required ? [element("span.quiet", {}, " needed")] : []));
    const made = makers[input.kind](input, more, {
      value: this.#values.get(input.name),
      add: (files) => this.attach(files),
      set: (value) => this.#set(input.name, value),
    });
    if (input.kind === "boolean") return element("div.field.boolean", {}, made, label, ...(hint ? [hint] : []));
    const field = element("div.field", {}, label, made, ...(hint ? [hint] : []));
    if (input.kind === "file" || input.kind === "files") this.#shown.set(input.name, made.show(() => [this.#values.get(input.name) ?? []].flat()));
    return field;
  }
}

/** Makes the control of each kind of input, from the input, the control's attributes, and the user's value. */
const makers = {
  text: ({ default: fallback = "" }, more, { value, set }) => {
    const control = element("textarea", { rows: 1, ...more, value: value ?? fallback });
    control.oninput = () => set(control.value === fallback ? undefined : control.value);
    return control;
  },

  number: ({ default: fallback, minimum, maximum, whole, title }, more, { value, set }) => {
    const number = element("input", { type: "number", ...more, step: whole ? 1 : "any", min: minimum ?? "", max: maximum ?? "", placeholder: fallback ?? "", value: value ?? fallback ?? "" });
    const tell = () => set(number.value === "" || Number(number.value) === fallback ? undefined : Number(number.value));
    number.oninput = () => {
      if (slider) slider.value = number.value || (fallback ?? minimum);
      tell();
    };
    const hasRange = minimum !== undefined && maximum !== undefined;
    const slider = hasRange && element("input", { type: "range", min: minimum, max: maximum, step: whole ? 1 : stepOf(maximum - minimum), value: value ?? fallback ?? minimum, "aria-label": `${title}, slider` });
    if (!slider) return number;
    slider.oninput = () => {
      number.value = slider.value;
      tell();
    };
    return element("div.range", {}, slider, number);
  },

  seed: ({ default: fallback = "random" }, more, { value, set }) => {
    const number = element("input", { type: "number", ...more, step: 1, placeholder: fallback ?? "random", value: value ?? "" });
    number.oninput = () => set(number.value === "" ? undefined : Number(number.value));
    const dice = button("Dice", () => {
      number.value = Math.floor(Math.random() * 2 ** 31);
      number.oninput();
    }, { title: "A seed by chance" });
    return element("div.seed", {}, number, dice);
  },

  boolean: ({ default: fallback = false }, more, { value, set }) => {
    const control = element("input", { type: "checkbox", ...more, required: false, checked: value ?? fallback });
    control.onchange = () => set(control.checked === fallback ? undefined : control.checked);
    return control;
  },

  choice: ({ choices, default: fallback, required }, more, { value, set }) => {
    const none = fallback === undefined && !required ? [new Option("not set", "")] : [];
    const control = element("select", more, ...none, ...choices.map((choice) => new Option(choice, JSON.stringify(choice))));
    control.value = JSON.stringify(value ?? fallback) ?? control.options[0].value;
    control.onchange = () => {
      const chosen = control.value === "" ? undefined : JSON.parse(control.value);
      set(chosen === fallback ? undefined : chosen);
    };
    return control;
  },

  json: ({ default: fallback }, more, { value, set }) => {
    const text = value ?? fallback;
    const control = element("textarea", { rows: 2, ...more, value: text === undefined ? "" : JSON.stringify(text), placeholder: "JSON", spellcheck: false });
    control.classList.add("json");
    control.oninput = () => {
      control.setCustomValidity("");
      try {
        set(control.value.trim() === "" ? undefined : JSON.parse(control.value));
      } catch {
        control.setCustomValidity("This is not JSON. A text stands in quotes.");
      }
    };
    return control;
  },

  file: (_, more, { set }) => fileField(more, false, ([file]) => set(file)),
  files: (_, more, { add }) => fileField(more, true, add),
};

/** A field for files. It also names files from a drop, a paste or an answer. */
function fileField(more, multiple, set) {
  const control = element("input", { type: "file", ...more, multiple });
  const names = element("p.quiet", {}, "");
  control.onchange = () => {
    if (control.files.length) set([...control.files]);
    control.value = "";
  };
  const made = element("div.file", {}, control, names);
  made.show = (files) => {
    const update = () => {
      const given = files();
      names.textContent = given.map(nameOfFile).join(", ") || "None";
      control.required = more.required && given.length === 0;
    };
    update();
    return update;
  };
  return made;
}

/** @param {File | string} file */
export function nameOfFile(file) {
  if (typeof file !== "string") return file.name;
  return file.startsWith("data:") ? "a file" : decodeURIComponent(new URL(file).pathname.split("/").pop() || file);
}

/** A round step that divides the range into a hundred parts or a few more. */
const stepOf = (range) => 10 ** Math.floor(Math.log10(range / 100));
