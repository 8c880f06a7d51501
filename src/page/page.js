// @ts-check
/// <reference lib="dom" />
/**
 * Page: wires the form on the left to the results on the right.
 *
 * There is one request per model, text, method and unit, at beta 1; everything else is drawn from its answer.
 *
 * @module
 */

import { Api, Problem } from "./api.js";
import { limitsOf, modelLine, summaryOf, timingOf } from "./captions.js";
import { Controls } from "./controls.js";
import { answersOf, completionAt } from "./credit.js";
import { byId, make } from "./dom.js";
import { curlOf, fromHash, requestOf, toHash } from "./form_state.js";
import { examples, formStateOf } from "./examples.js";
import { Form } from "./form.js";
import { ModelChoice } from "./model_choice.js";
import { showProblem } from "./problem.js";
import { Results } from "./results.js";

/** @typedef {import("./form_state.js").FormState} FormState */
/** @typedef {import("./api.js").Reply} Reply */

/** The longest link: some browsers and messengers refuse or cut longer ones. */
const longestLink = 32_000;

/** The pause between two requests while the model is loading. */
const loadingPollMs = 1_500;

/** The page: the shown text and its answers. */
export class Page {
  #api = new Api();
  #results = new Results();
  #form;
  #choice;
  #controls;
  /** @type {{ state: FormState, reply: Reply } | undefined} */
  #shown;
  /** The answers for the shown text by request. @type {Map<string, Reply>} */
  #answers = new Map();
  /** The request in progress. @type {{ state: FormState, controller: AbortController } | undefined} */
  #running;

  constructor() {
    this.#form = new Form({ onChange: () => this.#compare(), onSubmit: () => this.#submit() });
    this.#choice = new ModelChoice({ onChange: () => this.#switchModel() });
    this.#controls = new Controls({
      onView: () => this.#draw(),
      onCredit: () => this.#switchCredit(),
      onSettle: () => this.#writeLink(),
    });
  }

  /** Fills the page, from the address where it has a state. */
  async start() {
    this.#offerExamples();
    const fallback = formStateOf(examples[0]);
    const linked = fromHash(location.hash, fallback);
    this.#fill(linked ?? fallback);
    addEventListener("hashchange", () => this.#follow());
    byId("key", HTMLInputElement).addEventListener("change", () => this.#loadModel());
    await this.#loadModel();
    if (linked !== undefined) this.#submit();
  }

  /** The command for the shown results. */
  get curl() {
    if (this.#shown === undefined) return "";
    const { state } = this.#shown;
    const request = requestOf(state, this.#controls.view.beta);
    return curlOf(this.#api.rewardsUrl, request, { withKey: this.#api.key !== "" });
  }

  /** The answer for the shown beta, as the server would send it. */
  get reply() {
    if (this.#shown === undefined) return undefined;
    const { reply } = this.#shown;
    const { beta } = this.#controls.view;
    const items = [{ completions: answersOf(reply).map((answer) => completionAt(answer, beta)) }];
    return { ...reply, credit: { ...reply.credit, beta }, items };
  }

  /** A link to the page in its present state. */
  get link() {
    return location.origin + location.pathname + toHash(this.#state);
  }

  /** @returns {FormState} */
  get #state() {
    const { credit, view } = this.#controls;
    return { model: this.#choice.name, ...this.#form.text, ...credit, beta: view.beta };
  }

  /** @param {FormState} state */
  #fill(state) {
    this.#choice.choose(state.model);
    this.#form.fill(state);
    this.#describeModel();
    this.#controls.choose(state);
    this.#compare();
  }

  #offerExamples() {
    byId("examples", HTMLElement).replaceChildren(...examples.map((example) => {
      const chip = make("button", { type: "button", class: "chip", "data-mode": example.mode }, [
        example.name,
      ]);
      chip.addEventListener("click", () => {
        const { credit, view } = this.#controls;
        const { name: model } = this.#choice;
        this.#fill({ ...formStateOf(example), ...credit, model, beta: view.beta });
        this.#score();
      });
      return chip;
    }));
  }

  #follow() {
    const state = fromHash(location.hash, this.#state);
    if (state === undefined || toHash(state) === toHash(this.#state)) return;
    this.#fill(state);
    this.#score();
  }

  async #loadModel() {
    this.#api.key = byId("key", HTMLInputElement).value;
    try {
      this.#choice.offer((await this.#api.models()).data);
      this.#describeModel();
      showProblem();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.kind === "overloaded") {
        byId("model", HTMLElement).textContent = "The model is loading\u2026";
        setTimeout(() => this.#loadModel(), loadingPollMs);
      } else this.#fail(error);
    }
  }

  /** Shows what can be asked of the chosen model. */
  #describeModel() {
    const { model } = this.#choice;
    if (model === undefined) return;
    byId("model", HTMLElement).textContent = modelLine(model);
    byId("limits", HTMLElement).textContent = limitsOf(model);
    this.#form.allowChat(model.chat_template);
    byId("examples", HTMLElement).classList.toggle("without-chat", !model.chat_template);
    this.#controls.offer(model.credit_methods);
  }

  /** Asks another model for what is written, where one has been asked. */
  #switchModel() {
    this.#describeModel();
    this.#compare();
    if (this.#running !== undefined || this.#shown !== undefined) this.#score();
  }

  /** The button starts scoring, and stops it. */
  #submit() {
    if (this.#running === undefined) this.#score();
    else this.#running.controller.abort();
  }

  async #score() {
    this.#answers.clear();
    await this.#ask(this.#state);
    this.#results.reveal();
  }

  /** Applies the new method or unit to the text that was last sent. */
  #switchCredit() {
    const sent = this.#running ?? this.#shown;
    if (sent === undefined) return;
    const state = { ...sent.state, ...this.#controls.credit };
    const known = this.#answers.get(keyOf(state));
    if (known === undefined) {
      this.#ask(state);
    } else {
      this.#running?.controller.abort();
      this.#show(state, known);
    }
  }

  /** @param {FormState} state */
  async #ask(state) {
    this.#running?.controller.abort();
    const running = { state, controller: new AbortController() };
    this.#running = running;
    this.#busy = true;
    try {
      const reply = await this.#api.rewards(requestOf(state, 1), running.controller.signal);
      if (this.#running !== running) return;
      this.#answers.set(keyOf(state), reply);
      this.#show(state, reply);
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
   * @param {FormState} state
   * @param {Reply} reply
   */
  #show(state, reply) {
    this.#shown = { state, reply };
    const answers = answersOf(reply);
    showProblem();
    this.#form.mark(undefined);
    this.#results.show(state.completions, answers);
    byId("timing", HTMLElement).textContent = timingOf(reply, {
      isChosen: this.#choice.name !== "",
    });
    byId("spoken", HTMLElement).textContent = summaryOf(answers);
    this.#draw();
    this.#compare();
    this.#writeLink();
  }

  /** @param {Problem} problem */
  #fail(problem) {
    // The last answer stays on the page, so the controls show its method and unit again.
    if (this.#shown !== undefined) {
      this.#controls.choose({ ...this.#shown.state, beta: this.#controls.view.beta });
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

  /** Shows a note where the results are not those of the text on the left. */
  #compare() {
    const text = (/** @type {FormState} */ state) =>
      JSON.stringify(requestOf({ ...state, method: "", unit: "", pay: "" }, 1));
    const same = this.#shown === undefined || text(this.#shown.state) === text(this.#state);
    byId("stale", HTMLElement).hidden = same;
  }

  #writeLink() {
    const { link } = this;
    if (this.#shown === undefined || link.length > longestLink) return;
    history.replaceState(null, "", link);
  }
}

/**
 * What an answer depends on but for beta.
 *
 * @param {FormState} state
 */
function keyOf(state) {
  return JSON.stringify(requestOf(state, 1).credit);
}
