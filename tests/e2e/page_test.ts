/**
 * The page in a real Chromium, over a fake model.
 *
 * @module
 */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Browser, Locator, Page } from "playwright-core";
import type { CompletionReply } from "../../src/wire/reply.ts";
import { testWhere } from "../support/test_where.ts";
import { launchBrowser, missingBrowser, visit, type VisitOptions } from "./page_browser.ts";

type Story = (browser: Browser) => Promise<void>;

const stories = new Map<string, Story>();

testWhere({
  name: "the page in Chromium",
  missing: missingBrowser(),
  async fn(context) {
    const browser = await launchBrowser();
    try {
      for (const [name, story] of stories) await context.step(name, () => story(browser));
    } finally {
      await browser.close();
    }
  },
});

/** Writes completions into the form, as many as there are. */
async function write(
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

async function score(page: Page): Promise<void> {
  await page.click("#score");
  await page.locator("#answer:not([hidden])").waitFor();
  await page.locator("#form[aria-busy='false']").waitFor();
}

/** Moves the slider as a visitor would, by its value and an input event. */
async function setBeta(page: Page, beta: number): Promise<void> {
  await page.locator("#beta").fill(String(beta));
}

/** The numbers on the bars, in their order. */
function scoresOf(page: Page): Promise<string[]> {
  return page.locator("#scores .number").allTextContents();
}

/** The value that the read-out gives under a name. */
function told(page: Page, name: string): Locator {
  return page.locator("#readout dt", { hasText: new RegExp(`^${name}$`) }).locator("+ dd");
}

/** What the read-out says of each token of a card, by focusing it. */
async function rewardsOf(page: Page, card: number): Promise<number[]> {
  const tokens = page.locator("#cards > li").nth(card).locator(".token");
  const rewards = [];
  for (let i = 0; i < await tokens.count(); i++) {
    await tokens.nth(i).focus();
    const text = await page.locator("#readout dd").first().textContent();
    rewards.push(Number(text?.replace("\u2212", "-")));
  }
  return rewards;
}

function strengths(page: Page): Promise<string[]> {
  return page.locator(".token").evaluateAll((tokens) =>
    tokens.map((token) => (token as HTMLElement).style.getPropertyValue("--strength"))
  );
}

const twoTexts = { prompt: "The film was", completions: [" a delight.", " dull, dull."] };

async function scoredVisit(browser: Browser, options: VisitOptions = {}) {
  const opened = await visit(browser, options);
  await write(opened.page, twoTexts);
  await score(opened.page);
  return opened;
}

/** What the server itself answers for the two texts. */
async function answered(
  rewards: (body: unknown) => Promise<Response>,
  credit: object,
): Promise<CompletionReply[]> {
  const items = [{ prompt: twoTexts.prompt, completions: twoTexts.completions }];
  return (await (await rewards({ items, credit })).json()).items[0].completions;
}

stories.set("a newcomer gets a result with one click", async (browser) => {
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

stories.set("what is scored is what was written, and the boxes join to it", async (browser) => {
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

stories.set("an emoji of several tokens is one box that tells of each of them", async (browser) => {
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

stories.set(
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

stories.set("colours follow beta at once", async (browser) => {
  await using opened = await scoredVisit(browser);
  const { page } = opened;
  await setBeta(page, 0);
  const sparse = await strengths(page);
  assert.equal(sparse.filter((strength) => Number(strength) > 0).length, 2, "one last token each");
  await setBeta(page, 1);
  assert.ok((await strengths(page)).every((strength) => Number(strength) > 0));
});

stories.set("another method is asked for once and then remembered", async (browser) => {
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

stories.set(
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

stories.set("the keyboard reaches every token and hears it spoken", async (browser) => {
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

stories.set("the whole way can be gone by keyboard alone", async (browser) => {
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

stories.set("the focus can be seen", async (browser) => {
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

stories.set("the command that is shown gets the answer that is shown", async (browser) => {
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

stories.set(
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
  return { ...rest, rewards: Array.from(rewards, (reward) => Number(reward).toFixed(9)) };
}

stories.set(
  "completions can be added, removed and put in order of their scores",
  async (browser) => {
    await using opened = await scoredVisit(browser);
    const { page, requests } = opened;
    assert.equal(await page.locator("#stale").isVisible(), false);
    await page.click("#add-completion");
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      "Completion C",
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

stories.set("a conversation is sent as messages", async (browser) => {
  await using opened = await visit(browser);
  const { page, requests } = opened;
  await page.click("text=Conversation");
  await page.fill("#messages textarea", "Was it good?");
  await page.click("#add-message");
  await page.selectOption("#messages li:last-child select", "assistant");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Yes.");
  await score(page);
  const [item] = requests[0]?.items as { messages: unknown }[];
  assert.deepEqual(item?.messages, [{ role: "user", content: "Was it good?" }, {
    role: "assistant",
    content: "Yes.",
  }]);
});

stories.set("a model without a template offers no conversation", async (browser) => {
  await using opened = await visit(browser, { app: { model: { chat: false } } });
  const { page } = opened;
  assert.equal(await page.locator("#mode").isVisible(), false);
  assert.equal(await page.locator(".chip:visible").count(), 3);
});

stories.set(
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

stories.set("a failing model leaves the last answer standing", async (browser) => {
  await using opened = await scoredVisit(browser, { expected: /status of 500/ });
  const { page, fake } = opened;
  fake.model.engine.failNext(new Error("inside"));
  await page.selectOption("#method", "red");
  await page.locator("#problem h2").waitFor();
  assert.match(
    await page.locator("#problem").textContent() ?? "",
    /The model could not score this.*model_failure/,
  );
  assert.equal(await page.locator("#method").inputValue(), "abc");
  assert.equal((await scoresOf(page)).length, 2);
});

stories.set("little attention and none at all are said", async (browser) => {
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

stories.set(
  "a server that asks for its key gets it from the visitor, and the command does not tell it",
  async (browser) => {
    await using opened = await visit(browser, {
      app: { settings: { apiKey: "sk-secret" } },
      expected: /status of 401/,
    });
    const { page } = opened;
    await page.locator("#key").waitFor();
    assert.match(await page.locator("#problem").textContent() ?? "", /asks for a key/);
    await page.fill("#key", "sk-secret");
    await page.keyboard.press("Tab");
    await page.locator("#model:not(:empty)").waitFor();
    await score(page);
    const command = await page.locator("#curl").textContent() ?? "";
    assert.match(command, /Bearer \$ABACUS_API_KEY/);
    assert.doesNotMatch(command + page.url(), /sk-secret/);
  },
);

stories.set("a request that takes long can be stopped", async (browser) => {
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

for (const colorScheme of ["light", "dark"] as const) {
  stories.set(
    `in the ${colorScheme} theme every text can be read on its ground`,
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

stories.set("at 360 pixels nothing is cut off and nothing scrolls sideways", async (browser) => {
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

stories.set("readers who want no motion get none", async (browser) => {
  await using opened = await scoredVisit(browser, { context: { reducedMotion: "reduce" } });
  const moving = await opened.page.locator(".token").first().evaluate((token) =>
    getComputedStyle(token).transitionDuration
  );
  assert.equal(moving, "0s");
});

stories.set("every control has a name", async (browser) => {
  await using opened = await scoredVisit(browser);
  const nameless = await opened.page.evaluate(() =>
    Array.from(
      document.querySelectorAll("button, input, select, textarea, [role=group], [role=img]"),
    )
      .filter((element) => {
        const labelled = "labels" in element && (element.labels as NodeList | null)?.length;
        return !labelled && !element.getAttribute("aria-label") && !element.textContent?.trim();
      })
      .map((element) => element.outerHTML)
  );
  assert.deepEqual(nameless, []);
});

stories.set("the documentation is a page in the same dress", async (browser) => {
  await using opened = await visit(browser);
  const { page, url } = opened;
  await page.goto(`${url}/docs`);
  assert.equal(await page.locator("article").count(), 7);
  assert.match(await page.evaluate(() => getComputedStyle(document.body).fontFamily), /^Inter/);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});
