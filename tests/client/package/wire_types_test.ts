/**
 * The types of the package against those that zod gives to the repository.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wireTypes } from "../../../src/client/package/build.ts";

const wire = fileURLToPath(new URL("../../../src/wire", import.meta.url));

/** A program whose types agree only if those of both sides are the same. */
const comparison = `
import type { ErrorBody } from "${wire}/error.ts";
import type { ModelsReply } from "${wire}/models.ts";
import type { CompletionReply, RewardReply } from "${wire}/reply.ts";
import type { RewardRequestInput } from "${wire}/request.ts";
import type * as changed from "./changed.ts";
import type * as printed from "./wire.ts";

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : "too narrow" : "too wide";

export const same: [
  Same<ErrorBody, printed.ErrorBody>,
  Same<ModelsReply, printed.ModelsReply>,
  Same<CompletionReply, printed.CompletionReply>,
  Same<RewardReply, printed.RewardReply>,
  Same<RewardRequestInput, printed.RewardRequestInput>,
] = [true, true, true, true, true];

// @ts-expect-error the comparison can tell
export const different: Same<CompletionReply, changed.CompletionReply> = true;
`;

Deno.test("the printed types are those of the schemas, no wider and no narrower", async () => {
  // Within the repository, whose settings find zod, and where git does not look.
  const dir = fileURLToPath(new URL("../../../tmp", import.meta.url));
  await Deno.mkdir(dir, { recursive: true });
  const folder = await Deno.makeTempDir({ dir });
  try {
    const types = wireTypes();
    const changed = types.replace("truncated: boolean", "truncated: true");
    await Deno.writeTextFile(join(folder, "wire.ts"), types);
    await Deno.writeTextFile(join(folder, "changed.ts"), changed);
    await Deno.writeTextFile(join(folder, "comparison.ts"), comparison);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["check", join(folder, "comparison.ts")],
      env: { NO_COLOR: "1" },
    });
    const { success, stderr } = await command.output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
