/**
 * The numbers of a token by pointer, by keyboard and by ear.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { visit } from "./browser.ts";
import { answered, score, scoredVisit, type Stories, told, write } from "./hands.ts";

/** The stories of this page. */
export const reading: Stories = new Map();

reading.set(
  "a token tells its exact numbers under the pointer and forgets them after it",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, fake } = opened;
    const [expected] = await answered(fake.rewards, { method: "abc", beta: 0.8 });
    const token = page.locator(".token").nth(1);
    await token.hover();
    const readout = page.locator("#readout");
    await readout.waitFor();
    assert.equal(await readout.locator(".quote").textContent(), "␣delight");
    const reward = Number((await told(page, "reward").textContent())?.replace("\u2212", "-"));
    assert.ok(Math.abs(reward - Number(expected?.rewards[1])) < 1e-6);
    assert.match(await told(page, "share").textContent() ?? "", /^[\d.]+\s% \(0\.\d+\)$/);
    assert.match(
      await readout.textContent() ?? "",
      new RegExp(`token 2 of 3 · id ${expected?.token_ids?.[1]} · characters 2 to 10`),
    );
    await page.mouse.move(2, 2);
    await readout.waitFor({ state: "hidden" });
  },
);

reading.set("the keyboard reaches every token and hears it spoken", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page } = opened;
  await page.locator(".token").first().focus();
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const visited = [await focused()];
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "Home", "End", "ArrowLeft"]) {
    await page.keyboard.press(key);
    visited.push(await focused());
  }
  assert.deepEqual(visited, [" a", " delight", ".", ".", " a", ".", " delight"]);
  assert.match(
    await page.locator("#spoken").textContent() ?? "",
    /^reward (minus )?[\d.e-]+, share [\d.]+/,
  );
  assert.equal(await page.locator("#readout").isVisible(), true);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), " dull", "one stop for each text");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#readout.pinned").count(), 1);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#readout").isVisible(), false);
});

reading.set("the whole way can be gone by keyboard alone", async (browser) => {
  await using opened = await visit(browser);
  const { page } = opened;
  await page.focus("#prompt");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("It was");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator(".token").first().waitFor();
  const reached = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(() => {
        const { id, className } = document.activeElement ?? { id: "", className: "" };
        return id || className;
      }),
    );
  }
  for (const stop of ["method", "beta", "scale", "order", "score", "token positive", "copy-curl"]) {
    assert.ok(reached.has(stop), `${stop} among ${[...reached]}`);
  }
});

reading.set("the focus can be seen", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page } = opened;
  await page.focus("#order");
  for (let i = 0; i < 3; i++) await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "token positive");
  const outline = await page.evaluate(() =>
    getComputedStyle(document.activeElement ?? document.body).outlineWidth
  );
  assert.equal(outline, "2px");
});

reading.set("readers who want no motion get none", async (browser) => {
  await using opened = await scoredVisit(browser, { context: { reducedMotion: "reduce" } });
  const moving = await opened.page.locator(".token").first().evaluate((token) =>
    getComputedStyle(token).transitionDuration
  );
  assert.equal(moving, "0s");
});

reading.set("every control has a name", async (browser) => {
  await using opened = await scoredVisit(browser);
  await write(opened.page, { prompt: "Lines:", completions: ["a\n\n  b "] });
  await score(opened.page);
  const nameless = await opened.page.evaluate(() =>
    Array.from(
      document.querySelectorAll(
        "button, input, select, textarea, [role=group], [role=img], [role=button]",
      ),
    )
      .filter((element) => {
        const labelled = "labels" in element && (element.labels as NodeList | null)?.length;
        return !labelled && !element.getAttribute("aria-label") && !element.textContent?.trim();
      })
      .map((element) => element.outerHTML)
  );
  assert.deepEqual(nameless, []);
});
