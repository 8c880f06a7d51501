/**
 * Turn: a conversation rendered with the completion as the assistant's next turn, and the place of the
 * completion in the text.
 *
 * A short completion may occur anywhere (`end` is part of `<|im_end|>`), so the text is not searched for
 * it. The conversation is rendered a second time with a marker in the completion's place, and the text
 * before and behind the marker is the envelope of the completion.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ChatTemplate } from "./chat_template.ts";
import type { Message } from "./sample.ts";

/** A rendered conversation. Positions are in UTF-16 units. */
export interface Turn {
  readonly text: string;
  /** The start of the completion in the text. */
  readonly start: number;
  readonly end: number;
  /** How much of the completion's own start the template trimmed. */
  readonly trimmed: number;
}

/** The text around the marker. */
interface TurnEnvelope {
  readonly before: string;
  readonly behind: string;
}

/** Renders turns. It keeps the envelope of every conversation, so use one renderer per batch. */
export class TurnRenderer {
  readonly #template: ChatTemplate;
  /** Random, so that no caller can use it, and of private characters that no template changes. */
  readonly #marker = `\uF8D0${crypto.randomUUID()}\uF8D1`;
  readonly #envelopes = new Map<readonly Message[], TurnEnvelope | undefined>();

  constructor(template: ChatTemplate) {
    this.#template = template;
  }

  /**
   * @param messages the conversation; its envelope is kept by identity
   * @throws {AbacusError} `invalid_request` where the template refuses the conversation, or changes
   * the completion by more than trimming it
   */
  render(messages: readonly Message[], completion: string): Turn {
    const text = this.#write(messages, completion);
    const envelope = this.#envelope(messages);
    const turn = findEnclosed(text, completion, envelope) ??
      findBlank(text, completion, envelope) ??
      this.#findMarked(text, completion, messages);
    if (turn === undefined) throw alteration(completion, text);
    return turn;
  }

  #write(messages: readonly Message[], completion: string): string {
    return this.#template.render([...messages, { role: "assistant", content: completion }]);
  }

  /** The parts of the text around a marker behind `completion`; none where the template refuses. */
  #writeMarked(messages: readonly Message[], completion: string): string[] {
    try {
      return this.#write(messages, completion + this.#marker).split(this.#marker);
    } catch (error) {
      if (error instanceof AbacusError) return [];
      throw error;
    }
  }

  #envelope(messages: readonly Message[]): TurnEnvelope | undefined {
    if (!this.#envelopes.has(messages)) {
      const [before, behind, ...more] = this.#writeMarked(messages, "");
      const single = before !== undefined && behind !== undefined && more.length === 0;
      this.#envelopes.set(messages, single ? { before, behind } : undefined);
    }
    return this.#envelopes.get(messages);
  }

  /**
   * For templates that treat this completion differently from the marker, such as one that separates
   * reasoning from the answer: a marker right behind the completion shows where it ends.
   */
  #findMarked(text: string, completion: string, messages: readonly Message[]): Turn | undefined {
    const [, ...parts] = this.#writeMarked(messages, completion);
    const behind = parts.at(-1);
    if (behind === undefined || !text.endsWith(behind)) return undefined;
    const end = text.length - behind.length;
    for (const part of trimmings(completion)) {
      const start = end - part.length;
      if (part === "" || !text.startsWith(part, start)) continue;
      return { text, start, end, trimmed: completion.indexOf(part) };
    }
    return undefined;
  }
}

/** The completion inside its envelope, whole or trimmed. */
function findEnclosed(text: string, completion: string, envelope?: TurnEnvelope): Turn | undefined {
  if (
    envelope === undefined || !text.startsWith(envelope.before) || !text.endsWith(envelope.behind)
  ) {
    return undefined;
  }
  const start = envelope.before.length;
  const end = text.length - envelope.behind.length;
  if (end < start) return undefined;
  const kept = text.slice(start, end);
  const trimmed = completion.indexOf(kept);
  if (trimmed < 0) return undefined;
  const dropped = completion.slice(0, trimmed) + completion.slice(trimmed + kept.length);
  return isBlank(dropped) ? { text, start, end, trimmed } : undefined;
}

/**
 * A completion of only space, of which the template kept nothing and maybe not even the envelope: its
 * place is where the text differs from the envelope.
 */
function findBlank(text: string, completion: string, envelope?: TurnEnvelope): Turn | undefined {
  if (!isBlank(completion)) return undefined;
  const before = envelope?.before ?? text;
  let start = 0;
  while (start < before.length && start < text.length && before[start] === text[start]) start++;
  // Not between the halves of a surrogate pair.
  if (!text.slice(0, start).isWellFormed()) start--;
  return { text, start, end: start, trimmed: 0 };
}

/** What templates keep of a completion, the longest first. */
function trimmings(completion: string): string[] {
  return [completion, completion.trimStart(), completion.trimEnd(), completion.trim()];
}

/** Whether all is space to Python's strip or JavaScript's trim, which differ in a few characters. */
function isBlank(text: string): boolean {
  // deno-lint-ignore no-control-regex -- Python strips the separators U+001C to U+001F
  return /^[\s\x1c-\x1f\x85]*$/.test(text);
}

function alteration(completion: string, text: string): AbacusError {
  const excerpt = JSON.stringify(text.slice(-200));
  return new AbacusError(
    "invalid_request",
    "Cannot find the completion in the rendered messages as the model's chat template does more " +
      `to it than trim it: received ${JSON.stringify(completion.slice(0, 80))}, which renders as ` +
      `a text that ends in ${excerpt}`,
    { path: "completion" },
  );
}
