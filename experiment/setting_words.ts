/**
 * Setting words: what an arm's name says in flags of the trainer, for readers who do not know them.
 *
 * @module
 */

/** Each flag with its value, and the words for it. Several may stand in one name, with commas between. */
const words: readonly (readonly [flags: RegExp, words: string])[] = [
  [/algorithm rloo, completions-per-prompt (\d+)/, "RLOO in groups of $1"],
  [/algorithm grpo, completions-per-prompt (\d+)/, "GRPO in groups of $1"],
  [/critic separate/, "a critic of its own"],
  [/value-coefficient ([\d.]+)/, "value coefficient $1"],
  [/value-lambda ([\d.]+)/, "value lambda $1"],
  [/value-warm-up-steps (\d+)/, "$1 steps of value warm-up"],
  [/learning-rate ([\d.]+)/, "learning rate $1"],
  [/credit-unit (\w+)/, "per $1"],
  [/reward model small/, "a reward model of 1.1 million weights"],
  [/reward model pairs/, "a reward model trained by pairs"],
  // What is so unless a setting says otherwise.
  [/, gamma 1(?![\d.])/, ""],
];

/** As in `RLOO in groups of 4, per sentence` for `algorithm rloo, completions-per-prompt 4, credit-unit sentence`. */
export function settingWords(name: string): string {
  return words.reduce((text, [flags, said]) => text.replace(flags, said), name);
}
