// @ts-check
/// <reference lib="dom" />
/**
 * ModelChoice: which of the server's models is asked. Where there is only one, nothing is to be chosen, and
 * requests name none.
 *
 * @module
 */

import { byId, make } from "./dom.js";

/** @typedef {import("./captions.js").Model} Model */

/** The list of models above the text. */
export class ModelChoice {
  #field = byId("model-field", HTMLElement);
  #list = byId("model-choice", HTMLSelectElement);
  /** @type {readonly Model[]} */
  #models = [];
  /** What was chosen, maybe by a link that came before the list of models. */
  #name = "";

  /** @param {{ onChange: () => void }} handlers */
  constructor({ onChange }) {
    this.#list.addEventListener("change", () => {
      this.#name = this.#list.value;
      onChange();
    });
  }

  /** The name that requests give; empty where there is no choice. */
  get name() {
    return this.#models.length > 1 ? this.#list.value : "";
  }

  /** The model that is asked; undefined before the list of models is loaded. */
  get model() {
    return this.#models.find(({ id }) => id === this.#list.value);
  }

  /** @param {readonly Model[]} models the server's default first */
  offer(models) {
    this.#models = models;
    this.#field.hidden = models.length < 2;
    this.#list.replaceChildren(...models.map(({ id }) => make("option", { value: id }, [id])));
    this.choose(this.#name);
  }

  /** @param {string} name the default is chosen for one that is not served */
  choose(name) {
    this.#name = name;
    const found = this.#models.find(({ id }) => id === name) ?? this.#models[0];
    if (found !== undefined) this.#list.value = found.id;
  }
}
