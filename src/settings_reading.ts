/**
 * Settings of where a model is read: at which token the score, and of process reward models where steps end, what
 * they are read at and how their scores become one.
 *
 * @module
 */

import { help, oneOf, text } from "./settings_readers.ts";
import { stepReductionNames } from "./text/step_rule.ts";

/** The settings; docs/process-rewards.md tells what the process reward models of each trainer read. */
export function readingSettings() {
  return {
    // Where trainers read scores and how they close texts differs: docs/where-the-score-is-read.md has a
    // table of them.
    poolAt: text().optional().register(help, {
      value: "WHERE",
      description:
        "token that the score is read at: last, last-non-pad, eos, or a token of the vocabulary or its " +
        "id, of which the last one",
      unset: "where transformers reads the model",
    }),
    stepAt: text().optional().register(help, {
      value: "WHERE",
      description:
        "where the steps of a completion end that a process reward model scores: line, paragraph, " +
        "every-token, or a token of the vocabulary or its id",
      unset: "as the model's class has it",
    }),
    stepMark: text().optional().register(help, {
      value: "TOKEN",
      description:
        "what is put behind each step, to be read there: separator (the line breaks as tokens of their " +
        "own), a token of the vocabulary or its id, or none",
      unset: "as the model's class has it",
    }),
    stepReduce: oneOf(...stepReductionNames).optional().register(help, {
      value: "NAME",
      description:
        "how the scores of steps become that of the completion: mean, min, product, last or sum",
      unset: "mean",
    }),
  };
}
