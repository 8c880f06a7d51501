/**
 * Tests that need something a machine may lack. This is the only place that skips tests, so that
 * every skipped one says why in its name.
 *
 * @module
 */

/** A test, and what it needs that is not here. */
export interface ConditionalTest {
  readonly name: string;
  /** Why the test cannot run on this machine; undefined where it can. */
  readonly missing: string | undefined;
  readonly fn: (context: Deno.TestContext) => void | Promise<void>;
}

/** Registers the test, or the reason why it is skipped. */
export function testWhere({ name, missing, fn }: ConditionalTest): void {
  if (missing === undefined) Deno.test(name, fn);
  else Deno.test({ name: `${name} (skipped: ${missing})`, ignore: true, fn });
}
