/**
 * A request as protocols find it: its body as it was read, and its URL taken apart.
 *
 * @module
 */

import type { Context } from "hono";
import { AbacusError } from "../errors.ts";
import { describe } from "../wire/explain.ts";
import type { ProtocolRequest } from "./protocols/protocol.ts";
import type { AppEnv } from "./route.ts";

/** Most protocols do not read the URL, so it is taken apart for those that do. */
export class ParsedRequest implements ProtocolRequest<unknown> {
  readonly #context: Context<AppEnv>;

  constructor(readonly body: unknown, context: Context<AppEnv>) {
    this.#context = context;
  }

  /** Values of the path's pattern. */
  get params(): Readonly<Record<string, string>> {
    return this.#context.req.param();
  }

  /**
   * The query string.
   *
   * @throws {AbacusError} `invalid_request` where it says something twice
   */
  get query(): Readonly<Record<string, string>> {
    const { req } = this.#context;
    for (const [name, values] of Object.entries(req.queries())) requireOnce(name, values);
    return req.query();
  }
}

/** Of two values one would be ignored. */
function requireOnce(name: string, values: readonly string[]): void {
  if (values.length === 1) return;
  const [first, second] = values.map(describe);
  throw new AbacusError(
    "invalid_request",
    `Cannot read the URL as it may say ${name} once: received ${first} and ${second}`,
    { path: name },
  );
}
