import assert from "node:assert/strict";
import { evaluationCurves } from "../../../src/ppo/report/curves.ts";
import { evaluationNames } from "../../../src/ppo/run/evaluation_metrics.ts";
import { reportHtml, type RunContents, writeReport } from "../../../src/ppo/report/report.ts";
import { RunFiles } from "../../../src/ppo/run/run_files.ts";
import { launchBrowser, missingBrowser } from "../../e2e/page/browser.ts";
import { testWhere } from "../../support/test_where.ts";
import { madeUpEvaluation, madeUpLine, madeUpRun, madeUpSample } from "./made_up_run.ts";
import { all, documentOf, one, texts } from "./parsed.ts";

const hostile = `</style></title><script>alert(1)</script>"'><img src=x onerror=alert(2)>&lt;`;

/** A run with hostile text everywhere. */
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

Deno.test("the report has its parts in order: headline, curves, samples, settings, glossary", () => {
  const report = documentOf(reportHtml(madeUpRun(10)));
  assert.deepEqual(texts(report, "h1"), ["models/movie-writer"]);
  assert.deepEqual(texts(report, "header p"), [
    "Abacus · PPO run",
    "rewarded by models/movie-reward, seed 7",
  ]);
  assert.deepEqual(texts(report, "h2"), ["Curves", "Before and after", "Settings", "Glossary"]);
  assert.equal(all(report, ".headline dt").length, 5);
  assert.equal(all(report, "section svg").length, 25);
  assert.equal(all(report, ".samples tbody").length, 3);
});

Deno.test("a run that was evaluated has a section of curves and the entries of their glossary", () => {
  const evaluations = [0, 10, 20].map((step) => madeUpEvaluation(step));
  const report = documentOf(reportHtml({ ...madeUpRun(20), evaluations }));
  assert.deepEqual(texts(report, "h2"), [
    "Curves",
    "Evaluation",
    "Before and after",
    "Settings",
    "Glossary",
  ]);
  const plain = documentOf(reportHtml(madeUpRun(20)));
  const count = (document: typeof report, selector: string) => all(document, selector).length;
  assert.equal(count(report, "section svg") - count(plain, "section svg"), evaluationCurves.length);
  const entries = count(report, ".glossary tbody tr") - count(plain, ".glossary tbody tr");
  assert.equal(entries, evaluationNames.length);
});

Deno.test("hostile text is escaped", () => {
  const text = reportHtml(attack);
  assert.doesNotMatch(text, /<script|<img/i);
  const report = documentOf(text);
  assert.equal(one(report, "title").textContent, `PPO: ${hostile}`);
  assert.equal(one(report, "h1").textContent, hostile);
  assert.ok(texts(report, ".heat").every((each) => each === (hostile + hostile)));
  assert.ok(texts(report, ".prompt").includes(`${hostile}2`));
  assert.equal(all(report, "style").length, 1);
  for (const element of all(report, "*")) {
    const attributes = ["onerror", "onload", "href", "src"].filter((name) =>
      element.getAttribute(name) !== null
    );
    assert.deepEqual(attributes, element.tagName === "LINK" ? ["href"] : []);
  }
});

Deno.test("the report has no scripts and no requests, and its policy allows neither", () => {
  const text = reportHtml(madeUpRun(10));
  assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:|\/\/|<script/);
  const policy = one(documentOf(text), "meta[http-equiv]").getAttribute("content");
  assert.equal(policy, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
});

Deno.test("missing data is stated, never shown as a number", () => {
  const empty = reportHtml({
    settings: { settings: {}, seed: 0, models: {}, versions: {} },
    metrics: [],
    samples: [],
  });
  assert.deepEqual(texts(documentOf(empty), ".none"), [
    "No step is finished yet.",
    "The run kept no samples.",
  ]);
  const holed = reportHtml({
    ...madeUpRun(4),
    metrics: [madeUpLine(1, {}, NaN), madeUpLine(2, { kl: NaN })],
    samples: [madeUpSample({ score: NaN, rewards: [NaN, NaN, NaN] })],
  });
  for (const text of [empty, holed]) {
    assert.doesNotMatch(text, /NaN|Infinity|undefined|>null<|\u26a0/);
  }
});

Deno.test("the same run gives the same report", () => {
  assert.equal(reportHtml(madeUpRun(5)), reportHtml(madeUpRun(5)));
});

Deno.test("the report is made from the files, without an incomplete line", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const run = madeUpRun(4);
    const files = await RunFiles.create(directory, run.settings);
    for (const line of run.metrics) await files.appendMetrics(line);
    await files.appendSamples(run.samples);
    await Deno.writeTextFile(files.paths.metrics, '{"step":5,"sco', { append: true });
    assert.equal(await writeReport(directory), files.paths.report);
    const report = documentOf(await Deno.readTextFile(files.paths.report));
    assert.deepEqual(texts(report, ".headline dd.value")[2], "4");
    assert.deepEqual(texts(report, ".samples thead th"), ["Before: step 1", "After: step 4"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a directory without a run has no report", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assert.rejects(writeReport(directory), { kind: "bad_usage" });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  } finally {
    await Deno.remove(directory);
  }
});

/** The scroll width, the background colour, and whether the first token has one. */
const look =
  `[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor,
  getComputedStyle(document.querySelector(".token")).backgroundColor !== "rgba(0, 0, 0, 0)"]`;

testWhere({
  name: "a browser shows it in light and dark, wide and narrow, without errors",
  missing: missingBrowser(),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const browser = await launchBrowser();
    try {
      const path = `${directory}/report.html`;
      const errors: string[] = [];
      const seen = [];
      for (
        const [run, colorScheme, width] of [
          [madeUpRun(60), "light", 1280],
          [madeUpRun(60), "dark", 390],
          [attack, "light", 320],
        ] as const
      ) {
        await Deno.writeTextFile(path, reportHtml(run));
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        const page = await context.newPage();
        page.on("console", (message) => errors.push(message.text()));
        page.on("pageerror", (error) => errors.push(String(error)));
        page.on("dialog", (dialog) => errors.push(`a dialog: ${dialog.message()}`));
        page.on("request", (request) => {
          const url = request.url();
          if (url !== `file://${path}` && url !== "data:,") errors.push(`requested ${url}`);
        });
        await page.goto(`file://${path}`);
        await page.locator("summary").click();
        seen.push(await page.evaluate(look));
        await context.close();
      }
      assert.deepEqual(errors, []);
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
