/**
 * Which chat template a model is used with: one of its own, or one that the operator gave.
 *
 * Follows `get_chat_template` of transformers 5.23. A model without a template that can be used still reads
 * texts and ids; only conversations are refused, by the reason that stands here.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { SyntaxFailure, TemplateFailure } from "../jinja/failure.ts";
import { ChatTemplate, type ChatTemplateOptions } from "./chat_template.ts";

/** Why a model reads no conversations. */
export interface NoTemplate {
  /** As in "Cannot render messages as the model has no chat template". */
  readonly missing: string;
  /** The setting that gives a reward model a template, where `missing` does not name it. */
  readonly remedy?: string;
  /** Whether an operator may not have expected it: the model has a template. */
  readonly unexpected: boolean;
}

/** Chat templates by name; the only one of a directory is called `default`. */
export type Templates = ReadonlyMap<string, string>;

/** The choice of an operator: a template's name or its text, `none`, or undefined for the model's own. */
export type TemplateChoice = string | undefined;

/**
 * @param choice `none` for no template, the name of one of the model's, or the text of another
 * @throws {AbacusError} `bad_usage` where the choice is none of these, or a text that is no template
 */
export function chooseTemplate(
  templates: Templates,
  choice: TemplateChoice,
  options: ChatTemplateOptions,
): ChatTemplate | NoTemplate {
  if (choice === undefined) return ownTemplate(templates, options);
  const named = templates.get(choice);
  if (named !== undefined) return readOwn(named, options);
  if (choice === "none") return { missing: "--chat-template is none", unexpected: false };
  return readGiven(choice, templates, options);
}

function ownTemplate(
  templates: Templates,
  options: ChatTemplateOptions,
): ChatTemplate | NoTemplate {
  const own = templates.get("default");
  if (own !== undefined) return readOwn(own, options);
  if (templates.size === 0) {
    const remedy = "--chat-template gives it one";
    return { missing: "the model has no chat template", remedy, unexpected: false };
  }
  const names = namesOf(templates);
  return {
    missing:
      `the model has several chat templates (${names}) and none is called default, so that ` +
      "--chat-template has to name one",
    unexpected: true,
  };
}

/** The model stays of use where its template is not. */
function readOwn(source: string, options: ChatTemplateOptions): ChatTemplate | NoTemplate {
  try {
    return new ChatTemplate(source, options);
  } catch (failure) {
    return { missing: `the model's chat template ${faultOf(failure)}`, unexpected: true };
  }
}

function readGiven(
  source: string,
  templates: Templates,
  options: ChatTemplateOptions,
): ChatTemplate {
  if (!/\{[{%#]/.test(source)) {
    throw new AbacusError(
      "bad_usage",
      `Cannot use --chat-template as it must be none, a file with a template, or one of the ` +
        `templates of the model, which are ${namesOf(templates) || "none at all"}: ` +
        `received ${JSON.stringify(source.slice(0, 80))}`,
    );
  }
  try {
    return new ChatTemplate(source, options);
  } catch (cause) {
    const message = `Cannot use --chat-template as the template ${faultOf(cause)}: received ` +
      JSON.stringify(source.slice(0, 80));
    throw new AbacusError("bad_usage", message, { cause });
  }
}

/** Who is to blame, and for what. */
function faultOf(failure: unknown): string {
  if (!(failure instanceof TemplateFailure)) throw failure;
  return failure instanceof SyntaxFailure
    ? `has wrong syntax, which transformers does not read either (${failure.message})`
    : `cannot be read by Abacus, though transformers may read it (${failure.message})`;
}

function namesOf(templates: Templates): string {
  return [...templates.keys()].toSorted().join(", ");
}
