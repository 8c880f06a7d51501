/**
 * From a value that a caller sent to a typed one, or to an error that says where it is wrong, what
 * was expected and what was received.
 *
 * @module
 */

import type { z } from "zod";
import { AbacusError } from "../errors.ts";
import { explain, type Fault } from "./explain.ts";

/** How errors name the value. */
export interface ParseOptions {
  /** What the value is, as in "Cannot read the request". @default "the request" */
  readonly what?: string;
}

/**
 * Reads `value` as `schema` says.
 *
 * @throws {AbacusError} `invalid_request` with the `path` of the first fault, or `too_large` where a
 * list or a text is longer than the limits
 *
 * @example Reading a request
 * ```ts
 * import { parseWire } from "./parse.ts";
 * import { rewardRequestSchema } from "./request.ts";
 * import assert from "node:assert/strict";
 *
 * const schema = rewardRequestSchema();
 * const request = parseWire(schema, { items: [{ prompt: "Hi", completions: [" there"] }] });
 * assert.deepEqual(request.credit, { beta: 0.8 }); // the model decides on the method
 * assert.throws(() => parseWire(schema, { items: [] }), { path: "items" });
 * ```
 */
export function parseWire<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { what = "the request" }: ParseOptions = {},
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusal(explain(result.error.issues, value), what);
}

function refusal({ path, fault, received, kind }: Fault, what: string): AbacusError {
  const subject = path === "" ? "it" : path;
  return new AbacusError(
    kind,
    `Cannot read ${what} as ${subject} ${fault}: received ${received}`,
    path === "" ? {} : { path },
  );
}
