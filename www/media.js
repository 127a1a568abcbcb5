/** The files of an answer: pictures with placeholders while the model makes them, audio, video, and links to other files. */
import { button, element } from "./element.js";
import { stayAtEnd } from "./frames.js";

/** @typedef {{ url: string, blob(): Promise<Blob> }} AnswerFile */

const kinds = {
  picture: /^data:image\/|\.(?:png|jpe?g|webp|gif|avif|svg)$/i,
  audio: /^data:audio\/|\.(?:mp3|wav|ogg|opus|flac|m4a|aac)$/i,
  video: /^data:video\/|\.(?:mp4|webm|mov|m4v)$/i,
};

/** @param {string} url */
const kindOf = (url) => Object.keys(kinds).find((kind) => kinds[kind].test(url.startsWith("data:") ? url : new URL(url).pathname));

export class Media {
  /** @type {AnswerFile[]} all, in order */
  files = [];
  #root;
  #places = [];
  #alt;
  #ratio;
  #openPicture;

  /**
   * @param {object} options
   * @param {number} options.count of pictures to expect; 0 where that is not known
   * @param {string | undefined} options.ratio of their sides, as CSS has it: "3 / 2"
   * @param {string} options.alt
   * @param {(pictures: AnswerFile[], index: number, alt: string) => void} options.openPicture
   */
  constructor({ count, ratio, alt, openPicture }) {
    this.#alt = alt;
    this.#ratio = ratio ?? "1 / 1";
    this.#openPicture = openPicture;
    this.#root = element("div.media");
    for (let i = 0; i < count; i++) this.#hold();
    this.#arrange();
  }

  get element() {
    return this.#root;
  }

  /** Shows the progress of the next picture, from 0 to 1; undefined if it is not known. @param {number} [share] */
  progress(share) {
    this.#places.forEach((place, i) => {
      const isNext = i === 0;
      place.textContent = isNext && share !== undefined ? `${Math.round(share * 100)} %` : "";
      place.classList.toggle("next", isNext);
    });
  }

  /** @param {AnswerFile} file */
  add(file) {
    const place = this.#places.shift();
    const shown = this.#show(file);
    this.files.push(file);
    if (place) place.replaceWith(shown);
    else this.#root.append(shown);
    this.#arrange();
  }

  /** Removes the placeholders of pictures that were not made. */
  end() {
    for (const place of this.#places.splice(0)) place.remove();
    this.#arrange();
  }

  #hold() {
    const place = element("div.place", { "aria-hidden": "true" });
    place.style.aspectRatio = this.#ratio;
    this.#places.push(place);
    this.#root.append(place);
  }

  #arrange() {
    this.#root.classList.toggle("grid", this.#root.childElementCount > 1);
    this.#root.hidden = this.#root.childElementCount === 0;
  }

  #show(file) {
    const kind = kindOf(file.url);
    if (kind === "picture") return this.#picture(file);
    if (kind) return element(kind, { src: file.url, controls: true, preload: "metadata", "aria-label": this.#alt });
    return this.#link(file);
  }

  #picture(file) {
    const index = this.files.length;
    const alt = this.#places.length + index > 0 ? `${this.#alt} (${index + 1})` : this.#alt;
    const image = element("img", { src: file.url, alt, decoding: "async" });
    image.style.aspectRatio = this.#ratio;
    const opener = button("", () => this.#openPicture(this.files.filter(({ url }) => kindOf(url) === "picture"), index, this.#alt), { className: "picture" });
    opener.append(image);
    image.onload = () => {
      image.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
      stayAtEnd();
    };
    image.onerror = () => opener.replaceWith(this.#link(file));
    return opener;
  }

  #link = (file) => button(`Save ${nameOf(file.url)}`, () => save(file), { className: "link" });
}

/** Saves a file under its own name. A link with `download` ignores the name for another origin, hence the blob. */
export async function save(file) {
  const url = URL.createObjectURL(await file.blob());
  element("a", { href: url, download: nameOf(file.url) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {string} text */
export const saveText = (text) => save({ url: "file:///answer.md", blob: async () => new Blob([text], { type: "text/markdown" }) });

function nameOf(url) {
  const [, type, subtype] = /^data:(\w+)\/(\w+)/.exec(url) ?? [];
  return type ? `${type}.${subtype}` : new URL(url).pathname.split("/").pop() || "file";
}
