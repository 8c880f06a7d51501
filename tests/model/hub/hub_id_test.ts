import assert from "node:assert/strict";
import { isHubId } from "../../../src/model/hub/hub_id.ts";

const table: [id: string, passes: boolean][] = [
  ["owner/name", true],
  ["Owner-1/Llama-3.1-8B_reward.v2", true],
  ["gpt2", true],
  ["_private/name", true],
  ["", false],
  ["/", false],
  ["/name", false],
  ["owner/", false],
  ["a/b/c", false],
  [".", false],
  ["..", false],
  ["../name", false],
  ["owner/..", false],
  ["owner/a..b", false],
  ["owner/.hidden", false],
  ["owner\\name", false],
  ["owner/na me", false],
  ["owner/name\n", false],
  ["owner/name@main", false],
  [`owner/${"x".repeat(97)}`, false],
  ["https://huggingface.co/owner/name", false],
];

for (const [id, passes] of table) {
  Deno.test(`${JSON.stringify(id)} ${passes ? "may be" : "cannot be"} a model of the hub`, () => {
    assert.equal(isHubId(id), passes);
  });
}
