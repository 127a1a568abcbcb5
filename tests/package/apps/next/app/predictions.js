"use client";

import { useEffect } from "react";
import { show } from "../show.js";

/** It runs in the browser, once the component is there. */
export function Predictions() {
  useEffect(() => {
    globalThis.answer = show("/relay");
  }, []);
  return null;
}
