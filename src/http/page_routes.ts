/**
 * Serves the files of the page: `/` and what it loads. They are no part of the API and not in its
 * documentation, and they answer without the key: the page asks its visitor for it.
 *
 * @module
 */

import type { Context } from "hono";
import { type Asset, type AssetName, assetNames, readAsset } from "../page/assets.ts";
import type { App } from "./route.ts";

/** The paths of the page's files, which are no routes of the API, and one line of the metrics together. */
export const pagePaths = assetNames.map((name) => ({
  method: "GET" as const,
  path: pathOf(name),
  open: true,
  label: "/page",
}));

/** Adds the page to `app`. */
export function addPage(app: App): void {
  for (const name of assetNames) {
    const asset = once(() => readAsset(name));
    app.get(pathOf(name), async (context) => send(context, await asset()));
  }
}

function pathOf(name: AssetName): string {
  return name === "index.html" ? "/" : `/page/${name}`;
}

/** Browsers keep the file and ask whether it is still the same. */
function send(context: Context, { bytes, contentType, etag }: Asset): Response {
  context.header("Cache-Control", "no-cache");
  context.header("ETag", etag);
  // Within it, for proxies that compress make the tag a weak one and browsers may send several.
  if (context.req.header("If-None-Match")?.includes(etag)) return context.body(null, 304);
  return context.body(bytes, 200, { "Content-Type": contentType });
}

/** Reads a file when it is first asked for; a failed reading is tried again. */
function once(read: () => Promise<Asset>): () => Promise<Asset> {
  let asset: Promise<Asset> | undefined;
  return () => {
    asset ??= read().catch((error) => {
      asset = undefined;
      throw error;
    });
    return asset;
  };
}
