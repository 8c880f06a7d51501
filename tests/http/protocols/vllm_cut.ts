/**
 * What vLLM's bodies of two texts say of texts that are too long: the same at each of their paths.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

/** Asserts that a path cuts a long text as its body says, which is as the URL does, and refuses other lengths. */
export async function assertCut(
  path: string,
  fieldsOf: (long: string) => object,
): Promise<void> {
  const long = " good".repeat(40);
  const fake = fakeApp({ model: { context: 8 } });
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const post = async (more: object, query = "") => {
    const body = JSON.stringify({ ...fieldsOf(long), ...more });
    const response = await fake.app.request(`${path}${query}`, { ...init, body });
    return { status: response.status, reply: await response.json() };
  };
  assert.equal((await post({})).status, 422);
  const { status, reply } = await post({ truncate_prompt_tokens: -1, truncation_side: "right" });
  assert.equal(status, 200, JSON.stringify(reply));
  assert.deepEqual(reply.truncated, [true]);
  assert.deepEqual(reply.token_rewards, (await post({}, "?truncate=right")).reply.token_rewards);
  for (
    const [more, message] of [
      [{ truncate_prompt_tokens: 4 }, /truncate_prompt_tokens must be -1, the model's context/],
      [{ truncation_side: "left" }, /truncation_side must be right: truncate=left in the URL/],
    ] as const
  ) {
    const refused = await post(more);
    assert.equal(refused.status, 400);
    assert.match(refused.reply.error.message, message);
  }
}
