/**
 * A pull in a process of its own, for the test that kills it: prints the bytes that are there.
 *
 * @module
 */

import { pullModel } from "../../../src/model/hub/pull_model.ts";

const [hubUrl = "", into = ""] = Deno.args;
await pullModel("owner/reward", {
  hubUrl,
  into,
  onProgress: ({ doneBytes }) => Deno.stdout.writeSync(new TextEncoder().encode(`${doneBytes}\n`)),
});
