/**
 * The page in a real Chromium, over a fake model.
 *
 * @module
 */

import { testWhere } from "../support/test_where.ts";
import { launchBrowser, missingBrowser } from "./page/browser.ts";
import { choosing } from "./page/choosing.ts";
import { looks } from "./page/looks.ts";
import { reading } from "./page/reading.ts";
import { redrawing } from "./page/redrawing.ts";
import { scoring } from "./page/scoring.ts";
import { sharing } from "./page/sharing.ts";
import { trouble } from "./page/trouble.ts";

const chapters = { scoring, choosing, redrawing, reading, sharing, trouble, looks };

for (const [chapter, stories] of Object.entries(chapters)) {
  testWhere({
    name: `the page in Chromium: ${chapter}`,
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
}
