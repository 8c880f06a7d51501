// @ts-check
/// <reference lib="dom" />
/**
 * Shows a failure: a title, the message of the server, and what may help.
 *
 * @module
 */

import { byId, make } from "./dom.js";

/** @type {Readonly<Record<string, { title: string, help?: string }>>} */
const words = {
  invalid_request: { title: "The server could not read this request" },
  unauthorized: {
    title: "This server needs a key",
    help: "Enter it on the left, then score again.",
  },
  unknown_model: { title: "Another model is loaded" },
  too_large: { title: "That is more text than the server accepts at once" },
  too_long: {
    title: "That is longer than the model can read",
    help: "Shorten it, or choose under Options which end may be dropped.",
  },
  overloaded: { title: "The server is busy", help: "Try again in a moment." },
  deadline_exceeded: { title: "That took too long", help: "Try fewer or shorter completions." },
  model_failure: { title: "The model could not score this" },
  unreachable: { title: "The server cannot be reached" },
};

/**
 * Shows a failure, or clears the last one.
 *
 * @param {import("./api.js").Problem} [problem]
 */
export function showProblem(problem) {
  const place = byId("problem", HTMLElement);
  if (problem === undefined) return place.replaceChildren();
  const { title, help } = words[problem.kind] ?? { title: "Something went wrong" };
  const marks = [problem.kind, problem.path, problem.requestId && `request ${problem.requestId}`];
  place.replaceChildren(make("div", { class: "panel problem" }, [
    make("h2", {}, [title]),
    make("p", {}, [problem.message]),
    ...(help === undefined ? [] : [make("p", {}, [help])]),
    make("p", { class: "hint" }, [marks.filter(Boolean).join(" \u00b7 ")]),
  ]));
}
