/**
 * What is written in the form is what is scored.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { visit } from "./browser.ts";
import { score, scoredVisit, scoresOf, type Stories, write } from "./hands.ts";

/** The stories of this page. */
export const scoring: Stories = new Map();

scoring.set("a newcomer gets a result with one click", async (browser) => {
  await using opened = await visit(browser);
  const { page, requests } = opened;
  assert.match(
    await page.locator("#model").textContent() ?? "",
    /^fake-reward · fake · 1\.2.k parameters · float32 on cpu$/,
  );
  await page.click("text=Score the example");
  await page.locator(".token").first().waitFor();
  assert.equal((await scoresOf(page)).length, 3);
  assert.equal(requests.length, 1);
});

scoring.set("what is scored is what was written, and the boxes join to it", async (browser) => {
  await using opened = await visit(browser);
  const { page, fake, requests } = opened;
  const completions = ["A 😍 day\nin  the sun ", 'it\'s "quoted" <b>&amp;</b>'];
  await write(page, { prompt: "Say:", completions });
  await score(page);
  assert.deepEqual(requests[0]?.items, [{ prompt: "Say:", completions }]);
  const texts = await page.locator(".heat").evaluateAll((maps) =>
    maps.map((map) => map.textContent)
  );
  assert.deepEqual(texts, completions);
  const reply = await (await fake.rewards({ items: [{ prompt: "Say:", completions }] })).json();
  const shown = (await scoresOf(page)).map((text) => Number(text.replace("\u2212", "-")));
  for (const [i, { score }] of reply.items[0].completions.entries()) {
    assert.ok(Math.abs((shown[i] ?? NaN) - score) <= 0.0005);
  }
});

scoring.set("an emoji of several tokens is one box that tells of each of them", async (browser) => {
  await using opened = await visit(browser);
  const { page } = opened;
  await write(page, { prompt: "a", completions: ["b😍c"] });
  await score(page);
  assert.deepEqual(await page.locator(".token").allTextContents(), ["b", "😍", "c"]);
  await page.locator(".token").nth(1).focus();
  const names = await page.locator("#readout dt").allTextContents();
  assert.deepEqual(names, [
    "token 2",
    "share",
    "token 3",
    "share",
    "token 4",
    "share",
    "token 5",
    "share",
    "together",
  ]);
  assert.match(await page.locator("#readout").textContent() ?? "", /characters 1 to 2/);
  assert.match(await page.locator("#spoken").textContent() ?? "", /^4 tokens together, reward/);
});

scoring.set(
  "completions can be added, removed and put in order of their scores",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, requests } = opened;
    assert.equal(await page.locator("#stale").isVisible(), false);
    await page.click("#add-completion");
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      "Text of completion C",
    );
    await page.keyboard.type(" brilliant!");
    assert.equal(await page.locator("#stale").isVisible(), true);
    await score(page);
    assert.equal(await page.locator("#stale").isVisible(), false);
    await page.selectOption("#order", "score");
    const numbers = (await scoresOf(page)).map((text) => Number(text.replace("\u2212", "-")));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => b - a));
    const cards = await page.locator("#cards .badge").allTextContents();
    assert.deepEqual(cards, await page.locator("#scores .badge").allTextContents());
    await page.click("[aria-label='Remove completion B']");
    await score(page);
    assert.deepEqual((requests.at(-1)?.items as { completions: string[] }[])[0]?.completions, [
      " a delight.",
      " brilliant!",
    ]);
  },
);

scoring.set("a conversation is sent as messages", async (browser) => {
  await using opened = await visit(browser);
  const { page, requests } = opened;
  await page.check("#mode input[value=chat]");
  await page.fill("#messages textarea", "Was it good?");
  await page.click("#add-message");
  await page.selectOption("#messages li:last-child select", "assistant");
  await page.fill("#messages li:last-child textarea", "Yes.");
  await score(page);
  const [item] = requests[0]?.items as { messages: unknown }[];
  assert.deepEqual(item?.messages, [{ role: "user", content: "Was it good?" }, {
    role: "assistant",
    content: "Yes.",
  }]);
});

scoring.set("a model without a template offers no conversation", async (browser) => {
  await using opened = await visit(browser, { app: { model: { chat: false } } });
  const { page } = opened;
  assert.equal(await page.locator("#mode").isVisible(), false);
  assert.equal(await page.locator(".chip:visible").count(), 5);
});
