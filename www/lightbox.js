/** Shows the pictures of an answer one at a time, as large as the window allows. */
import { save } from "./media.js";

export class Lightbox {
  #dialog;
  #image;
  #caption;
  #pictures = [];
  #index = 0;
  #alt = "";

  /** @param {HTMLDialogElement} dialog @param {(url: string) => void} useAsInput */
  constructor(dialog, useAsInput) {
    this.#dialog = dialog;
    this.#image = dialog.querySelector("img");
    this.#caption = dialog.querySelector("figcaption");
    const does = {
      previous: () => this.#go(-1),
      next: () => this.#go(1),
      save: () => save(this.#pictures[this.#index]),
      close: () => dialog.close(),
      use: () => {
        dialog.close();
        useAsInput(this.#pictures[this.#index].url);
      },
    };
    for (const [name, act] of Object.entries(does)) this.#button(name).onclick = act;
    dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") this.#go(-1);
      if (key === "ArrowRight") this.#go(1);
    });
    // A click beside the picture closes it.
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }

  /** @param {import("./media.js").AnswerFile[]} pictures @param {number} index @param {string} alt */
  open(pictures, index, alt) {
    [this.#pictures, this.#index, this.#alt] = [pictures, index, alt];
    for (const name of ["previous", "next"]) this.#button(name).hidden = pictures.length < 2;
    this.#show();
    this.#dialog.showModal();
    this.#button("close").focus();
  }

  #go(step) {
    this.#index = (this.#index + step + this.#pictures.length) % this.#pictures.length;
    this.#show();
  }

  #show() {
    const { length } = this.#pictures;
    this.#image.src = this.#pictures[this.#index].url;
    this.#image.alt = this.#alt;
    this.#caption.textContent = length > 1 ? `${this.#index + 1} of ${length}: ${this.#alt}` : this.#alt;
  }

  #button = (name) => this.#dialog.querySelector(`[data-does=${name}]`);
}
