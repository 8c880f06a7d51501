/**
 * Runs texts through the session of a prebuilt graph.
 *
 * @module
 */

import { added } from "../../prebuilt/expose_attention.ts";
import type { Feeds, Outputs } from "../arrays.ts";
import { floatRows } from "../readings.ts";
import type { EngineRuntime } from "../engine_runtime.ts";
import { lengthOf, type PaddedOptions, paddedTexts, startOf, type Text } from "./padded_texts.ts";

/** What the graph says of one text. */
export interface TextAnswer {
  readonly logits: Float32Array;
  /** One number per token, the mean of the rows asked for; only of graphs that give their attention. */
  readonly attention?: Float32Array;
}

/** The answers of one run, in the order of its texts. */
export interface TextRun {
  readonly answers: readonly TextAnswer[];
  readonly runMs: number;
}

/** How a session is run. */
export interface RunnerOptions extends Omit<PaddedOptions, "nudge"> {
  /** The name of the session. */
  readonly session: string;
  /** The output that holds the logits. */
  readonly logits: string;
}

/** A session of a prebuilt graph. */
export class TextRunner {
  readonly options: RunnerOptions;
  readonly #runtime: EngineRuntime;

  constructor(runtime: EngineRuntime, options: RunnerOptions) {
    this.#runtime = runtime;
    this.options = options;
  }

  /** What the session is fed with for texts that run together. */
  feeds(texts: readonly Text[], nudge?: PaddedOptions["nudge"]): Feeds {
    return paddedTexts(texts, { ...this.options, nudge });
  }

  /**
   * Runs texts together.
   *
   * @throws {Error} with the runtime's own words
   */
  async run(texts: readonly Text[], nudge?: PaddedOptions["nudge"]): Promise<TextRun> {
    const feeds = this.feeds(texts, nudge);
    const { outputs, runMs } = await this.#runtime.run(this.options.session, feeds);
    return { answers: answersOf(texts, outputs, this.options), runMs };
  }
}

function answersOf(
  texts: readonly Text[],
  outputs: Outputs,
  { padding, attention, logits }: RunnerOptions,
): TextAnswer[] {
  const length = lengthOf(texts);
  const logitsOf = floatRows(logits, outputs);
  const rowOf = attention ? floatRows(added.attention, outputs) : undefined;
  return texts.map((text, i) => {
    const answer = { logits: logitsOf(i).slice() };
    if (rowOf === undefined) return answer;
    const start = startOf(text, length, padding);
    return { ...answer, attention: rowOf(i).slice(start, start + text.ids.length) };
  });
}
