/**
 * Chat template: renders a conversation as the text that the model was trained on.
 *
 * A template gets the same variables as in transformers 5.23. Knows no tokens.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import { EngineFailure, RaisedByTemplate, TemplateFailure } from "../jinja/failure.ts";
import { fromJson } from "../jinja/from_json.ts";
import { Template } from "../jinja/template.ts";
import { Callable, typeName, type Value } from "../jinja/values.ts";
import type { Message } from "./sample.ts";
import { strftime } from "./strftime.ts";

/** The variables of a template besides the conversation. */
export interface ChatTemplateOptions {
  /** `bos_token`, `eos_token` and the like. */
  specialTokens?: Readonly<Record<string, string>>;
  /** The time for `strftime_now`. @default the machine's */
  now?: () => Date;
  /** Whether the text ends where the assistant's turn begins, as a policy reads it. @default false */
  generationPrompt?: boolean;
}

/** A parsed template. */
export class ChatTemplate {
  /** Its text. */
  readonly source: string;
  readonly #template: Template;
  readonly #variables: readonly (readonly [string, Value])[];
  /** Messages of one conversation are rendered once for each of its completions. */
  readonly #values = new WeakMap<Message, Value>();

  /** @throws {TemplateFailure} where the template cannot be read, by whose fault its class says */
  constructor(
    source: string,
    options: ChatTemplateOptions = {},
  ) {
    const { specialTokens = {}, now = () => new Date(), generationPrompt = false } = options;
    this.source = source;
    this.#template = new Template(source);
    this.#variables = [
      ["tools", null],
      ["documents", null],
      ["add_generation_prompt", generationPrompt],
      ["strftime_now", clock(now)],
      ...Object.entries(specialTokens),
    ];
  }

  /**
   * Renders a conversation, without a prompt for the next turn unless `generationPrompt` is set.
   *
   * @throws {AbacusError} `invalid_request` where the template refuses the conversation (such as roles
   * that do not alternate), fails on it, or asks for what the engine does not know
   */
  render(messages: readonly Message[]): string {
    const text = this.#run(messages);
    if (text.isWellFormed()) return text;
    throw refusal("the model's chat template makes no Unicode of them", "half a surrogate pair");
  }

  #run(messages: readonly Message[]): string {
    try {
      const conversation = messages.map((message) => this.#valueOf(message));
      return this.#template.render([["messages", conversation], ...this.#variables]);
    } catch (cause) {
      if (!(cause instanceof TemplateFailure)) throw cause;
      const excerpt = JSON.stringify(messageOf(cause).slice(0, 500));
      throw refusal(reasonOf(cause), excerpt, cause);
    }
  }

  #valueOf(message: Message): Value {
    const known = this.#values.get(message);
    if (known !== undefined) return known;
    const value = fromJson(withReasoning(message));
    this.#values.set(message, value);
    return value;
  }
}

/** The names that a message's reasoning goes by; templates read the first, and some the second. */
const reasoningKeys = ["reasoning_content", "thinking", "reasoning"] as const;

/** As transformers does, fills the names that templates read from those that callers write. */
function withReasoning(message: Message): Record<string, unknown> {
  const given = Object.entries(message).filter(([, value]) =>
    value !== undefined && value !== null
  );
  const plain = Object.fromEntries(given);
  const key = reasoningKeys.find((key) => Object.hasOwn(plain, key));
  if (key === undefined) return plain;
  return { thinking: plain[key], ...plain, reasoning_content: plain[key] };
}

function clock(now: () => Date): Callable {
  return new Callable("strftime_now", ({ positional: [format = null] }) => {
    if (typeof format === "string") return strftime(now(), format);
    throw new EngineFailure(`strftime_now takes a text, not a '${typeName(format)}'`);
  });
}

/** Whose doing a failure is. */
function reasonOf(failure: TemplateFailure): string {
  if (failure instanceof RaisedByTemplate) return "the model's chat template refuses them";
  if (failure instanceof EngineFailure) {
    return "Abacus does not know how, or does not allow it, whatever transformers does with the " +
      "model's chat template";
  }
  return "the model's chat template fails on them, as it does in transformers";
}

function refusal(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot render the messages as ${reason}: received ${received}`,
    { cause },
  );
}
