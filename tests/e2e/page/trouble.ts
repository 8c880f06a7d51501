/**
 * What the page says when something is not as it should be.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { ServedModels } from "../../../src/http/backend.ts";
import { fakeApp } from "../../http/fake_app.ts";
import { visit } from "./browser.ts";
import { score, scoredVisit, scoresOf, type Stories, write } from "./hands.ts";

/** The stories of this page. */
export const trouble: Stories = new Map();

trouble.set(
  "a text that is too long is explained and marked, and truncation mends it",
  async (browser) => {
    await using opened = await visit(browser, {
      app: { model: { context: 16 } },
      expected: /status of 422/,
    });
    const { page } = opened;
    await write(page, { prompt: "a", completions: ["fine", "word ".repeat(40)] });
    await page.click("#score");
    const problem = page.locator("#problem");
    await problem.locator("h2").waitFor();
    const text = await problem.textContent() ?? "";
    for (
      const part of [
        "That is longer than the model can read",
        "16 tokens",
        "too_long",
        "items[0].completions[1]",
      ]
    ) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.deepEqual(
      await page.locator("#completions textarea").evaluateAll((areas) =>
        areas.map((area) => area.getAttribute("aria-invalid"))
      ),
      ["false", "true"],
    );
    await page.click("text=Options");
    await page.selectOption("#truncate", "right");
    await score(page);
    assert.equal(await problem.textContent(), "");
    assert.match(
      await page.locator("#cards > li").nth(1).locator(".warning").textContent() ?? "",
      /^Truncated/,
    );
  },
);

trouble.set("a failing model leaves the last answer standing", async (browser) => {
  await using opened = await scoredVisit(browser, { expected: /status of 500/ });
  const { page, fake } = opened;
  fake.model.engine.fail(new Error("inside"));
  await page.selectOption("#method", "red");
  await page.locator("#problem h2").waitFor();
  assert.match(
    await page.locator("#problem").textContent() ?? "",
    /The model could not score this.*model_failure/,
  );
  assert.equal(await page.locator("#method").inputValue(), "abc");
  assert.equal((await scoresOf(page)).length, 2);
});

trouble.set("little attention and none at all are said", async (browser) => {
  await using opened = await visit(browser, {
    app: {
      engine: {
        attention: (ids) =>
          Array.from(
            ids,
            (_, t) =>
              t === 0 ? (ids.length > 6 ? 0.95 : 1) : ids.length > 6 ? 0.05 / (ids.length - 1) : 0,
          ),
      },
    },
  });
  const { page } = opened;
  await write(page, { prompt: "a b c", completions: [" d", " d e f g h"] });
  await score(page);
  const warnings = await page.locator(".warning").allTextContents();
  assert.match(warnings[0] ?? "", /fell back to uniform shares/);
  assert.match(warnings[1] ?? "", /^Little to go by: the shares come from only [\d.]+\s%/);
});

trouble.set(
  "a server that asks for its key gets it from the visitor, and the command does not tell it",
  async (browser) => {
    await using opened = await visit(browser, {
      app: { settings: { apiKey: "sk-secret" } },
      expected: /status of 401/,
    });
    const { page } = opened;
    await page.locator("#key").waitFor();
    assert.match(await page.locator("#problem").textContent() ?? "", /needs a key/);
    await page.fill("#key", "sk-secret");
    await page.keyboard.press("Tab");
    await page.locator("#model:not(:empty)").waitFor();
    await score(page);
    const command = await page.locator("#curl").textContent() ?? "";
    assert.match(command, /Bearer \$ABACUS_API_KEY/);
    assert.doesNotMatch(command + page.url(), /sk-secret/);
  },
);

trouble.set("a request that takes long can be stopped", async (browser) => {
  await using opened = await visit(browser);
  const { page, fake } = opened;
  fake.model.engine.hold();
  await page.click("#score");
  assert.equal(await page.locator("#score").textContent(), "Stop");
  await page.click("#score");
  await page.locator("#score", { hasText: "Score" }).waitFor();
  assert.equal(await page.locator("#problem").textContent(), "");
  fake.model.engine.release();
});

trouble.set(
  "a method that was switched to and back before its answer came stays as it was",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, fake } = opened;
    fake.model.engine.hold();
    await page.selectOption("#method", "red");
    await page.locator("#form[aria-busy='true']").waitFor();
    await page.selectOption("#method", "abc");
    await page.locator("#form[aria-busy='false']").waitFor();
    fake.model.engine.release();
    await page.selectOption("#method", "uniform");
    await page.locator(".mass").first().waitFor({ state: "detached" });
    assert.equal(await page.locator("#method").inputValue(), "uniform");
    await page.selectOption("#method", "abc");
    await page.locator(".mass").first().waitFor();
  },
);

trouble.set("a stopped method leaves the controls with what is shown", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page, fake } = opened;
  fake.model.engine.hold();
  await page.selectOption("#method", "red");
  await page.locator("#score", { hasText: "Stop" }).click();
  await page.locator("#score", { hasText: "Score" }).waitFor();
  assert.equal(await page.locator("#method").inputValue(), "abc");
  fake.model.engine.release();
});

trouble.set(
  "a method chosen while another text is being scored is for that text",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, fake, requests } = opened;
    fake.model.engine.hold();
    await page.fill("#prompt", "Another text");
    await page.click("#score");
    await page.locator("#form[aria-busy='true']").waitFor();
    await page.selectOption("#method", "red");
    fake.model.engine.release();
    await page.locator("#form[aria-busy='false']").waitFor();
    assert.equal((requests.at(-1)?.items as { prompt: string }[])[0]?.prompt, "Another text");
    assert.equal(await page.locator("#stale").isVisible(), false);
    assert.match(await page.locator("#curl").textContent() ?? "", /Another text.*"red"/);
  },
);

trouble.set(
  "a page that is opened while the model loads says so and goes on by itself",
  async (browser) => {
    const { promise, resolve } = Promise.withResolvers<ServedModels>();
    await using opened = await visit(browser, {
      app: { models: promise },
      expected: /status of 503/,
    });
    const { page } = opened;
    assert.equal(await page.locator("#model").textContent(), "The model is loading\u2026");
    resolve(fakeApp().models);
    await page.locator("#model", { hasText: "fake-reward" }).waitFor();
  },
);
