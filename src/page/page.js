// @ts-check
/// <reference lib="dom" />
/**
 * Page: wires the form on the left to the results on the right.
 *
 * The server is asked once per text and method, at beta 1; all else is drawn from its answer.
 *
 * @module
 */

import { Api, Problem } from "./api.js";
import { limitsOf, modelLine, summaryOf, timingOf } from "./captions.js";
import { Controls } from "./controls.js";
import { completionAt } from "./credit.js";
import { curlOf } from "./curl.js";
import { byId, make } from "./dom.js";
import { fromHash, requestOf, toHash } from "./draft.js";
import { draftOf, examples } from "./examples.js";
import { Form } from "./form.js";
import { showProblem } from "./problem.js";
import { Results } from "./results.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./api.js").Reply} Reply */

/** Longer addresses are refused by some browsers and cut by much of what links pass through. */
const longestLink = 32_000;

/** How long to wait before asking again whether the model has loaded. */
const loadingPollMs = 1_500;

/** The page and what it holds: the text on show and the answers that came for it. */
export class Page {
  #api = new Api();
  #results = new Results();
  #form;
  #controls;
  /** @type {{ draft: Draft, reply: Reply } | undefined} */
  #shown;
  /** Answers for the text on show, by method. @type {Map<string, Reply>} */
  #answers = new Map();
  /** What is being asked for. @type {{ draft: Draft, controller: AbortController } | undefined} */
  #running;

  constructor() {
    this.#form = new Form({ onChange: () => this.#compare(), onSubmit: () => this.#submit() });
    this.#controls = new Controls({
      onView: () => this.#draw(),
      onMethod: () => this.#switchMethod(),
      onSettle: () => this.#writeLink(),
    });
  }

  /** Fills the page, from the link it was opened with where there is one. */
  async start() {
    this.#offerExamples();
    const fallback = draftOf(examples[0]);
    const linked = fromHash(location.hash, fallback);
    this.#fill(linked ?? fallback);
    addEventListener("hashchange", () => this.#follow());
    byId("key", HTMLInputElement).addEventListener("change", () => this.#loadModel());
    await this.#loadModel();
    if (linked !== undefined) this.#submit();
  }

  /** The command that asks for what is shown. */
  get curl() {
    if (this.#shown === undefined) return "";
    const { draft } = this.#shown;
    const request = requestOf(draft, { method: draft.method, beta: this.#controls.view.beta });
    return curlOf(this.#api.rewardsUrl, request, { withKey: this.#api.key !== "" });
  }

  /** The answer as the server would give it for the beta on show. */
  get reply() {
    if (this.#shown === undefined) return undefined;
    const { reply } = this.#shown;
    const { beta } = this.#controls.view;
    const items = reply.items.map(({ completions }) => ({
      completions: completions.map((answer) => completionAt(answer, beta)),
    }));
    return { ...reply, credit: { ...reply.credit, beta }, items };
  }

  /** A link that opens the page as it stands. */
  get link() {
    return location.origin + location.pathname + toHash(this.#draft);
  }

  /** @returns {Draft} */
  get #draft() {
    const { method, view } = this.#controls;
    return { ...this.#form.text, method, beta: view.beta };
  }

  /** @param {Draft} draft */
  #fill(draft) {
    this.#form.fill(draft);
    this.#controls.choose(draft);
    this.#compare();
  }

  #offerExamples() {
    byId("examples", HTMLElement).replaceChildren(...examples.map((example) => {
      const chip = make("button", { type: "button", class: "chip", "data-mode": example.mode }, [
        example.name,
      ]);
      chip.addEventListener("click", () => {
        const { method, view } = this.#controls;
        this.#fill({ ...draftOf(example), method, beta: view.beta });
        this.#score();
      });
      return chip;
    }));
  }

  #follow() {
    const draft = fromHash(location.hash, this.#draft);
    if (draft === undefined || toHash(draft) === toHash(this.#draft)) return;
    this.#fill(draft);
    this.#score();
  }

  async #loadModel() {
    this.#api.key = byId("key", HTMLInputElement).value;
    const line = byId("model", HTMLElement);
    try {
      const model = (await this.#api.models()).data[0];
      if (model === undefined) return;
      line.textContent = modelLine(model);
      byId("limits", HTMLElement).textContent = limitsOf(model);
      this.#form.allowChat(model.chat_template);
      byId("examples", HTMLElement).classList.toggle("without-chat", !model.chat_template);
      this.#controls.offer(model.credit_methods);
      showProblem();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.kind === "overloaded") {
        line.textContent = "The model is loading\u2026";
        setTimeout(() => this.#loadModel(), loadingPollMs);
      } else this.#fail(error);
    }
  }

  /** The button scores, and stops what it began. */
  #submit() {
    if (this.#running === undefined) this.#score();
    else this.#running.controller.abort();
  }

  async #score() {
    this.#answers.clear();
    await this.#ask(this.#draft);
    this.#results.reveal();
  }

  /** The other method is for the text that was last sent, answered or not. */
  #switchMethod() {
    const sent = this.#running ?? this.#shown;
    if (sent === undefined) return;
    const draft = { ...sent.draft, method: this.#controls.method };
    const known = this.#answers.get(draft.method);
    if (known === undefined) {
      this.#ask(draft);
    } else {
      this.#running?.controller.abort();
      this.#show(draft, known);
    }
  }

  /** @param {Draft} draft */
  async #ask(draft) {
    this.#running?.controller.abort();
    const running = { draft, controller: new AbortController() };
    this.#running = running;
    this.#busy = true;
    try {
      const request = requestOf(draft, { method: draft.method, beta: 1 });
      const reply = await this.#api.rewards(request, running.controller.signal);
      if (this.#running !== running) return;
      this.#answers.set(draft.method, reply);
      this.#show(draft, reply);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.#running === running) this.#fail(error);
    } finally {
      if (this.#running === running) {
        this.#running = undefined;
        this.#busy = false;
      }
    }
  }

  /** @param {boolean} busy */
  set #busy(busy) {
    this.#form.busy = busy;
    this.#results.busy = busy;
  }

  /**
   * @param {Draft} draft
   * @param {Reply} reply
   */
  #show(draft, reply) {
    this.#shown = { draft, reply };
    const answers = reply.items[0]?.completions ?? [];
    showProblem();
    this.#form.mark(undefined);
    this.#results.show(draft.completions, answers);
    byId("timing", HTMLElement).textContent = timingOf(reply);
    byId("spoken", HTMLElement).textContent = summaryOf(answers);
    this.#draw();
    this.#compare();
    this.#writeLink();
  }

  /** @param {Problem} problem */
  #fail(problem) {
    // What is drawn is still the last good answer, so the controls go back to it.
    if (this.#shown !== undefined) {
      this.#controls.choose({ method: this.#shown.draft.method, beta: this.#controls.view.beta });
    }
    if (problem.kind === "cancelled") return;
    showProblem(problem);
    this.#form.mark(problem.path);
    if (problem.kind === "unauthorized") {
      byId("key-field", HTMLElement).hidden = false;
      byId("key", HTMLInputElement).focus();
    }
  }

  #draw() {
    if (this.#shown === undefined) return;
    this.#results.draw(this.#controls.view);
    byId("curl", HTMLElement).textContent = this.curl;
  }

  /** Says so when the results are no longer those of the text on the left. */
  #compare() {
    const text = (/** @type {Draft} */ draft) =>
      JSON.stringify(requestOf(draft, { method: "", beta: 1 }));
    const same = this.#shown === undefined || text(this.#shown.draft) === text(this.#draft);
    byId("stale", HTMLElement).hidden = same;
  }

  #writeLink() {
    const { link } = this;
    if (this.#shown === undefined || link.length > longestLink) return;
    history.replaceState(null, "", link);
  }
}
