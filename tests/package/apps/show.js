// Reads a text and an image and shows them in the page.

import { predict } from "./predict.js";

/** @param {string} server the URL of a relay */
export async function show(server) {
  const { text, image, bytes } = await predict(server);
  const picture = Object.assign(new Image(), { src: await image.objectUrl(), alt: image.alt });
  document.body.append(text, picture);
  await picture.decode();
  return { text, bytes };
}
