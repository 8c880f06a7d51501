// @ts-check
/// <reference lib="dom" />
/**
 * Controls: the method, its unit, beta, colours and order. Only the method and the unit need a request.
 *
 * @module
 */

import { fixedMethods } from "./credit.js";
import { byId, make } from "./dom.js";

/**
 * A credit method as `/v1/models` describes it.
 *
 * @typedef {object} Method
 * @property {string} name
 * @property {string} summary
 */

/** The row of controls above the results. */
export class Controls {
  #method = byId("method", HTMLSelectElement);
  #unit = byId("unit", HTMLSelectElement);
  #pay = byId("pay", HTMLSelectElement);
  #beta = byId("beta", HTMLInputElement);
  #scale = byId("scale", HTMLSelectElement);
  #order = byId("order", HTMLSelectElement);
  /** @type {readonly Method[]} */
  #methods = [];

  /** @param {{ onView: () => void, onCredit: () => void, onSettle: () => void }} handlers */
  constructor({ onView, onCredit, onSettle }) {
    this.#beta.addEventListener("input", () => {
      this.#describe();
      onView();
    });
    this.#beta.addEventListener("change", onSettle);
    this.#scale.addEventListener("change", onView);
    this.#order.addEventListener("change", onView);
    this.#method.addEventListener("change", () => {
      this.#describe();
      onCredit();
    });
    this.#unit.addEventListener("change", onCredit);
    this.#pay.addEventListener("change", onCredit);
    this.#describe();
  }

  /** @returns {import("./results.js").View} */
  get view() {
    return {
      beta: this.#beta.valueAsNumber,
      scale: this.#scale.value === "root" ? "root" : "linear",
      order: this.#order.value === "score" ? "score" : "given",
    };
  }

  /** The name of the chosen method; `abc` before the list of methods is loaded. */
  get method() {
    return this.#method.value || "abc";
  }

  /** What a request asks for beside the text and beta. */
  get credit() {
    return { method: this.method, unit: this.#unit.value, pay: this.#pay.value };
  }

  /** @param {{ method: string, unit: string, pay: string, beta: number }} chosen */
  choose({ method, unit, pay, beta }) {
    select(this.#method, method);
    select(this.#unit, unit);
    select(this.#pay, pay);
    this.#beta.value = String(beta);
    this.#describe();
  }

  /** @param {readonly Method[]} methods those that the loaded model supports */
  offer(methods) {
    const { method } = this;
    this.#methods = methods;
    this.#method.replaceChildren(
      ...methods.map(({ name }) => make("option", { value: name }, [name])),
    );
    // abc stands for the model's own default, which is the first.
    const stays = method !== "abc" && methods.some(({ name }) => name === method);
    if (stays) this.#method.value = method;
    this.#describe();
  }

  #describe() {
    const beta = this.#beta.valueAsNumber;
    const summary = this.#methods.find(({ name }) => name === this.method)?.summary;
    byId("method-summary", HTMLElement).textContent = summary === undefined
      ? ""
      : `${this.method}: ${summary}.`;
    byId("beta-value", HTMLOutputElement).textContent = beta.toFixed(2);
    byId("beta-hint", HTMLElement).textContent = fixedMethods.has(this.method)
      ? `Credit by ${this.method} knows no beta.`
      : betaHint(beta);
  }
}

/**
 * Selects a value, also one that a link brought and the list lacks.
 *
 * @param {HTMLSelectElement} list
 * @param {string} value
 */
function select(list, value) {
  if (!Array.from(list.options).some((option) => option.value === value)) {
    list.append(make("option", { value }, [value]));
  }
  list.value = value;
}

/** @param {number} beta */
function betaHint(beta) {
  if (beta === 0) return "At beta 0 the last token gets the whole score.";
  if (beta === 1) return "At beta 1 the whole score is spread.";
  return `Beta spreads ${beta.toFixed(2)} of the score; the last token gets the rest.`;
}
