/**
 * Lists that come from callers and may be long and wrong.
 *
 * @module
 */

import { z } from "zod";

/** How long a list may be, and a short way to see that an element is right. */
export interface ListOptions {
  /** The fewest elements. @default 0 */
  readonly min?: number;
  /** The most elements. */
  readonly max: number;
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
  { min = 0, max, isElement = () => false }: ListOptions,
): z.ZodType<Element[], Element[]> {
  const { $schema: _, ...items } = z.toJSONSchema(element, { io: "input" });
  const checked = z.array(z.unknown()).min(min, { abort: true }).max(max, { abort: true })
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
