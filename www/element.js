/** Makes elements. Strings become text nodes, so what a server says is never read as HTML. */

/**
 * @param {string} name a tag, or a tag and a class: "p.quiet"
 * @param {Record<string, unknown>} [properties] of the element; those with a hyphen, and `role`, are attributes
 * @param {...(Node | string)} children
 */
export function element(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** A button that is no submit button. @param {string} label @param {() => void} onclick @param {object} [properties] */
export const button = (label, onclick, properties = {}) => element("button", { type: "button", onclick, ...properties }, label);

/** @param {string} id */
export const byId = (id) => document.getElementById(id);

/** Copies a text to the clipboard, and shows on the button whether that worked. */
export async function copy(text, pressed) {
  const label = pressed.textContent;
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  } catch {
    pressed.textContent = "Not allowed";
  }
  setTimeout(() => (pressed.textContent = label), 1500);
}
