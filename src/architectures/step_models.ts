/**
 * Step models: every class of process reward models, with the family whose trunk it has.
 *
 * @module
 */

import type { CausalFamily } from "./causal_family.ts";
import { gemma } from "./gemma.ts";
import { gemma2 } from "./gemma2.ts";
import { gpt2 } from "./gpt2.ts";
import { gptNeoX } from "./gpt_neox.ts";
import type { HeadKind } from "./heads/head_kind.ts";
import { qwenStepHead, skyworkStepHead, tokenClassifierHead } from "./heads/step_heads.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";

/** One of them. */
export interface StepModel {
  /** As `architectures[0]` of config.json names it. */
  readonly name: string;
  readonly family: CausalFamily;
  readonly kind: HeadKind;
}

/** Families with a class of token classifiers in transformers, and what its head is called there. */
const tokenClassifiers: readonly (readonly [CausalFamily, head: "score" | "classifier"])[] = [
  [gemma, "score"],
  [gemma2, "score"],
  [gpt2, "classifier"],
  [gptNeoX, "classifier"],
  [llama, "score"],
  [mistral, "score"],
  [phi3, "score"],
  [qwen2, "score"],
  [qwen3, "score"],
];

/** All of them; the others than token classifiers are classes of their makers. */
export const stepModels: readonly StepModel[] = [
  ...tokenClassifiers.map(([family, head]): StepModel => ({
    name: family.classifier.replace("ForSequence", "ForToken"),
    family,
    kind: tokenClassifierHead(head),
  })),
  { name: "Qwen2ForProcessRewardModel", family: qwen2, kind: qwenStepHead },
  { name: "Qwen2ForPrmModel", family: qwen2, kind: skyworkStepHead },
];
