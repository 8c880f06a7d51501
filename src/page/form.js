// @ts-check
/// <reference lib="dom" />
/**
 * Form: the left side of the page, which reads and writes a form state.
 *
 * @module
 */

import { byId } from "./dom.js";
import { Entries } from "./entries.js";

/** @typedef {import("./form_state.js").FormState} FormState */

/** The prompt or messages, the completions, and the options. */
export class Form {
  #form = byId("form", HTMLFormElement);
  #prompt = byId("prompt", HTMLTextAreaElement);
  #truncate = byId("truncate", HTMLSelectElement);
  #button = byId("score", HTMLButtonElement);
  #messages;
  #completions;

  /** @param {{ onChange: () => void, onSubmit: () => void }} handlers */
  constructor({ onChange, onSubmit }) {
    const entries = (/** @type {"completion" | "message"} */ kind) =>
      new Entries({
        kind,
        onChange,
        list: byId(`${kind}s`, HTMLOListElement),
        adder: byId(`add-${kind}`, HTMLButtonElement),
      });
    this.#messages = entries("message");
    this.#completions = entries("completion");
    this.#prompt.addEventListener("input", onChange);
    this.#truncate.addEventListener("change", onChange);
    byId("mode", HTMLFieldSetElement).addEventListener("change", () => {
      this.#showMode(this.#mode);
      onChange();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
  }

  /** @returns {Pick<FormState, "mode" | "prompt" | "messages" | "completions" | "truncate">} */
  get text() {
    const truncate = this.#truncate.value;
    return {
      mode: this.#mode,
      prompt: this.#prompt.value,
      messages: this.#messages.values,
      completions: this.#completions.values.map(({ content }) => content),
      truncate: truncate === "left" || truncate === "right" ? truncate : "none",
    };
  }

  /** @param {FormState} state */
  fill({ mode, prompt, messages, completions, truncate }) {
    this.#prompt.value = prompt;
    this.#truncate.value = truncate;
    this.#messages.values = messages;
    this.#completions.values = completions.map((content) => ({ role: "", content }));
    for (const radio of this.#modes) radio.checked = radio.value === mode;
    this.#showMode(mode);
  }

  /** @param {boolean} chat whether the model has a template */
  allowChat(chat) {
    byId("mode", HTMLFieldSetElement).hidden = !chat;
    if (!chat) this.#showMode("plain");
  }

  /** @param {boolean} busy */
  set busy(busy) {
    this.#form.setAttribute("aria-busy", String(busy));
    this.#button.textContent = busy ? "Stop" : "Score";
    this.#button.classList.toggle("working", busy);
  }

  /**
   * Marks the text that an error's path names, as in `items[0].completions[2]`.
   *
   * @param {string | undefined} path
   */
  mark(path) {
    const index = (/** @type {string} */ list) => {
      const found = new RegExp(`\\b${list}\\[(\\d+)\\]`).exec(path ?? "")?.[1];
      return found === undefined ? undefined : Number(found);
    };
    this.#completions.mark(index("completions"));
    this.#messages.mark(index("messages"));
    this.#prompt.setAttribute("aria-invalid", String(/\bprompt$/.test(path ?? "")));
  }

  get #modes() {
    return Array.from(this.#form.querySelectorAll("input")).filter(({ name }) => name === "mode");
  }

  /** @returns {"plain" | "chat"} */
  get #mode() {
    return this.#modes.some(({ checked, value }) => checked && value === "chat") ? "chat" : "plain";
  }

  /** @param {"plain" | "chat"} mode */
  #showMode(mode) {
    for (const radio of this.#modes) radio.checked = radio.value === mode;
    byId("plain", HTMLElement).hidden = mode === "chat";
    byId("chat", HTMLElement).hidden = mode !== "chat";
  }
}
