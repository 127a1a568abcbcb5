/** The inspector beside the conversation: protocol, inputs and faults of the next message, and its code. A sheet on small screens. */
import { byId, element } from "./element.js";
import { faults, findFault } from "./faults.js";
import { SchemaForm } from "./schema-form.js";

const isWide = matchMedia("(min-width: 1100px)");

const protocols = {
  replicate: { label: "Replicate, streaming", hint: "Replicate's HTTP API: text as it is written." },
  home: { label: "ReplicateHome, polling every 5 s", hint: "The original provider's protocol. It cannot cancel, nor go on after a reload." },
};

export class Inspector {
  #aside = byId("inspector");
  #sheet = byId("sheet");
  #inputs = byId("inputs").querySelector("form");
  #code = byId("code");
  #protocol;
  #protocolHint;
  #fault;
  #form;

  /**
   * @param {import("./backend.js").Backend} backend
   * @param {() => void} changed
   */
  constructor(backend, changed) {
    const fields = element("div.fields");
    this.#inputs.append(
      ...(backend.kind === "cog" ? [] : [this.#makeProtocol(changed)]),
      element("fieldset", {}, element("legend", {}, "Inputs"), element("p.notice", { hidden: true }), fields),
      ...(backend.kind === "sandbox" ? [this.#makeFaults(changed)] : []),
    );
    this.#inputs.addEventListener("submit", (event) => event.preventDefault());
    this.#form = new SchemaForm(fields, changed);
    this.#makeTabs(changed);
    this.#makeSheet();
  }

  /** @returns {"replicate" | "home" | "cog"} */
  get protocol() {
    return this.#protocol?.value ?? "cog";
  }

  set protocol(name) {
    if (this.#protocol) this.#protocol.value = name;
  }

  get form() {
    return this.#form;
  }

  get fault() {
    return findFault(this.#fault?.value);
  }

  forgetFault() {
    if (this.#fault) this.#fault.value = "";
  }

  /** @param {import("./models.js").Model} model @param {Record<string, unknown>} values set before */
  adapt(model, values) {
    this.#form.show(model.inputs, values);
    const notice = this.#inputs.querySelector(".notice");
    notice.hidden = !model.problem;
    notice.textContent = model.problem ? `The inputs of this model are not known: ${model.problem}` : "";
    if (!this.#protocol) return;
    const home = this.#protocol.querySelector("[value=home]");
    home.disabled = !model.isProviders;
    if (home.disabled) this.#protocol.value = "replicate";
    this.#showHint();
  }

  /** Returns whether all inputs are valid. Shows the first invalid one. */
  check() {
    if (this.#inputs.checkValidity()) return true;
    this.#choose("inputs");
    if (!isWide.matches && !this.#sheet.open) this.#sheet.showModal();
    this.#inputs.reportValidity();
    return false;
  }

  /** Whether the code panel is open. Otherwise no code is written. */
  get showsCode() {
    return !this.#code.hidden;
  }

  /** @param {Node} code */
  showCode(code) {
    this.#code.replaceChildren(code);
  }

  #makeProtocol(changed) {
    const options = Object.entries(protocols).map(([name, { label }]) => new Option(label, name));
    this.#protocolHint = element("p.hint", { id: "protocol-hint" });
    this.#protocol = element("select", { id: "protocol", "aria-describedby": "protocol-hint" }, ...options);
    this.#protocol.onchange = () => {
      this.#showHint();
      changed();
    };
    return element("div.field", {}, element("label", { htmlFor: "protocol" }, "Protocol"), this.#protocol, this.#protocolHint);
  }

  #showHint() {
    const { hint } = protocols[this.#protocol.value];
    const isOffered = !this.#protocol.querySelector("[value=home]").disabled;
    this.#protocolHint.textContent = isOffered ? hint : `${hint} ReplicateHome does not have this model.`;
  }

  #makeFaults(changed) {
    const options = [new Option("Nothing: all goes well", ""), ...faults.map(({ label, name }) => new Option(label, name))];
    this.#fault = element("select", { id: "fault", "aria-describedby": "fault-hint", onchange: changed }, ...options);
    const hint = element("p.hint", { id: "fault-hint" }, "What the sandbox does wrong with the next message, and only with that.");
    return element("div.field", {}, element("label", { htmlFor: "fault" }, "Break it"), this.#fault, hint);
  }

  #makeTabs(changed) {
    const tabs = [...this.#aside.querySelectorAll("[role=tab]")];
    for (const tab of tabs) {
      tab.onclick = () => {
        this.#choose(tab.getAttribute("aria-controls"));
        changed();
      };
      tab.onkeydown = ({ key }) => {
        if (key !== "ArrowLeft" && key !== "ArrowRight") return;
        const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
        other.click();
        other.focus();
      };
    }
  }

  #choose(id) {
    for (const tab of this.#aside.querySelectorAll("[role=tab]")) {
      const isChosen = tab.getAttribute("aria-controls") === id;
      tab.ariaSelected = String(isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  }

  #makeSheet() {
    const home = this.#aside.parentElement;
    const place = () => {
      if (isWide.matches) {
        this.#sheet.close();
        home.append(this.#aside);
      } else this.#sheet.append(this.#aside);
    };
    isWide.addEventListener("change", place);
    place();
    byId("open-inspector").onclick = () => this.#sheet.showModal();
    this.#sheet.querySelector(".close").onclick = () => this.#sheet.close();
    this.#sheet.onclick = ({ target }) => target === this.#sheet && this.#sheet.close();
  }
}
