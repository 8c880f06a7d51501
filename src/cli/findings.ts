/**
 * What `inspect` finds beside the blueprint of a model: what its tokenizer's files say, and how steps are read.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Blueprint } from "../model/blueprint.ts";
import { stepRuleOf } from "../model/step_settings.ts";
import type { Settings } from "../settings.ts";
import { loadTemplate } from "../text/load_sample_tokenizer.ts";
import { stepRuleText } from "../text/step_rule.ts";
import { defineTokenizer } from "../text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../text/tokenizer_files.ts";

/** What is said of a tokenizer. */
export interface TokenizerFindings {
  /** Its class in transformers, or why it cannot be loaded. */
  readonly class: string;
  /** What becomes of control tokens in texts. */
  readonly control_tokens?: string;
  /** Which template renders messages, or why none does. */
  readonly chat_template?: string;
}

/**
 * What the tokenizer's files say. A model can be looked at before its tokenizer is there; a flag that
 * names no template is wrong all the same.
 */
export async function readTokenizer(
  directory: string,
  { splitSpecialTokens: guarded, chatTemplate }: Pick<
    Settings,
    "splitSpecialTokens" | "chatTemplate"
  >,
): Promise<TokenizerFindings> {
  try {
    const files = await readTokenizerFiles(directory);
    const definition = defineTokenizer(files);
    const { className, splitSpecialTokens } = definition;
    const ofFiles = splitSpecialTokens
      ? "plain text (split_special_tokens)"
      : "matched in any text";
    const template = await loadTemplate(files, chatTemplate, {});
    return {
      class: className,
      control_tokens: guarded ? "plain text where users write" : ofFiles,
      chat_template: "missing" in template
        ? `none, as ${template.missing}`
        : chatTemplate ?? "the model's own",
    };
  } catch (error) {
    const isWrongFlag = error instanceof AbacusError && error.kind === "bad_usage";
    if (error instanceof AbacusError && !isWrongFlag) return { class: error.message };
    throw error;
  }
}

/** How a process reward model reads steps; nothing for others. */
export async function readSteps(
  blueprint: object | Blueprint,
  settings: Pick<Settings, "stepAt" | "stepMark" | "stepReduce">,
): Promise<StepFindings> {
  if (!("files" in blueprint)) return {};
  const rule = await stepRuleOf(blueprint.architecture, settings, blueprint.files.tokenizer);
  if (rule === undefined) return {};
  return { steps: { read: stepRuleText(rule), reduction: settings.stepReduce ?? "mean" } };
}

/** What is said of steps. */
export interface StepFindings {
  readonly steps?: { readonly read: string; readonly reduction: string };
}
