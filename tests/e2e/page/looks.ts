/**
 * Themes, narrow windows and the documentation.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { visit } from "./browser.ts";
import { score, scoredVisit, type Stories, write } from "./hands.ts";

/** The stories of this page. */
export const looks: Stories = new Map();

for (const colorScheme of ["light", "dark"] as const) {
  looks.set(
    `the ${colorScheme} theme is the system's until the visitor chooses another, which is kept`,
    async (browser) => {
      await using opened = await scoredVisit(browser, { context: { colorScheme } });
      const { page } = opened;
      await page.selectOption("#method", "red");
      await page.locator("#form[aria-busy='false']").waitFor();
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(paper, colorScheme === "dark" ? "rgb(20, 22, 26)" : "rgb(246, 245, 242)");
      const grounds = await page.locator(".token").evaluateAll((tokens) =>
        tokens.map((token) => getComputedStyle(token).backgroundColor)
      );
      assert.ok(new Set(grounds).size > 3, "boxes have colours of their own");
      const other = colorScheme === "dark" ? "light" : "dark";
      while (await page.locator("html").getAttribute("data-theme") !== other) {
        await page.click("#theme");
      }
      assert.notEqual(
        await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
        paper,
      );
      await page.reload();
      assert.equal(await page.locator("html").getAttribute("data-theme"), other);
    },
  );
}

looks.set("at 360 pixels nothing is cut off and nothing scrolls sideways", async (browser) => {
  const context = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  await using opened = await visit(browser, { context });
  const { page } = opened;
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(await width(), 360);
  await write(page, { prompt: "x", completions: ["w".repeat(90), `${"long ".repeat(30)}\nend`] });
  await score(page);
  assert.equal(await width(), 360);
  await page.locator(".token").last().tap();
  const box = await page.locator("#readout").boundingBox();
  assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
  assert.equal(await width(), 360);
  const small = await page.locator("button:visible").evaluateAll((buttons) =>
    buttons.filter((button) => button.getBoundingClientRect().height < 24).map((button) =>
      button.textContent
    )
  );
  assert.deepEqual(small, [], "every button is large enough for a finger");
});

looks.set("the documentation is a page in the same dress", async (browser) => {
  await using opened = await visit(browser);
  const { page, url } = opened;
  await page.goto(`${url}/docs`);
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  const operations = Object.values(paths as Record<string, Record<string, { tags: string[] }>>)
    .flatMap((methods) => Object.values(methods));
  // One for each operation under each of its headings, and one for the errors.
  const entries = operations.flatMap(({ tags }) => tags).length;
  assert.equal(await page.locator("article").count(), entries + 1);
  assert.match(await page.evaluate(() => getComputedStyle(document.body).fontFamily), /^Inter/);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});
