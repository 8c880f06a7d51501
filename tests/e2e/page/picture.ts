/**
 * Takes the picture of the page that the README shows, of a server that is running:
 *
 *     deno run -A tests/e2e/page/picture.ts http://127.0.0.1:8080 docs/page.png
 *
 * @module
 */

import process from "node:process";
import { launchBrowser } from "./browser.ts";

/** Wide enough for two columns, high enough for three short completions. */
const viewport = { width: 1240, height: 800 };

async function takePicture(url: string, path: string): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport, colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(url);
    await page.click("#score");
    await page.locator(".token").first().waitFor();
    await page.locator(".token").nth(9).hover();
    await page.screenshot({ path });
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  const [url = "http://127.0.0.1:8080", path = "docs/page.png"] = process.argv.slice(2);
  await takePicture(url, path);
}
