/**
 * The fields that requests are made of: texts, token ids, spans, and objects without unknown keys.
 *
 * @module
 */

import { z } from "zod";
import type { WireLimits } from "./limits.ts";

/** The largest id that any vocabulary could have. */
const MOST_ID = 2 ** 31 - 1;

/** A text that UTF-8 can carry: no half of a surrogate pair stands alone. */
export function text({ charactersPerText: max }: WireLimits): z.ZodString {
  return z.string().max(max, { abort: true }).refine((value) => value.isWellFormed(), {
    error: "must be well-formed Unicode (half of a surrogate pair stands alone)",
  });
}

/** A list of texts. */
export function texts(
  limits: WireLimits,
  { min = 1, max, tooMany }: Pick<ListOptions, "min" | "max" | "tooMany">,
): z.ZodType<string[], string[]> {
  const { charactersPerText } = limits;
  const isElement = (value: unknown) =>
    typeof value === "string" && value.length <= charactersPerText && value.isWellFormed();
  return list(text(limits), { min, max, tooMany, isElement });
}

/** A list of token ids, which may be empty. */
export function tokenIds({ tokensPerList: max }: WireLimits): z.ZodType<number[], number[]> {
  const isElement = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_ID;
  return list(z.int().min(0).max(MOST_ID), { max, isElement });
}

/** A list of spans, which may be empty. */
export function spans(
  { tokensPerList: max }: WireLimits,
): z.ZodType<[number, number][], [number, number][]> {
  const isElement = (value: unknown) => {
    if (!Array.isArray(value) || value.length !== 2) return false;
    const [start, end] = value;
    return Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end &&
      end <= MOST_ID;
  };
  return list(span(), { max, isElement });
}

/** A half-open range of code points. */
function span() {
  const position = () => z.int().min(0).max(MOST_ID);
  return z.tuple([position(), position()], { error: "must be [start, end]" }).refine(
    ([start, end]) => start <= end,
    {
      error: "must not end before it starts",
    },
  );
}

/** An object with these keys and no others; the error for another names them. */
export function record<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys" ? `has an unknown key (its keys are ${keys})` : undefined,
  });
}

/** How long a list may be, and a short way to see that an element is right. */
export interface ListOptions {
  /** The fewest elements. @default 0 */
  readonly min?: number;
  /** The most elements. */
  readonly max: number;
  /** What is wrong with more, where it is no matter of size, as in "must be a pair". */
  readonly tooMany?: string | undefined;
  /** True only for values that `element` accepts; saves parsing each of a million. */
  readonly isElement?: (value: unknown) => boolean;
}

/**
 * A list of `element`s that is read up to the first fault. Zod's own array reports every fault,
 * which for a few megabytes of wrong numbers takes seconds and more than a gigabyte.
 *
 * @param element what a member is; one that changes nothing (no default, no transform)
 */
export function list<Element>(
  element: z.ZodType<Element>,
  { min = 0, max, tooMany, isElement = () => false }: ListOptions,
): z.ZodType<Element[], Element[]> {
  const { $schema: _, ...items } = z.toJSONSchema(element, { io: "input" });
  const most = { abort: true, ...(tooMany === undefined ? {} : { error: tooMany }) };
  const checked = z.array(z.unknown()).min(min, { abort: true }).max(max, most)
    .superRefine((values, context) => {
      const wrong = values.findIndex((value) => !isElement(value) && !accepts(element, value));
      if (wrong < 0) return;
      for (const issue of element.safeParse(values[wrong]).error?.issues ?? []) {
        const path = [wrong, ...issue.path];
        // The spread of a union of issues is still one of them, which its type no longer says.
        context.issues.push({ ...issue, path, input: values[wrong] } as z.core.$ZodRawIssue);
      }
    }).meta({ items });
  // Every member has been accepted by `element`, which the type of an unknown list cannot say.
  return checked as unknown as z.ZodType<Element[], Element[]>;
}

function accepts(element: z.ZodType, value: unknown): boolean {
  return element.safeParse(value).success;
}
