// @ts-check
/// <reference lib="dom" />
/**
 * Copy buttons, which show whether copying succeeded.
 *
 * @module
 */

/**
 * @param {HTMLButtonElement} button
 * @param {() => string} text returns the text to copy
 */
export function initCopy(button, text) {
  const name = button.textContent;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  button.addEventListener("click", async () => {
    const copied = await copy(text());
    button.textContent = copied ? "Copied" : "Cannot copy here";
    clearTimeout(timer);
    timer = setTimeout(() => button.textContent = name, 1_500);
  });
}

/**
 * Copies a text. Browsers offer the clipboard only to local pages and over TLS; elsewhere the selection
 * is copied.
 *
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
