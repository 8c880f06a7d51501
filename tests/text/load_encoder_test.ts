/**
 * Encodings against transformers, case by case of tests/golden/text.json; what else a directory may
 * hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Encoding } from "../../src/text/encoding.ts";
import { goldenEncoder, readGolden, tokenizerNames } from "./golden.ts";

const golden = readGolden();

Deno.test("a plain sample has the tokens and spans that transformers gives", async (t) => {
  for (const name of tokenizerNames) {
    await t.step(name, async () => {
      const cases = golden.plain.filter((one) => one.tokenizer === name);
      assert.ok(cases.length > 15);
      const encoder = await goldenEncoder(name);
      const encodings = await encoder.encode(
        cases.map(({ prompt, completion_text: completion }) => ({
          kind: "plain",
          prompt,
          completion,
        })),
        "none",
      );
      cases.forEach((want, at) => compare(encodings[at], want));
    });
  }
});

Deno.test("a chat sample has the tokens and spans of what apply_chat_template renders", async (t) => {
  for (const [template, chatTemplate] of Object.entries(golden.templates)) {
    for (const name of ["byte", "llama"]) {
      await t.step(`${template} with ${name}`, async () => {
        const cases = golden.chat.filter((one) =>
          one.template === template && one.tokenizer === name
        );
        assert.ok(cases.length >= 9);
        const now = () => new Date(golden.moment);
        const encoder = await goldenEncoder(name, { chatTemplate, now });
        const encodings = await encoder.encode(
          cases.map(({ messages, completion_text: completion }) => ({
            kind: "chat",
            messages,
            completion,
          })),
          "none",
        );
        cases.forEach((want, at) => {
          if ("refused" in want) refuses(encodings[at], want.refused);
          else compare(encodings[at], want);
        });
      });
    }
  }
});

interface Wanted {
  readonly ids: readonly number[];
  readonly completion: readonly number[];
  readonly offsets: readonly (readonly number[])[];
  readonly completion_text: string;
}

function compare(got: Encoding | Error | undefined, want: Wanted): void {
  const about = JSON.stringify(want);
  if (want.ids.length === 0) return refuses(got, "at least one token");
  assert.ok(got !== undefined && !(got instanceof Error), `${got} for ${about}`);
  assert.deepEqual([...got.ids], want.ids, about);
  assert.deepEqual(got.completion, want.completion, about);
  assert.deepEqual(got.offsets, want.offsets, about);
  assert.deepEqual(got.closing, [want.completion[1], want.ids.length], about);
  assert.equal(got.pooled, want.ids.length - 1, about);
  assert.equal(got.completionLength, Array.from(want.completion_text).length, about);
  assert.equal(got.truncated, false);
}

function refuses(got: Encoding | Error | undefined, reason: string): void {
  assert.ok(got instanceof Error, `an encoding where transformers says ${reason}`);
  assert.ok(got.message.includes(reason), `${got.message} for ${reason}`);
}
