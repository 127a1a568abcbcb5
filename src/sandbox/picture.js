// Draws a landscape for a prompt: sky and sun, two ranges of mountains, a lake that mirrors them. The same prompt gives the same picture.

import { encodePng } from "./png.js";
import { hash, seededRandom } from "./random.js";

const DEFAULT_SIZE = { width: 768, height: 512 };
/** The share of the height above the lake. */
const HORIZON_SHARE = 0.66;

// The palette holds 128 colours for what stands above the horizon and the same 128, dimmed, for the lake.
const SKY = { first: 0, count: 64 };
const FAR = { first: 64, count: 30 };
const NEAR = { first: 94, count: 30 };
const SUN = 124;
const LAKE = 128;

/**
 * @param {string} prompt
 * @param {number} [seed] another seed gives another picture of the same prompt
 * @param {{ width: number, height: number }} [size] in pixels
 * @returns {Uint8Array} a PNG file
 */
export function drawPicture(prompt, seed = 0, { width, height } = DEFAULT_SIZE) {
  const random = seededRandom(hash(prompt) + seed);
  const palette = mixPalette(random);
  const horizon = Math.round(height * HORIZON_SHARE);
  const far = ridge(random, width, horizon - height * 0.27, height * 0.13);
  const near = ridge(random, width, horizon - height * 0.1, height * 0.1);
  const sun = {
    x: width * (0.2 + 0.6 * random()),
    y: height * (0.12 + 0.16 * random()),
    radius: Math.min(width, height) * (0.05 + 0.04 * random()),
  };

  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < horizon; y++) {
    for (let x = 0; x < width; x++) pixels[y * width + x] = above(x, y, { horizon, height, far, near, sun });
  }
  for (let y = horizon; y < height; y++) {
    const depth = (y - horizon) / (height - horizon);
    const mirrored = Math.round((horizon - 1) * (1 - depth / 1.2));
    for (let x = 0; x < width; x++) {
      const ripple = Math.round(Math.sin(y * 0.6 + x * 0.012) * (1 + depth * 6));
      const source = Math.min(width - 1, Math.max(0, x + ripple));
      pixels[y * width + x] = LAKE + pixels[mirrored * width + source];
    }
  }
  return encodePng(width, height, pixels, palette);
}

function above(x, y, { horizon, height, far, near, sun }) {
  const grain = dither(x, y);
  if (y >= near[x]) return shade(NEAR, (y - near[x]) / (height * 0.23), grain);
  if (y >= far[x]) return shade(FAR, (y - far[x]) / (height * 0.43), grain);
  if ((x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.radius ** 2) return SUN;
  return shade(SKY, y / horizon, grain);
}

/** A threshold from 0 up to 1 that differs between neighbouring pixels. It hides the steps between the few colours. */
const dither = (x, y) => (x * 0.754877 + y * 0.569841) % 1;

const shade = ({ first, count }, share, grain) =>
  first + Math.min(count - 1, Math.max(0, Math.floor(share * (count - 1) + grain)));

/** The upper edge of a range, one height for each column: a sum of waves, each faster and smaller than the last. */
function ridge(random, width, level, size) {
  const waves = [1, 2.3, 5.1, 11, 23].map((speed, i) => ({ speed, size: size / 1.8 ** i, phase: random() * 7 }));
  return Array.from({ length: width }, (_, x) =>
    waves.reduce((y, wave) => y - wave.size * Math.sin((x / width) * 6 * wave.speed + wave.phase), level),
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
