/**
 * The layouts of rows that are recognised: which columns hold a prompt and its answers, by the names
 * that trainers give them. A further layout is one entry.
 *
 * @module
 */

import {
  alpacaPrompt,
  besideInstruction,
  messagesOnly,
  type PromptReader,
  sharegptPrompt,
  textOrMessages,
  tokenIds,
} from "./prompts.ts";

/** How a row says what is to be scored. */
export interface Layout {
  /** What it is called, and by whom. */
  readonly name: string;
  /** The column of the prompt. Without it the answers hold what they answer. */
  readonly prompt?: string;
  /** How the prompt is read. */
  readonly read: PromptReader;
  /** Further columns that `read` takes where they are there. */
  readonly beside?: readonly string[];
  /**
   * Columns one of which holds the answer, or a list of several. It is a text or a list of messages,
   * whose last turn is the answer, while what stands before it belongs to the prompt.
   */
  readonly answer?: readonly string[];
  /** The columns of the better and of the worse answer, in place of `answer`. */
  readonly pair?: readonly [chosen: string, rejected: string];
}

const own = ["completion", "completions"];
const others = ["response", "responses", "output", "answer"];
const pair = ["chosen", "rejected"] as const;

/** Alpaca's columns, as LlamaFactory reads them. */
const instruction = { prompt: "instruction", read: alpacaPrompt, beside: besideInstruction };
const sharegpt = { read: sharegptPrompt, beside: ["system"] };
const any = { read: textOrMessages };

/** All layouts. The first whose columns a row has is the row's; null ones do not count. */
export const layouts: readonly Layout[] = [
  { name: "token ids", prompt: "prompt_ids", answer: ["completion_ids"], read: tokenIds },
  { name: "conversation with completion", prompt: "messages", answer: own, read: messagesOnly },
  { name: "prompt with completion, as in TRL", prompt: "prompt", answer: own, ...any },
  { name: "preference, as in TRL and OpenRLHF", prompt: "prompt", pair, ...any },
  { name: "preference, as in LlamaFactory", pair, ...instruction },
  { name: "preference, as in LlamaFactory", prompt: "conversations", pair, ...sharegpt },
  { name: "preference", prompt: "question", pair, ...any },
  { name: "preference without a prompt, as in TRL", pair, ...any },
  { name: "instruction, as in LlamaFactory", answer: others, ...instruction },
  { name: "prompt with response, as in verl", prompt: "prompt", answer: others, ...any },
  { name: "input with output, as in OpenRLHF", prompt: "input", answer: others, ...any },
  { name: "question with answer", prompt: "question", answer: others, ...any },
  { name: "query with response", prompt: "query", answer: others, ...any },
  { name: "conversation, as in ShareGPT", answer: ["conversations"], ...sharegpt },
  { name: "conversation, as in TRL", answer: ["messages"], ...any },
];

/** Columns that the user names in place of those that are recognised. */
export interface NamedColumns {
  readonly prompt?: string | undefined;
  readonly completion?: string | undefined;
  readonly messages?: string | undefined;
}

/** The layouts that are left where the user names columns. */
export function layoutsOf({ prompt, completion, messages }: NamedColumns): readonly Layout[] {
  const named = prompt !== undefined
    ? withPrompt(prompt, textOrMessages)
    : messages !== undefined
    ? withPrompt(messages, messagesOnly)
    : layouts;
  const whole = { name: "conversation", ...any };
  if (completion !== undefined) {
    const answer = [completion];
    const beside = named.filter(({ prompt, pair }) =>
      prompt !== undefined && prompt !== completion && pair === undefined
    );
    return [...beside.map((each) => ({ ...each, answer })), { ...whole, answer }];
  }
  return messages === undefined ? named : [...named, { ...whole, answer: [messages] }];
}

/** The layouts of answers to a prompt, for a prompt in another column. */
function withPrompt(prompt: string, read: PromptReader): Layout[] {
  return layouts.filter((each) => each.prompt === "prompt")
    .map((each) => ({ ...each, prompt, read }));
}
