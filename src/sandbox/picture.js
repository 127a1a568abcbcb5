// A landscape for every prompt: sky with a sun, two ranges of mountains, a lake that mirrors them. The same prompt is the same picture.

import { encodePng } from "./png.js";
import { hash, seededRandom } from "./random.js";

const WIDTH = 384;
const HEIGHT = 256;
const HORIZON = 168;

// The palette holds 128 colours for what stands above the horizon and the same 128, dimmed, for the lake.
const SKY = { first: 0, count: 64 };
const FAR = { first: 64, count: 30 };
const NEAR = { first: 94, count: 30 };
const SUN = 124;
const LAKE = 128;

/**
 * @param {string} prompt
 * @param {number} [seed] another seed, another view of the same prompt
 * @returns {Uint8Array} a PNG file
 */
export function drawPicture(prompt, seed = 0) {
  const random = seededRandom(hash(prompt) + seed);
  const palette = mixPalette(random);
  const far = ridge(random, HORIZON - 70, 34);
  const near = ridge(random, HORIZON - 26, 26);
  const sun = { x: WIDTH * (0.2 + 0.6 * random()), y: 30 + 40 * random(), radius: 12 + 10 * random() };

  const pixels = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HORIZON; y++) {
    for (let x = 0; x < WIDTH; x++) pixels[y * WIDTH + x] = above(x, y, far, near, sun);
  }
  for (let y = HORIZON; y < HEIGHT; y++) {
    const depth = y - HORIZON;
    const mirrored = HORIZON - 1 - Math.floor((depth * HORIZON) / (HEIGHT - HORIZON) / 1.2);
    for (let x = 0; x < WIDTH; x++) {
      const ripple = Math.round(Math.sin(y * 0.9 + x * 0.02) * (1 + depth / 24));
      const source = Math.min(WIDTH - 1, Math.max(0, x + ripple));
      pixels[y * WIDTH + x] = LAKE + pixels[mirrored * WIDTH + source];
    }
  }
  return encodePng(WIDTH, HEIGHT, pixels, palette);
}

function above(x, y, far, near, sun) {
  if (y >= near[x]) return shade(NEAR, (y - near[x]) / 60);
  if (y >= far[x]) return shade(FAR, (y - far[x]) / 110);
  if ((x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.radius ** 2) return SUN;
  return shade(SKY, y / HORIZON);
}

const shade = ({ first, count }, share) => first + Math.min(count - 1, Math.floor(share * count));

/** The upper edge of a range, one height a column: waves of growing pace and shrinking size. */
function ridge(random, level, size) {
  const waves = [1, 2.3, 5.1, 11, 23].map((pace, i) => ({ pace, size: size / 1.8 ** i, phase: random() * 7 }));
  return Array.from({ length: WIDTH }, (_, x) =>
    waves.reduce((y, wave) => y - wave.size * Math.sin((x / WIDTH) * 6 * wave.pace + wave.phase), level),
  );
}

function mixPalette(random) {
  const hue = random() * 360;
  const land = hue + 140 + random() * 80;
  const palette = new Uint8Array(256 * 3);
  const paint = ({ first, count }, colour) => {
    for (let i = 0; i < count; i++) palette.set(colour(i / (count - 1)), (first + i) * 3);
  };
  paint(SKY, (t) => rgb(hue + 30 * t, 0.55 - 0.15 * t, 0.45 + 0.42 * t));
  paint(FAR, (t) => rgb(land, 0.2, 0.78 - 0.28 * t));
  paint(NEAR, (t) => rgb(land + 20, 0.32, 0.36 - 0.2 * t));
  palette.set(rgb(48, 0.95, 0.82), SUN * 3);
  for (let i = 0; i < LAKE * 3; i++) palette[LAKE * 3 + i] = Math.round(palette[i] * 0.62 + [6, 18, 34][i % 3]);
  return palette;
}

/** HSL to RGB as in CSS Color 4, section 7.1; hue in degrees, the others from 0 to 1. */
function rgb(hue, saturation, lightness) {
  const amount = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - amount * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}
