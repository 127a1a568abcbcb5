// The package in each environment where it must work. In one file, so that it is packed once.

import "./tarball.mjs";
import "./servers.mjs";
import "./pages.mjs";
import "./bundlers.mjs";
import "./vite.mjs";
import "./next.mjs";
import "./older-tools.mjs";
