/**
 * Commands, answers and links that leave the page.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { CompletionReply } from "../../../src/wire/reply.ts";
import { visit } from "./browser.ts";
import {
  answered,
  rewardsOf,
  score,
  scoredVisit,
  scoresOf,
  setBeta,
  type Stories,
  twoTexts,
  write,
} from "./hands.ts";

/** The stories of this page. */
export const sharing: Stories = new Map();

sharing.set("the command that is shown gets the answer that is shown", async (browser) => {
  await using opened = await visit(browser);
  const { page } = opened;
  await write(page, { prompt: "it's `so`", completions: ['$HOME\'s\n"end" \\ 😍', "!x"] });
  await score(page);
  await setBeta(page, 0.35);
  await page.selectOption("#method", "uniform");
  await page.locator("#form[aria-busy='false']").waitFor();
  const command = await page.locator("#curl").textContent() ?? "";
  const process = new Deno.Command("sh", { args: ["-c", command] });
  const reply = JSON.parse(new TextDecoder().decode((await process.output()).stdout));
  assert.deepEqual(reply.credit, { method: "uniform", beta: 0.35 });
  const answers: CompletionReply[] = reply.items[0].completions;
  assert.deepEqual(
    (await scoresOf(page)).map((text) => Number(text.replace("\u2212", "-"))),
    answers.map(({ score }) => Number(score.toFixed(3))),
  );
  for (const [i, reward] of (await rewardsOf(page, 1)).entries()) {
    assert.ok(Math.abs(reward - Number(answers[1]?.rewards[i])) < 1e-6);
  }
});

sharing.set(
  "what is copied is the command, the answer for this beta, and a link that opens the same",
  async (browser) => {
    const permissions = ["clipboard-read", "clipboard-write"];
    await using opened = await scoredVisit(browser, { context: { permissions } });
    const { page, fake, url } = opened;
    await setBeta(page, 0.5);
    const copied = async (button: string) => {
      await page.click(button);
      await page.locator(button, { hasText: "Copied" }).waitFor();
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    assert.equal(await copied("#copy-curl"), await page.locator("#curl").textContent());
    const json = JSON.parse(await copied("#copy-json"));
    assert.equal(json.credit.beta, 0.5);
    const expected = await answered(fake.rewards, { beta: 0.5 });
    assert.deepEqual(json.items[0].completions.map(rounded), expected.map(rounded));
    const link = await copied("#copy-link");
    assert.ok(link.startsWith(`${url}/#`));
    const other = await page.context().newPage();
    await other.goto(link);
    await other.locator(".token").first().waitFor();
    assert.deepEqual(await scoresOf(other), await scoresOf(page));
    assert.equal(await other.locator("#beta").inputValue(), "0.5");
    assert.equal(await other.locator("#prompt").inputValue(), twoTexts.prompt);
  },
);

/** The same answer with rewards as float32 would hold them. */
function rounded({ rewards, ...rest }: CompletionReply): unknown {
  return { ...rest, rewards: [...rewards].map((reward) => Number(reward).toFixed(9)) };
}
