/**
 * The prompts of a run: those of the files that its flags name, divided into those it trains on and those
 * it is evaluated on.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { EvaluationPlan } from "../../ppo/evaluation.ts";
import { holdOut, withoutHeldOut } from "../../ppo/rollout/held_out.ts";
import type { Policy } from "../../ppo/rollout/policy.ts";
import {
  encodePrompts,
  type Prompt,
  type PromptLimits,
  readPrompts,
} from "../../ppo/rollout/prompts.ts";
import type { Settings } from "../../settings.ts";

/** The settings that choose prompts. */
export const promptFlags = [
  "prompts",
  "longPrompts",
  "evalPrompts",
  "evalShare",
  "evalEvery",
  "evalLimit",
] as const;

type PromptSettings = Pick<Settings, typeof promptFlags[number] | "maxNewTokens">;

/** Prompts as they are given; openings of the policy take the place of training prompts that are not. */
export interface GivenPrompts {
  readonly prompts?: readonly Prompt[] | undefined;
  readonly evaluation?: readonly Prompt[] | undefined;
}

/**
 * Reads and encodes the files of prompts.
 *
 * @param note is told how many prompts were skipped, if any
 * @throws {AbacusError} `bad_usage` naming the file, or the prompt that the policy cannot take
 */
export async function givenPrompts(
  settings: PromptSettings,
  policy: Policy,
  note: (line: string) => void,
): Promise<GivenPrompts> {
  const { prompts, evalPrompts, evalShare } = settings;
  if (evalPrompts !== undefined && evalShare > 0) {
    throw new AbacusError(
      "bad_usage",
      "Cannot evaluate on two sets of prompts as --eval-prompts and --eval-share each name one: " +
        `received ${evalPrompts} and ${evalShare}`,
    );
  }
  const limits = { ...promptLimits(settings, policy), long: settings.longPrompts };
  const read = async (path: string | undefined, what: string) => {
    if (path === undefined) return undefined;
    const written = await readPrompts(path);
    const prompts = await encodePrompts(written, policy.text, { ...limits, what });
    const skipped = written.length - prompts.length;
    if (skipped > 0) {
      note(`${skipped} of ${written.length} prompts of ${path} are too long, and skipped`);
    }
    return prompts;
  };
  return {
    prompts: await read(prompts, "prompt"),
    evaluation: await read(evalPrompts, "evaluation prompt"),
  };
}

/** The context must hold the prompt and the completion. */
export function promptLimits(
  { maxNewTokens }: Pick<PromptSettings, "maxNewTokens">,
  { model }: Pick<Policy, "model">,
): PromptLimits {
  const { context, vocabulary } = model.trunk.dimensions;
  return { context, vocabulary, max: maxNewTokens };
}

/** What a run samples completions for. */
export interface DividedForRun {
  /** To train on. */
  readonly prompts: readonly Prompt[];
  /** Undefined if no prompts are held out. */
  readonly evaluation?: EvaluationPlan | undefined;
}

/**
 * Divides prompts: no prompt of the evaluation is trained on, be it in the training file as well.
 *
 * @throws {AbacusError} `bad_usage` if none is left to train on
 */
export function dividedPrompts(
  prompts: readonly Prompt[],
  evaluation: readonly Prompt[] | undefined,
  settings: PromptSettings,
): DividedForRun {
  const { evalShare, evalEvery: every, evalLimit } = settings;
  if (evaluation !== undefined) {
    const chosen = evaluation.slice(0, evalLimit);
    return { prompts: withoutHeldOut(prompts, evaluation), evaluation: { prompts: chosen, every } };
  }
  if (evalShare === 0) return { prompts };
  const { trained, heldOut } = holdOut(prompts, evalShare);
  return { prompts: trained, evaluation: { prompts: heldOut.slice(0, evalLimit), every } };
}
