/**
 * Stop texts: completions that end where they would write a certain text, such as the next speaker's name.
 * What was sampled behind it is dropped, which leaves exactly what a sampler that stops there would have
 * written, as a token depends on those before it alone. Pure.
 *
 * @module
 */

import type { Completion } from "../graphs/sampler_feeds.ts";
import type { CompletionText } from "./policy_text.ts";

/** A completion with its text. */
export interface WrittenText {
  readonly completion: Completion;
  readonly text: CompletionText;
}

/** Where a completion ends. */
interface Stop {
  /** Code points before the stop text. */
  readonly at: number;
  /** Tokens up to the one that completes it. */
  readonly tokens: number;
}

/**
 * The completion up to the first stop text in it that its minimum length allows, and marked as ended; the
 * same if there is none. The tokens of the stop text stay, as the policy chose them, and are trained; the
 * reward model is told the text before it, so that they have spans of no width, as EOS has.
 */
export function untilStop(written: WrittenText, stops: readonly string[]): WrittenText {
  const { completion, text } = written;
  const found = stops.flatMap((stop) => firstStop(stop, written) ?? []);
  const first = found.toSorted((a, b) => a.tokens - b.tokens || a.at - b.at)[0];
  if (first === undefined) return written;
  const { at, tokens } = first;
  return {
    completion: {
      ...completion,
      ids: completion.ids.slice(0, completion.promptLength + tokens),
      logProbs: completion.logProbs.slice(0, tokens),
      ended: true,
    },
    text: {
      ...text,
      completion: Array.from(text.completion).slice(0, at).join(""),
      spans: text.spans.slice(0, tokens).map(([start, end]) =>
        [Math.min(start, at), Math.min(end, at)] as const
      ),
      pieces: text.pieces.slice(0, tokens),
      ended: true,
      tokens: undefined,
    },
  };
}

/** The first place of one stop text that is not too early. */
function firstStop(
  stop: string,
  { completion: { minLength }, text: { completion, spans } }: WrittenText,
): Stop | undefined {
  const length = Array.from(stop).length;
  for (let from = completion.indexOf(stop); from >= 0; from = completion.indexOf(stop, from + 1)) {
    const at = Array.from(completion.slice(0, from)).length;
    const last = spans.findIndex(([, end]) => end >= at + length);
    if (last >= 0 && last + 1 >= minLength) return { at, tokens: last + 1 };
  }
  return undefined;
}
