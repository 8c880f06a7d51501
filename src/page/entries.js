// @ts-check
/// <reference lib="dom" />
/**
 * Entries: a list of texts that can grow and shrink, for completions and for messages.
 *
 * @module
 */

import { letterOf, make } from "./dom.js";

/** The roles that most chat templates support. */
const roles = ["system", "user", "assistant", "tool"];

/**
 * @typedef {object} EntryOptions
 * @property {HTMLElement} list
 * @property {HTMLButtonElement} adder
 * @property {"completion" | "message"} kind
 * @property {() => void} onChange
 */

/** A list of text areas, each with a button that removes it. */
export class Entries {
  #options;

  /** @param {EntryOptions} options */
  constructor(options) {
    this.#options = options;
    options.adder.addEventListener("click", () => {
      this.#append({ role: this.#nextRole(), content: "" }).focus();
      this.#settle();
    });
  }

  /** @returns {{ role: string, content: string }[]} */
  get values() {
    return this.#rows.map((row) => ({
      role: row.querySelector("select")?.value ?? "",
      content: row.querySelector("textarea")?.value ?? "",
    }));
  }

  set values(values) {
    this.#options.list.replaceChildren();
    for (const value of values) this.#append(value);
    this.#number();
  }

  /**
   * Marks one text as the cause of an error; without an index, removes the marks.
   *
   * @param {number} [index]
   */
  mark(index) {
    for (const [i, row] of this.#rows.entries()) {
      row.querySelector("textarea")?.setAttribute("aria-invalid", String(i === index));
    }
  }

  get #rows() {
    return Array.from(this.#options.list.querySelectorAll("li"));
  }

  #nextRole() {
    return this.values.at(-1)?.role === "user" ? "assistant" : "user";
  }

  /** @param {{ role: string, content: string }} value */
  #append({ role, content }) {
    const { kind, list } = this.#options;
    const text = make("textarea", { rows: 2, spellcheck: "true" });
    text.value = content;
    const remove = make("button", { type: "button", class: "remove" }, ["\u00d7"]);
    const row = make("li", { class: `entry ${kind}` }, [
      kind === "message" ? this.#roleOf(role) : make("span", { class: "badge" }),
      text,
      remove,
    ]);
    text.addEventListener("input", this.#options.onChange);
    remove.addEventListener("click", () => this.#remove(row));
    list.append(row);
    return text;
  }

  /** @param {string} role */
  #roleOf(role) {
    const known = roles.includes(role) ? roles : [...roles, role];
    const options = known.map((name) =>
      make("option", { value: name, selected: name === role }, [name])
    );
    const select = make("select", {}, options);
    select.addEventListener("change", this.#options.onChange);
    return select;
  }

  /** @param {HTMLElement} row */
  #remove(row) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    neighbour?.querySelector("textarea")?.focus();
    this.#settle();
  }

  #settle() {
    this.#number();
    this.#options.onChange();
  }

  /** Names the texts by their positions. A single text cannot be removed. */
  #number() {
    const rows = this.#rows;
    for (const [i, row] of rows.entries()) {
      const { kind } = this.#options;
      const name = kind === "completion" ? `completion ${letterOf(i)}` : `message ${i + 1}`;
      row.querySelector(".badge")?.replaceChildren(letterOf(i));
      row.querySelector("select")?.setAttribute("aria-label", `Role of ${name}`);
      row.querySelector("textarea")?.setAttribute("aria-label", `Text of ${name}`);
      const remove = row.querySelector("button");
      remove?.setAttribute("aria-label", `Remove ${name}`);
      remove?.toggleAttribute("disabled", rows.length === 1);
    }
  }
}
