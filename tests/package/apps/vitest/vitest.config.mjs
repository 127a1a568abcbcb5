import { defineConfig } from "vitest/config";

// The page of the environments is at the relay's origin.
const page = { url: process.env.RELAY };

export default defineConfig({ test: { environmentOptions: { jsdom: page, happyDOM: page } } });
