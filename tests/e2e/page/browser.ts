/**
 * A real Chromium for the page's tests and its picture.
 *
 * @module
 */

import fs from "node:fs";
import type { Browser, BrowserContextOptions, BrowserType, Page } from "playwright-core";
import { serveHttp } from "../../../src/http/serve.ts";
import { type FakeApp, fakeApp, type FakeAppOptions } from "../../http/fake_app.ts";

const executablePath = "/usr/bin/chromium";

/** Why there is no browser here; undefined where there is one. */
export function missingBrowser(): string | undefined {
  return fs.existsSync(executablePath) ? undefined : `no Chromium at ${executablePath}`;
}

/** Starts the browser; it talks to nobody by itself. */
export async function launchBrowser(): Promise<Browser> {
  return await (await loadChromium()).launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * Playwright looks for signs of another system under /proc while it loads, which no permission short
 * of all of them allows; there are none where these tests run.
 */
async function loadChromium(): Promise<BrowserType> {
  const { existsSync } = fs;
  fs.existsSync = (path) => !String(path).startsWith("/proc/") && existsSync(path);
  try {
    return (await import("playwright-core")).chromium;
  } finally {
    fs.existsSync = existsSync;
  }
}

/** What a visit may differ in. */
export interface VisitOptions {
  readonly app?: FakeAppOptions;
  readonly context?: BrowserContextOptions;
  /** What follows the host in the address. */
  readonly path?: string;
  /** Failures of the page itself that the visit brings about on purpose. */
  readonly expected?: RegExp;
}

/** A page over a server of its own. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly fake: FakeApp;
  readonly url: string;
  /** Bodies of the reward requests that the page has sent. */
  readonly requests: readonly Record<string, unknown>[];
}

/** Opens the page and waits until it knows its model. Disposal fails if the page had an error. */
export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const fake = fakeApp({ model: { context: 256 }, ...options.app });
  const stop = new AbortController();
  const server = serveHttp(fake.app, { hostname: "127.0.0.1", port: 0, signal: stop.signal });
  const context = await browser.newContext(options.context);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const requests: Record<string, unknown>[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/v1/rewards")) requests.push(request.postDataJSON());
    if (!request.url().startsWith(server.url)) errors.push(`asked for ${request.url()}`);
  });
  page.on("pageerror", (error) => errors.push(String(error.stack)));
  page.on("console", (message) => {
    const known = options.expected?.test(message.text()) ?? false;
    if (["error", "warning"].includes(message.type()) && !known) errors.push(message.text());
  });
  await page.goto(server.url + (options.path ?? "/"));
  await page.locator("#model:not(:empty), #problem > *").first().waitFor();
  return {
    page,
    fake,
    requests,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await context.close();
      stop.abort();
      await server.finished;
      if (errors.length > 0) throw new Error(`The page had errors:\n${errors.join("\n")}`);
    },
  };
}
