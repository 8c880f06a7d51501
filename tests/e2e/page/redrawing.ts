/**
 * Beta, method and colours: what is redrawn, and what the server is asked for.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { signed } from "../../../src/page/numbers.js";
import { answered, rewardsOf, scoredVisit, setBeta, type Stories, strengths } from "./hands.ts";

/** The stories of this page. */
export const redrawing: Stories = new Map();

redrawing.set(
  "beta is redrawn without asking the server, with the server's own numbers",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, fake, requests } = opened;
    for (const beta of [1, 0.25, 0]) {
      await setBeta(page, beta);
      assert.equal(await page.locator("#beta-value").textContent(), beta.toFixed(2));
      const shown = await rewardsOf(page, 0);
      const [expected] = await answered(fake.rewards, { method: "abc", beta });
      assert.equal(shown.length, expected?.rewards.length);
      for (const [i, reward] of shown.entries()) {
        assert.ok(Math.abs(reward - Number(expected?.rewards[i])) < 1e-6, `${beta}: token ${i}`);
      }
    }
    assert.equal(requests.length, 1);
  },
);

redrawing.set("colours follow beta at once", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page } = opened;
  await setBeta(page, 0);
  const sparse = await strengths(page);
  assert.equal(sparse.filter((strength) => Number(strength) > 0).length, 2, "one last token each");
  await setBeta(page, 1);
  assert.ok((await strengths(page)).every((strength) => Number(strength) > 0));
});

redrawing.set("another method is asked for once and then remembered", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page, fake, requests } = opened;
  for (const method of ["red", "abc", "red"]) {
    await page.selectOption("#method", method);
    await page.locator("#form[aria-busy='false']").waitFor();
  }
  assert.deepEqual(requests.map(({ credit }) => credit), [{ method: "abc", beta: 1 }, {
    method: "red",
    beta: 1,
  }]);
  const shown = await rewardsOf(page, 1);
  const expected = (await answered(fake.rewards, { method: "red", beta: 0.8 }))[1];
  for (const [i, reward] of shown.entries()) {
    assert.ok(Math.abs(reward - Number(expected?.rewards[i])) < 1e-6);
  }
  assert.match(
    await page.locator(".card .foot").first().textContent() ?? "",
    /belongs to the prompt/,
  );
  assert.equal(await page.locator(".token.negative").count() > 0, true);
});

redrawing.set("what no token earned is told beside the sum, at every beta", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page, fake } = opened;
  await page.selectOption("#method", "occlusion");
  await page.locator("#form[aria-busy='false']").waitFor();
  const foot = page.locator(".card .foot").first();
  for (const beta of [1, 0.5]) {
    await setBeta(page, beta);
    const [expected] = await answered(fake.rewards, { method: "occlusion", beta });
    const told = `The last token also has ${signed(Number(expected?.residual))} that none earned.`;
    assert.ok((await foot.textContent())?.includes(told), told);
  }
  await setBeta(page, 0);
  assert.ok(!(await foot.textContent())?.includes("none earned"));
});
