import assert from "node:assert/strict";
import { reportPage, type RunContents } from "../../../src/ppo/report/page.ts";
import { launchBrowser, missingBrowser } from "../../e2e/page/browser.ts";
import { testWhere } from "../../support/test_where.ts";
import { madeUpLine, madeUpRun, madeUpSample } from "./made_up_run.ts";
import { all, documentOf, one, texts } from "./parsed.ts";

const hostile = `</style></title><script>alert(1)</script>"'><img src=x onerror=alert(2)>&lt;`;

/** A run in which every text is an attack. */
const attack: RunContents = {
  settings: {
    settings: { [hostile]: hostile, nested: { [hostile]: [hostile] } },
    seed: 1,
    models: { policy: hostile, reward: hostile, [hostile]: hostile },
    versions: { [hostile]: hostile },
  },
  metrics: [madeUpLine(1), madeUpLine(2)],
  samples: [1, 2].flatMap((step) =>
    [hostile, `${hostile}${step}`].map((prompt) =>
      madeUpSample({ step, prompt, completion: hostile, tokens: [hostile, hostile, ""] })
    )
  ),
};

Deno.test("the page has its parts in order: headline, curves, samples, settings, glossary", () => {
  const page = documentOf(reportPage(madeUpRun(10)));
  assert.deepEqual(texts(page, "h1"), ["models/movie-writer"]);
  assert.deepEqual(texts(page, "header p"), [
    "Abacus · PPO run",
    "rewarded by models/movie-reward, seed 7",
  ]);
  assert.deepEqual(texts(page, "h2"), ["Curves", "Before and after", "Settings", "Glossary"]);
  assert.equal(all(page, ".headline dt").length, 5);
  assert.equal(all(page, "section svg").length, 25);
  assert.equal(all(page, ".samples tbody").length, 3);
});

Deno.test("hostile text stays text", () => {
  const text = reportPage(attack);
  assert.doesNotMatch(text, /<script|<img/i);
  const page = documentOf(text);
  assert.equal(one(page, "title").textContent, `PPO: ${hostile}`);
  assert.equal(one(page, "h1").textContent, hostile);
  assert.ok(texts(page, ".heat").every((each) => each === (hostile + hostile)));
  assert.ok(texts(page, ".prompt").includes(`${hostile}2`));
  assert.equal(all(page, "style").length, 1);
  for (const element of all(page, "*")) {
    const attributes = ["onerror", "onload", "href", "src"].filter((name) =>
      element.getAttribute(name) !== null
    );
    assert.deepEqual(attributes, element.tagName === "LINK" ? ["href"] : []);
  }
});

Deno.test("the page names no host, has no script, and its policy allows neither", () => {
  const text = reportPage(madeUpRun(10));
  assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:|\/\/|<script/);
  const policy = one(documentOf(text), "meta[http-equiv]").getAttribute("content");
  assert.equal(policy, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
});

Deno.test("what is missing is said, never shown as a number", () => {
  const empty = reportPage({
    settings: { settings: {}, seed: 0, models: {}, versions: {} },
    metrics: [],
    samples: [],
  });
  assert.deepEqual(texts(documentOf(empty), ".none"), [
    "No step is finished yet.",
    "The run kept no samples.",
  ]);
  const holed = reportPage({
    ...madeUpRun(4),
    metrics: [madeUpLine(1, {}, NaN), madeUpLine(2, { kl: NaN })],
    samples: [madeUpSample({ score: NaN, rewards: [NaN, NaN, NaN] })],
  });
  for (const text of [empty, holed]) {
    assert.doesNotMatch(text, /NaN|Infinity|undefined|>null<|\u26a0/);
  }
});

Deno.test("the same run gives the same page", () => {
  assert.equal(reportPage(madeUpRun(5)), reportPage(madeUpRun(5)));
});

/** Width of what can be scrolled to, and colours of the page and of the first token's ground. */
const look =
  `[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor,
  getComputedStyle(document.querySelector(".token")).backgroundColor !== "rgba(0, 0, 0, 0)"]`;

testWhere({
  name: "a browser shows it in light and dark, wide and narrow, and has nothing to complain of",
  missing: missingBrowser(),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const browser = await launchBrowser();
    try {
      const path = `${directory}/report.html`;
      const complaints: string[] = [];
      const seen = [];
      for (
        const [run, colorScheme, width] of [
          [madeUpRun(60), "light", 1280],
          [madeUpRun(60), "dark", 390],
          [attack, "light", 320],
        ] as const
      ) {
        await Deno.writeTextFile(path, reportPage(run));
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        const page = await context.newPage();
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(String(error)));
        page.on("dialog", (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
        page.on("request", (request) => {
          const asked = request.url();
          if (asked !== `file://${path}` && asked !== "data:,") complaints.push(`asked ${asked}`);
        });
        await page.goto(`file://${path}`);
        await page.locator("summary").click();
        seen.push(await page.evaluate(look));
        await context.close();
      }
      assert.deepEqual(complaints, []);
      assert.deepEqual(seen, [
        [1280, "rgb(246, 245, 242)", true],
        [390, "rgb(20, 22, 26)", true],
        [320, "rgb(246, 245, 242)", true],
      ]);
    } finally {
      await browser.close();
      await Deno.remove(directory, { recursive: true });
    }
  },
});
