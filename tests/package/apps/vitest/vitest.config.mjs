import { defineConfig } from "vitest/config";

// The page that the environments imitate is at the relay's own origin.
const page = { url: process.env.RELAY };

export default defineConfig({ test: { environmentOptions: { jsdom: page, happyDOM: page } } });
