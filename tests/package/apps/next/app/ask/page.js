"use client";

export { Ask as default } from "./ask.jsx";
