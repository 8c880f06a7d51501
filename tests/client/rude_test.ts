/**
 * The client against a real socket and a rude server behind it.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as client from "../../src/client/mod.ts";
import { outcomesOf } from "./outcomes.js";
import { serveRudely } from "./rude_server.ts";
import { expectedOutcomes, manners, stories, storyItems } from "./stories.ts";

Deno.test("in Deno every rudeness has its outcome, and no number is invented", async () => {
  await using server = serveRudely(manners);
  const names = [...stories.keys()];
  const outcomes = await outcomesOf(client, { url: server.url, stories: names, items: storyItems });
  assert.deepEqual(outcomes, await expectedOutcomes(names));
});
