/**
 * The choice of a model where a server has several, and what a mixture's answer shows.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Batcher } from "../../../src/batch/batcher.ts";
import type { ServedModel, ServedModels } from "../../../src/http/backend.ts";
import { ModelSet } from "../../../src/model/model_set.ts";
import { createMixture } from "../../../src/scorer/mixture.ts";
import { createScorer } from "../../../src/scorer/scorer.ts";
import { fakeModel, type FakeModelOptions } from "../../support/fake_model.ts";
import { visit } from "./browser.ts";
import { score, scoredVisit, scoresOf, type Stories, twoTexts } from "./hands.ts";

/** The stories of this page. */
export const choosing: Stories = new Map();

/** Two models, the second without a causal mask, and a mixture of them. */
function several(): ServedModels {
  const one = (options: FakeModelOptions) => {
    const model = fakeModel({ context: 256, ...options });
    return { model, batcher: new Batcher(model.engine) };
  };
  const members = [one({ name: "help" }), one({ name: "safe", attention: "bidirectional" })];
  const served = members.map(({ model, batcher }): ServedModel => (
    { model, batcher, scorer: createScorer(model, batcher) }
  ));
  const weighed = members.map((member) => ({ ...member, weight: 0.5 }));
  // Its members own what there is to dispose of.
  const model = { name: "both", async [Symbol.asyncDispose]() {} };
  const mixture = { model, scorer: createMixture("both", weighed) };
  return new ModelSet<ServedModel>([...served, mixture]);
}

const methodsOf = (page: Page) => page.locator("#method option").allTextContents();

choosing.set("a server of one model leaves nothing to choose", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page, requests } = opened;
  assert.equal(await page.locator("#model-field").isVisible(), false);
  assert.equal(requests[0]?.model, undefined);
});

choosing.set(
  "another model answers as soon as it is chosen, and says what it can",
  async (browser) => {
    await using opened = await scoredVisit(browser, { app: { models: several() } });
    const { page, requests } = opened;
    assert.deepEqual(
      await page.locator("#model-choice option").allTextContents(),
      ["help", "safe", "both"],
    );
    assert.ok((await methodsOf(page)).includes("red"));
    await page.selectOption("#model-choice", "safe");
    await page.locator("#timing", { hasText: /^safe ·/ }).waitFor();
    assert.deepEqual(requests.map(({ model }) => model), ["help", "safe"]);
    assert.match(await page.locator("#model").textContent() ?? "", /^safe ·/);
    assert.ok(!(await methodsOf(page)).includes("red"), "it has no causal mask");
    assert.match(await page.locator("#curl").textContent() ?? "", /"model":"safe"/);
  },
);

choosing.set("a mixture shows its rule and what its members say", async (browser) => {
  await using opened = await scoredVisit(browser, { app: { models: several() } });
  const { page } = opened;
  await page.selectOption("#model-choice", "both");
  await page.locator("#timing", { hasText: /^both ·/ }).waitFor();
  assert.match(await page.locator("#model").textContent() ?? "", /^both · .*help.*safe/);
  const members = await page.locator(".members").allTextContents();
  assert.equal(members.length, twoTexts.completions.length);
  for (const text of members) assert.match(text, /^Members: help [+−]\d.*, safe [+−]\d/);
});

choosing.set(
  "a link opens with its model, and with the default where that is not served",
  async (browser) => {
    await using opened = await scoredVisit(browser, { app: { models: several() } });
    const { page, url } = opened;
    await page.selectOption("#model-choice", "safe");
    await page.locator("#timing", { hasText: /^safe ·/ }).waitFor();
    const hash = new URL(page.url()).hash;
    const scores = await scoresOf(page);
    await using again = await visit(browser, { app: { models: several() }, path: `/${hash}` });
    await again.page.locator("#timing", { hasText: /^safe ·/ }).waitFor();
    assert.deepEqual(await scoresOf(again.page), scores);
    assert.notEqual(again.url, url);
    await using alone = await visit(browser, { path: `/${hash}` });
    await alone.page.locator(".token").first().waitFor();
    assert.equal(alone.requests[0]?.model, undefined);
  },
);

choosing.set("a method that the next model lacks gives way to its own default", async (browser) => {
  await using opened = await scoredVisit(browser, {
    app: { models: several() },
  });
  const { page } = opened;
  await page.selectOption("#method", "red");
  await page.locator("#form[aria-busy='false']").waitFor();
  await page.selectOption("#model-choice", "safe");
  await page.locator("#timing", { hasText: /^safe ·/ }).waitFor();
  assert.notEqual(await page.locator("#method").inputValue(), "red");
  await score(page);
});
