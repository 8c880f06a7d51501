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
import { isBlank, type KeptPart, keptParts } from "./kept_parts.ts";
import type { Message } from "./sample.ts";

/** A rendered conversation. Positions are in UTF-16 units. */
export interface Turn {
  readonly text: string;
  /** The start of the completion in the text. */
  readonly start: number;
  readonly end: number;
  /** What of the completion stands there; nothing may, and the template may have written between. */
  readonly parts: readonly KeptPart[];
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
   * @throws {AbacusError} `invalid_request` where the template refuses the conversation, or writes
   * something else for the completion than what it leaves of it
   */
  render(messages: readonly Message[], completion: string): Turn {
    const text = this.#write(messages, completion);
    const envelope = this.#envelope(messages);
    const turn = this.#findEnclosed(text, completion, messages) ??
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

  /** The completion inside its envelope. */
  #findEnclosed(text: string, completion: string, messages: readonly Message[]): Turn | undefined {
    const envelope = this.#envelope(messages);
    if (envelope === undefined) return undefined;
    const { before, behind } = envelope;
    const [start, end] = [before.length, text.length - behind.length];
    if (end < start || !text.startsWith(before) || !text.endsWith(behind)) return undefined;
    const endIsKept = () => this.#writeMarked(messages, completion).length > 1;
    const parts = keptParts(text.slice(start, end), completion, endIsKept);
    return parts && turnOf(text, parts, start);
  }

  /**
   * For templates that treat this completion differently from the marker, such as one that separates
   * reasoning from the answer: a marker right behind the completion shows where it ends. Where it begins
   * is where as much of the text as the completion has characters that are no space begins.
   */
  #findMarked(text: string, completion: string, messages: readonly Message[]): Turn | undefined {
    const [, ...more] = this.#writeMarked(messages, completion);
    const behind = more.at(-1);
    if (behind === undefined || !text.endsWith(behind)) return undefined;
    const end = text.length - behind.length;
    const start = beginningOf(completion, text.slice(0, end));
    const parts = keptParts(text.slice(start, end), completion, () => true);
    return parts && turnOf(text, parts, start);
  }
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
  return { text, start, end: start, parts: [] };
}

/** Where the end of a text begins that has as many characters as `completion`, not counting space. */
function beginningOf(completion: string, text: string): number {
  let left = Array.from(completion).filter((character) => !isBlank(character)).join("").length;
  let at = text.length;
  while (at > 0 && left > 0) if (!isBlank(text[--at]!)) left--;
  const leading = completion.length - completion.trimStart().length;
  return text.slice(at - leading, at) === completion.slice(0, leading) ? at - leading : at;
}

/** A turn whose parts are counted from `start`. */
function turnOf(text: string, parts: readonly KeptPart[], start: number): Turn {
  const placed = parts.map((part) => ({ ...part, text: part.text + start }));
  const [first, last] = [placed[0], placed.at(-1)];
  if (first === undefined || last === undefined) return { text, start, end: start, parts: [] };
  return { text, start: first.text, end: last.text + last.length, parts: placed };
}

function alteration(completion: string, text: string): AbacusError {
  const excerpt = JSON.stringify(text.slice(-200));
  return new AbacusError(
    "invalid_request",
    "Cannot find the completion in the rendered messages as the model's chat template does more " +
      `to it than leave out space or one part of it: received ${
        JSON.stringify(completion.slice(0, 80))
      }, which renders as ` +
      `a text that ends in ${excerpt}`,
    { path: "completion" },
  );
}
