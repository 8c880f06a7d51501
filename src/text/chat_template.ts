/**
 * Chat template: renders a conversation as the text that the model was trained on.
 *
 * A template gets the same variables as in transformers. Knows no tokens.
 *
 * @module
 */

import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { AbacusError, messageOf } from "../errors.ts";
import { stripFunctions, usePythonStrip } from "./python_strip.ts";
import type { Message } from "./sample.ts";
import { strftime } from "./strftime.ts";

/** The most numbers of one `range` in a template, as in Jinja's own sandbox. */
const LONGEST_RANGE = 100_000;

/** The most UTF-16 units of a rendered conversation. */
const LONGEST_TEXT = 2 ** 25;

/** The variables of a template besides the conversation. */
export interface ChatTemplateOptions {
  /** `bos_token`, `eos_token` and the like. */
  specialTokens?: Readonly<Record<string, string>>;
  /** The time for `strftime_now`. @default the machine's */
  now?: () => Date;
}

/** A parsed template. */
export class ChatTemplate {
  /** Its text. */
  readonly source: string;
  readonly #program: ReturnType<typeof parse>;
  readonly #specialTokens: Readonly<Record<string, string>>;
  readonly #now: () => Date;

  /** @throws {AbacusError} `bad_model` where the syntax of the template is unknown */
  constructor(source: string, options: ChatTemplateOptions = {}) {
    this.source = source;
    this.#specialTokens = options.specialTokens ?? {};
    this.#now = options.now ?? (() => new Date());
    try {
      // Jinja normalises line breaks; transformers sets trim_blocks and lstrip_blocks.
      const lines = source.replaceAll(/\r\n?/g, "\n");
      this.#program = parse(tokenize(lines, { trim_blocks: true, lstrip_blocks: true }));
      usePythonStrip(this.#program);
    } catch (cause) {
      throw new AbacusError(
        "bad_model",
        `Cannot parse the chat template as its syntax is unknown: received ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /**
   * Renders a conversation without a prompt for the next turn.
   *
   * @throws {AbacusError} `invalid_request` where the template refuses the conversation (such as roles
   * that do not alternate) or fails on it
   */
  render(messages: readonly Message[]): string {
    const text = this.#run(messages);
    if (text.length > LONGEST_TEXT) {
      throw refusal(`${text.length} characters of text, where ${LONGEST_TEXT} are allowed`);
    }
    if (!text.isWellFormed()) throw refusal("text with half a surrogate pair");
    return text;
  }

  #run(messages: readonly Message[]): string {
    try {
      return String(new Interpreter(this.#environment(messages)).run(this.#program).value);
    } catch (cause) {
      throw refusal(JSON.stringify(messageOf(cause).slice(0, 500)), cause);
    }
  }

  #environment(messages: readonly Message[]): Environment {
    const environment = new Environment();
    const variables = {
      ...constants,
      ...stripFunctions,
      ...this.#specialTokens,
      messages: messages.map((message) => ({ ...message })),
      tools: null,
      documents: null,
      add_generation_prompt: false,
      range: boundedRange,
      raise_exception: raiseException,
      strftime_now: (format: string) => strftime(this.#now(), format),
    };
    for (const [name, value] of Object.entries(variables)) environment.set(name, value);
    return environment;
  }
}

/** Jinja spells each of its constants in two ways. */
const constants = { true: true, True: true, false: false, False: false, none: null, None: null };

function raiseException(message: unknown): never {
  throw new Error(String(message));
}

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= LONGEST_RANGE)) throw new Error(`range of ${length} numbers is too long`);
  return Array.from({ length }, (_, at) => from + at * step);
}

function refusal(received: string, cause?: unknown): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot render the messages as the model's chat template refuses them: received ${received}`,
    { cause },
  );
}
