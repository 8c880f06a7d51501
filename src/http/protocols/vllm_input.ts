/**
 * What vLLM's `/classify` and `/pooling` are given: texts or ids in `input`, or one conversation in
 * `messages`, less what would score something else than what was sent.
 *
 * A text has no known prompt, so that its token rewards cover all of it; of a conversation they cover the
 * last turn, which must be the assistant's.
 *
 * @module
 */

import { z } from "zod";
import type { ScoreRequest, ScoreSample } from "../../scorer/scored.ts";
import { list } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { messageOf, messageSchema, type WrittenMessage } from "../../wire/message.ts";
import { isGiven } from "./body_keys.ts";
import { inputField, inputPlace, inputSamples, type OpenaiInput } from "./openai.ts";

/** The fields as they were read. */
interface Given {
  readonly input?: OpenaiInput | null | undefined;
  readonly messages?: readonly WrittenMessage[] | null | undefined;
  readonly add_special_tokens?: boolean | null | undefined;
  readonly truncate_prompt_tokens?: -1 | null | undefined;
}

/** The fields. */
export function vllmInputFields(limits: WireLimits) {
  const never = (why: string) => z.literal(false, { error: `must be left out (${why})` }).nullish();
  return {
    input: inputField(limits).nullish(),
    messages: list(messageSchema(limits), { min: 2, max: limits.messages }).refine(endsInText, {
      error: "must end in the assistant's turn, which is scored and holds a content alone",
    }).nullish(),
    add_special_tokens: z.boolean().nullish().meta({
      description: "Whether texts get the tokenizer's special tokens; they do without it.",
    }),
    ...vllmTruncationFields({ cut: "a text has no prompt to cut" }),
    add_generation_prompt: never("the last turn is scored as it stands"),
    continue_final_message: never("the last turn is scored as it stands"),
    chat_template: z.null({ error: "must be left out (the server's --chat-template sets it)" })
      .optional(),
  };
}

/**
 * How much of a text is read.
 *
 * @param cut why it is not cut on its other side
 */
export function vllmTruncationFields({ cut }: { readonly cut: string }) {
  return {
    truncate_prompt_tokens: z.literal(-1, { error: "must be -1, the model's context, or left out" })
      .nullish().meta({ description: "-1 cuts texts on the right to the model's context." }),
    truncation_side: z.literal("right", { error: `must be right: ${cut}` }).nullish(),
  };
}

/** Whether the last turn is a text of the assistant's: nothing else of a turn could be scored. */
function endsInText(messages: readonly WrittenMessage[]): boolean {
  const { role, content, ...more } = messageOf(messages.at(-1) ?? { role: "" });
  return role === "assistant" && content !== undefined && Object.keys(more).length === 0;
}

/** Refuses both, and neither. */
export function requireOneInput({ input, messages }: Given, context: z.RefinementCtx): void {
  if (isGiven(input) !== isGiven(messages)) return;
  context.addIssue({ code: "custom", message: "must hold either input or messages" });
}

/** The samples of a request; of a conversation the last turn is what is scored. */
export function vllmSamples(
  { input, messages, add_special_tokens: special }: Given,
): ScoreSample[] {
  if (isGiven(input)) return inputSamples(input, { templated: special === false });
  const turns = (messages ?? []).map(messageOf);
  return [{
    kind: "chat",
    messages: turns.slice(0, -1),
    completion: turns.at(-1)?.content ?? "",
  }];
}

/** How a request names a sample. */
export function vllmPlace({ input }: Given, sample: number): string {
  return isGiven(input) ? inputPlace(input, sample) : "messages";
}

/** What happens to texts that are too long: what the URL says, unless the body says it. */
export function vllmTruncation(
  { truncate_prompt_tokens: most }: Pick<Given, "truncate_prompt_tokens">,
  truncation: ScoreRequest["truncation"],
): ScoreRequest["truncation"] {
  return most === -1 ? "right" : truncation;
}

/** What the token rewards of a request cover. */
export function vllmCover({ messages }: Given): "text" | "completion" {
  return isGiven(messages) ? "completion" : "text";
}
