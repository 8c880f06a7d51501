/**
 * The client in a real Chromium: the very files of the package, against the rude server.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../src/client/package/build.ts";
import { launchBrowser, missingBrowser } from "../e2e/page/browser.ts";
import { testWhere } from "../support/test_where.ts";
import { type Answered, serveRudely } from "./rude_server.ts";
import { expectedOutcomes, manners, stories, storyItems } from "./stories.ts";

/** Stories in which a browser sees something else, and what comes of them there. */
const seenByBrowsers: Readonly<Record<string, string>> = {
  // A head that was cut off after its status counts as a whole one.
  "gone-in-head": "protocol 200 1",
  // Of a redirect that is not followed, pages are not even told the status.
  moved: "protocol - 1",
};

/** A page, the package and the file of the stories, all of the server's own origin. */
function filesOf(built: string) {
  return async (path: string): Promise<Answered | undefined> => {
    if (path === "/") return { headers: { "content-type": "text/html" }, body: "<!doctype html>" };
    const headers = { "content-type": "text/javascript" };
    const name = /^\/-\/(\w+\.js)$/.exec(path)?.[1];
    if (name === undefined) return undefined;
    const file = name === "outcomes.js"
      ? fileURLToPath(new URL("outcomes.js", import.meta.url))
      : join(built, name);
    return { headers, body: await Deno.readFile(file) };
  };
}

testWhere({
  name: "in Chromium the package has every outcome that it has in Deno",
  missing: missingBrowser(),
  async fn() {
    const built = await Deno.makeTempDir();
    const browser = await launchBrowser();
    try {
      await buildPackage(built);
      await using server = serveRudely(manners, filesOf(built));
      const names = [...stories.keys()];
      const page = await browser.newPage();
      await page.goto(server.url);
      const outcomes = await page.evaluate(async (told) => {
        const client = await import(`${told.url}/-/mod.js`);
        const { outcomesOf } = await import(`${told.url}/-/outcomes.js`);
        return await outcomesOf(client, told);
      }, { url: server.url, stories: names, items: storyItems });
      assert.deepEqual(outcomes, { ...await expectedOutcomes(names), ...seenByBrowsers });
    } finally {
      await browser.close();
      await Deno.remove(built, { recursive: true });
    }
  },
});
