// @ts-check
/// <reference lib="dom" />
/**
 * The theme: light, dark, or that of the system. The browser stores the choice.
 *
 * @module
 */

const themes = /** @type {const} */ (["auto", "light", "dark"]);
const storageKey = "abacus.theme";

/**
 * Applies the stored choice, and has the button select the next one.
 *
 * @param {HTMLButtonElement} button
 */
export function initTheme(button) {
  apply(button, kept());
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(kept()) + 1) % themes.length] ?? "auto";
    try {
      localStorage.setItem(storageKey, next);
    } catch {
      // Without storage, the theme lasts until the page is closed.
    }
    apply(button, next);
  });
}

/** @returns {typeof themes[number]} */
function kept() {
  const chosen = document.documentElement.dataset.theme ?? stored();
  return themes.find((theme) => theme === chosen) ?? "auto";
}

function stored() {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {typeof themes[number]} theme
 */
function apply(button, theme) {
  document.documentElement.dataset.theme = theme;
  button.textContent = { auto: "Auto", light: "Light", dark: "Dark" }[theme];
  button.setAttribute("aria-label", `Colours: ${theme}. Change`);
}
