/**
 * The client in a real Chromium: the very files of the package, against the rude server.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { buildPackage } from "../../src/client/package/build.ts";
import { serveHttp } from "../../src/http/serve.ts";
import { launchBrowser, missingBrowser } from "../e2e/page/browser.ts";
import { fakeApp } from "../http/fake_app.ts";
import { testWhere } from "../support/test_where.ts";
import { type Answered, serveRudely } from "./rude_server.ts";
import { expectedOutcomes, manners, stories, storyItems } from "./stories.ts";

/** Stories in which a browser sees something else, and what comes of them there. */
const seenByBrowsers: Readonly<Record<string, string>> = {
  // A head that was cut off after its status counts as a whole one.
  "gone-in-head": "protocol 200 1",
  // Of a redirect that is not followed, pages do not see the status.
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

/** A page in a browser of its own, with the package at `/-/`. */
async function openPage(): Promise<
  AsyncDisposable & { readonly page: Page; readonly url: string }
> {
  const built = await Deno.makeTempDir();
  await buildPackage(built);
  const browser = await launchBrowser();
  const server = serveRudely(manners, filesOf(built));
  const page = await browser.newPage();
  await page.goto(server.url);
  return {
    page,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await Deno.remove(built, { recursive: true });
    },
  };
}

/** The app on a socket, for pages of any origin that have its key. */
function serveApp(): AsyncDisposable & { readonly url: string } {
  const { app } = fakeApp({ settings: { corsOrigins: ["*"], apiKey: "sk-right" } });
  const stop = new AbortController();
  const { url, finished } = serveHttp(app, { hostname: "127.0.0.1", port: 0, signal: stop.signal });
  return {
    url,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await finished;
    },
  };
}

testWhere({
  name: "the package in Chromium",
  missing: missingBrowser(),
  async fn(context) {
    await using opened = await openPage();
    const { page, url } = opened;
    await context.step("has every outcome that it has in Deno", async () => {
      const names = [...stories.keys()];
      const outcomes = await page.evaluate(async (plan) => {
        const client = await import(`${plan.url}/-/mod.js`);
        const { outcomesOf } = await import(`${plan.url}/-/outcomes.js`);
        return await outcomesOf(client, plan);
      }, { url, stories: names, items: storyItems });
      assert.deepEqual(outcomes, { ...await expectedOutcomes(names), ...seenByBrowsers });
    });

    await context.step("asks a server of another origin, with its key and without", async () => {
      await using server = serveApp();
      const plan = { url, server: server.url, items: storyItems };
      const [scored, refused] = await page.evaluate(async ({ url, server, items }) => {
        const { RewardClient } = await import(`${url}/-/mod.js`);
        const right = new RewardClient({ url: server, apiKey: "sk-right" });
        const wrong = new RewardClient({ url: server, apiKey: "sk-wrong" });
        const { items: scored } = await right.score(items);
        const { kind, status, requestId, attempts } = await wrong.score(items)
          .catch((error: unknown) => error);
        return [`scored ${JSON.stringify(scored)}`, { kind, status, requestId, attempts }] as const;
      }, plan);
      assert.deepEqual(scored, (await expectedOutcomes(["good"])).good);
      assert.match(refused.requestId, /^[\w-]{8,}$/);
      assert.deepEqual({ ...refused, requestId: "" }, {
        kind: "unauthorized",
        status: 401,
        requestId: "",
        attempts: 1,
      });
    });
  },
});
