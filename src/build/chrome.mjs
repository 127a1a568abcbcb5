/**
 * Where Chrome or Chromium is, and the driver that goes with it. The variables CHROME and CHROMEDRIVER name
 * others than those found.
 */
import { accessSync, constants } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

const BROWSERS = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
const MAC = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

/** What headless Chromium needs as root, in a container, and not to talk to anybody. */
export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The files of these names on the PATH. */
const onPath = (names) =>
  names.flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))).filter(isProgram);

/** A program's major version: "Chromium 156.0.8078.79 built on Debian" is 156. Undefined where it does not run. */
const major = (program) => spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.match(/\b(\d+)\.\d+\.\d+\.\d+\b/)?.[1];

export const browsers = () => (process.env.CHROME ? [process.env.CHROME] : [...onPath(BROWSERS), ...MAC.filter(isProgram)]);
const drivers = () => (process.env.CHROMEDRIVER ? [process.env.CHROMEDRIVER] : onPath(["chromedriver"]));

/** The first browser and the first driver of one major version: a driver refuses every other. */
export function findPair() {
  for (const driver of drivers()) {
    const version = major(driver);
    const browser = version && browsers().find((browser) => major(browser) === version);
    if (browser) return { browser, driver };
  }
  return undefined;
}
