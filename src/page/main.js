// @ts-check
/// <reference lib="dom" />
/**
 * Starts the page. The only module with effects when it is loaded.
 *
 * @module
 */

import { initCopy } from "./clipboard.js";
import { byId } from "./dom.js";
import { Page } from "./page.js";
import { initTheme } from "./theme.js";

const page = new Page();
const button = (/** @type {string} */ id) => byId(id, HTMLButtonElement);

initTheme(button("theme"));
initCopy(button("copy-curl"), () => page.curl);
initCopy(button("copy-json"), () => JSON.stringify(page.reply, null, 2));
initCopy(button("copy-link"), () => page.link);
byId("shortcut", HTMLElement).textContent = /mac/i.test(navigator.platform)
  ? "\u2318 \u21b5"
  : "Ctrl \u21b5";
await page.start();
