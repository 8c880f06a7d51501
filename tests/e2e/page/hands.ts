/**
 * What a visitor does and reads, for the stories of the page.
 *
 * @module
 */

/// <reference lib="dom" />
import type { Browser, Locator, Page } from "playwright-core";
import type { CompletionReply } from "../../../src/wire/reply.ts";
import { visit, type VisitOptions } from "./browser.ts";

/** Things that must be so, by what they say; each opens a page of its own. */
export type Stories = Map<string, (browser: Browser) => Promise<void>>;

/** Writes completions into the form, as many as there are. */
export async function write(
  page: Page,
  { prompt, completions }: { prompt: string; completions: string[] },
) {
  await page.fill("#prompt", prompt);
  const areas = page.locator("#completions textarea");
  while (await areas.count() < completions.length) await page.click("#add-completion");
  while (await areas.count() > completions.length) {
    await page.locator("#completions .remove").last().click();
  }
  for (const [i, text] of completions.entries()) await areas.nth(i).fill(text);
}

/** Presses the button and waits for the answer. */
export async function score(page: Page): Promise<void> {
  await page.click("#score");
  await page.locator("#answer:not([hidden])").waitFor();
  await page.locator("#form[aria-busy='false']").waitFor();
}

/** Moves the slider as a visitor would, by its value and an input event. */
export async function setBeta(page: Page, beta: number): Promise<void> {
  await page.locator("#beta").fill(String(beta));
}

/** The numbers on the bars, in their order. */
export function scoresOf(page: Page): Promise<string[]> {
  return page.locator("#scores .number").allTextContents();
}

/** The value that the read-out gives under a name. */
export function told(page: Page, name: string): Locator {
  return page.locator("#readout dt", { hasText: new RegExp(`^${name}$`) }).locator("+ dd");
}

/** What the read-out says of each token of a card, by focusing it. */
export async function rewardsOf(page: Page, card: number): Promise<number[]> {
  const tokens = page.locator("#cards > li").nth(card).locator(".token");
  const rewards = [];
  for (let i = 0; i < await tokens.count(); i++) {
    await tokens.nth(i).focus();
    const text = await page.locator("#readout dd").first().textContent();
    rewards.push(Number(text?.replace("\u2212", "-")));
  }
  return rewards;
}

/** How strong the colour of each token is, as the style sheet gets it. */
export function strengths(page: Page): Promise<string[]> {
  return page.locator(".token").evaluateAll((tokens) =>
    tokens.map((token) => (token as HTMLElement).style.getPropertyValue("--strength"))
  );
}

/** Two completions that differ in length and score. */
export const twoTexts = { prompt: "The film was", completions: [" a delight.", " dull, dull."] };

/** A visit with {@linkcode twoTexts} written and scored. */
export async function scoredVisit(browser: Browser, options: VisitOptions = {}) {
  const opened = await visit(browser, options);
  await write(opened.page, twoTexts);
  await score(opened.page);
  return opened;
}

/** What the server itself answers for the two texts. */
export async function answered(
  rewards: (body: unknown) => Promise<Response>,
  credit: object,
): Promise<CompletionReply[]> {
  const items = [{ prompt: twoTexts.prompt, completions: twoTexts.completions }];
  return (await (await rewards({ items, credit })).json()).items[0].completions;
}
