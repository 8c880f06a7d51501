/**
 * Messages as callers write them: `role` and `content`, and whatever else a chat template may read
 * (`name`, `tool_calls`, `tool_call_id`, `reasoning_content`).
 *
 * As in transformers, a key that is null counts as absent: Arrow writes every column of a table into
 * every message. The parts of a content that is a list are joined, since a template that was written
 * for text would print the list.
 *
 * @module
 */

import { z } from "zod";
import type { Message } from "../text/sample.ts";
import { list, text } from "./fields.ts";
import type { WireLimits } from "./limits.ts";

/** UTF-16 units of a role's name. */
const MOST_ROLE = 64;

/** Parts of one content. */
const MOST_PARTS = 4_096;

/** What a message may hold beside role and content: values in all, and lists and objects in another. */
const MOST_VALUES = 65_536;
const DEEPEST = 64;

/** Keys of which one is enough for a message without content: an answer that only calls a tool. */
const standIns = ["tool_calls", "function_call", "reasoning_content", "thinking", "reasoning"];

/** A message; {@linkcode messageOf} makes of it what templates read. */
export function messageSchema(limits: WireLimits) {
  return z.looseObject({
    role: text({ ...limits, charactersPerText: MOST_ROLE }).min(1).meta({
      description: "Who speaks, in the words of the model's chat template.",
      examples: ["user"],
    }),
    content: contentSchema(limits).nullish().meta({
      description: "What is said. It may be absent beside tool_calls.",
    }),
  }).superRefine(requireContent).superRefine((message, context) => {
    const { role: _, content: __, ...more } = message;
    const fault = new ValueReader(limits).fault(more);
    if (fault !== undefined) context.addIssue({ code: "custom", ...fault });
  }).meta({
    description: "One turn. Other keys go to the chat template as they are, null ones excepted, " +
      "which count as absent.",
  });
}

/** A message, read. */
export type WrittenMessage = z.output<ReturnType<typeof messageSchema>>;

/** A message as chat templates read it: without null keys, its parts joined. */
export function messageOf({ role, ...more }: WrittenMessage): Message {
  const keys = Object.entries(more).filter(([, value]) => value !== null && value !== undefined);
  const plain = keys.map(([key, value]) => [key, key === "content" ? joined(value) : value]);
  return { role, ...Object.fromEntries(plain) };
}

function joined(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map(({ text }: { text: string }) => text).join("");
}

function contentSchema(limits: WireLimits) {
  const part = z.looseObject({
    type: z.literal("text", { error: "must be 'text', as the model reads nothing else" }).meta({
      description: "What the part is.",
    }),
    text: text(limits).meta({ description: "What is said." }),
  }).superRefine(({ type: _, text: __, ...more }, context) => {
    const [key] = Object.entries(more).find(([, value]) => value !== null) ?? [];
    if (key === undefined) return;
    const message = "must be null or absent, as the parts of a content are joined";
    context.addIssue({ code: "custom", path: [key], message });
  });
  const parts = list(part, { max: MOST_PARTS }).meta({ description: "Parts, which are joined." });
  return z.union([text(limits), parts], { error: "must be a string or a list of text parts" });
}

function requireContent(
  message: { content?: unknown; [key: string]: unknown },
  context: z.RefinementCtx,
): void {
  if ((message.content ?? null) !== null) return;
  if (standIns.some((key) => (message[key] ?? null) !== null)) return;
  const error = "must be a string or a list of text parts";
  context.addIssue({ code: "custom", path: ["content"], message: error });
}

/** Where a value is wrong, and how. */
interface ValueFault {
  readonly path: PropertyKey[];
  readonly message: string;
  readonly params?: { readonly tooLarge: true };
}

/** Reads values that go to a template as they are: what JSON can say, within limits. */
class ValueReader {
  readonly #limits: WireLimits;
  #values = 0;

  constructor(limits: WireLimits) {
    this.#limits = limits;
  }

  /** The first fault of a value, undefined where it has none. */
  fault(value: unknown, path: PropertyKey[] = []): ValueFault | undefined {
    if (++this.#values > MOST_VALUES) {
      return tooLarge([], `must hold at most ${MOST_VALUES} values`);
    }
    if (path.length > DEEPEST) return tooLarge(path, `must be at most ${DEEPEST} levels deep`);
    if (typeof value === "string") return this.#textFault(value, path);
    if (isScalar(value)) return undefined;
    if (!isContainer(value)) return { path, message: "must be a value that JSON can write" };
    return Array.isArray(value) ? this.#listFault(value, path) : this.#objectFault(value, path);
  }

  #textFault(value: string, path: PropertyKey[]): ValueFault | undefined {
    const { charactersPerText: most } = this.#limits;
    if (value.length > most) return tooLarge(path, `must have at most ${most} characters`);
    return value.isWellFormed() ? undefined : { path, message: "must be well-formed Unicode" };
  }

  #listFault(values: readonly unknown[], path: PropertyKey[]): ValueFault | undefined {
    for (const [at, value] of values.entries()) {
      const fault = this.fault(value, [...path, at]);
      if (fault !== undefined) return fault;
    }
  }

  #objectFault(value: object, path: PropertyKey[]): ValueFault | undefined {
    for (const [key, inner] of Object.entries(value)) {
      const fault = this.#textFault(key, path) ?? this.fault(inner, [...path, key]);
      if (fault !== undefined) return fault;
    }
  }
}

function tooLarge(path: PropertyKey[], message: string): ValueFault {
  return { path, message, params: { tooLarge: true } };
}

function isScalar(value: unknown): boolean {
  return value === null || value === undefined || typeof value === "boolean" ||
    typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
}

/** Lists, and objects that are nothing but their keys. */
function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
