/**
 * Turn: a conversation rendered with the completion as the assistant's next turn, and the place in
 * the text where the completion stands.
 *
 * A short completion may occur anywhere (`end` is part of `<|im_end|>`), so it is never searched for
 * by itself: the same conversation is rendered with a marker in its place, and what stands before
 * and behind the marker frames the completion.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ChatTemplate } from "./chat_template.ts";
import type { Message } from "./sample.ts";

/** A rendered conversation. Places count UTF-16 units. */
export interface Turn {
  readonly text: string;
  /** Where in the text the completion starts. */
  readonly start: number;
  readonly end: number;
  /** How much of the completion's own start the template trimmed. */
  readonly trimmed: number;
}

/** The text around the marker. */
interface Frame {
  readonly before: string;
  readonly behind: string;
}

/** Renders turns; keeps the frame of every conversation it has seen, so use one per batch. */
export class TurnRenderer {
  readonly #template: ChatTemplate;
  /** No caller can guess it, and no template has a reason to touch it. */
  readonly #marker = `\uF8D0${crypto.randomUUID()}\uF8D1`;
  readonly #frames = new Map<readonly Message[], Frame | undefined>();

  constructor(template: ChatTemplate) {
    this.#template = template;
  }

  /**
   * @param messages the conversation; its identity is what its frame is kept by
   * @throws {AbacusError} `invalid_request` where the template refuses the conversation, or does
   * more to the completion than trim it.
   */
  render(messages: readonly Message[], completion: string): Turn {
    const text = this.#write(messages, completion);
    const frame = this.#frame(messages);
    const turn = findFramed(text, completion, frame) ??
      findBlank(text, completion, frame) ??
      this.#findMarked(text, completion, messages);
    if (turn === undefined) throw alteration(completion, text);
    return turn;
  }

  #write(messages: readonly Message[], completion: string): string {
    return this.#template.render([...messages, { role: "assistant", content: completion }]);
  }

  /** The text around a marker in the completion's place, or nothing where it is refused. */
  #writeMarked(messages: readonly Message[], completion: string): string[] {
    try {
      return this.#write(messages, completion + this.#marker).split(this.#marker);
    } catch (error) {
      if (error instanceof AbacusError) return [];
      throw error;
    }
  }

  #frame(messages: readonly Message[]): Frame | undefined {
    if (!this.#frames.has(messages)) {
      const [before, behind, ...more] = this.#writeMarked(messages, "");
      const single = before !== undefined && behind !== undefined && more.length === 0;
      this.#frames.set(messages, single ? { before, behind } : undefined);
    }
    return this.#frames.get(messages);
  }

  /**
   * For templates that treat this completion otherwise than the marker (one that sorts reasoning
   * from the answer, say): a marker right behind the completion shows where it ends.
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

/** The completion between the text before and behind it, whole or trimmed. */
function findFramed(text: string, completion: string, frame?: Frame): Turn | undefined {
  if (frame === undefined || !text.startsWith(frame.before) || !text.endsWith(frame.behind)) {
    return undefined;
  }
  const start = frame.before.length;
  const end = text.length - frame.behind.length;
  if (end < start) return undefined;
  const kept = text.slice(start, end);
  const trimmed = completion.indexOf(kept);
  if (trimmed < 0) return undefined;
  const dropped = completion.slice(0, trimmed) + completion.slice(trimmed + kept.length);
  return isBlank(dropped) ? { text, start, end, trimmed } : undefined;
}

/**
 * A completion of nothing but space, of which the template left nothing and perhaps not even the
 * frame: it stands where the text departs from the framed one.
 */
function findBlank(text: string, completion: string, frame?: Frame): Turn | undefined {
  if (!isBlank(completion)) return undefined;
  const before = frame?.before ?? text;
  let start = 0;
  while (start < before.length && start < text.length && before[start] === text[start]) start++;
  // Never between the halves of a pair.
  if (!text.slice(0, start).isWellFormed()) start--;
  return { text, start, end: start, trimmed: 0 };
}

/** What templates leave of a completion, the longest first. */
function trimmings(completion: string): string[] {
  return [completion, completion.trimStart(), completion.trimEnd(), completion.trim()];
}

/** Whether it is space to Python's strip or JavaScript's trim, which differ in a few characters. */
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
