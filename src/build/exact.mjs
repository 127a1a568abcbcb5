/** Changes to a text that somebody else writes: what is to be replaced must be there as it is named, or the build fails. */
import { stop } from "./setup.mjs";

/**
 * @param {string | RegExp} from a pattern needs the flag `g`
 * @param {number} [times] how often it must be there; Infinity for any number but none
 */
export function replace(text, from, to, times = 1) {
  const found = text.split(from).length - 1;
  if (found !== times && !(found && times === Infinity)) {
    stop(`wasm-bindgen's glue has changed: this is there ${found} times. See src/build/glue.mjs.\n\n${from}`);
  }
  return text.replaceAll(from, () => to);
}
