/**
 * Serves the files of the page: `/` and what it loads. They are no part of the API and not in its
 * documentation, and they answer without the key: the page asks its visitor for it.
 *
 * @module
 */

import type { Context } from "hono";
import { type Asset, assetNames, readAsset } from "../page/assets.ts";
import type { App } from "./route.ts";

/** Adds the page to `app`. @returns the paths it is served at */
export function addPage(app: App): readonly string[] {
  const paths = assetNames.map((name) => name === "index.html" ? "/" : `/page/${name}`);
  for (const [i, name] of assetNames.entries()) {
    const asset = once(() => readAsset(name));
    app.get(paths[i] ?? "/", async (context) => send(context, await asset()));
  }
  return paths;
}

/** Browsers keep the file and ask whether it is still the same. */
function send(context: Context, { bytes, contentType, etag }: Asset): Response {
  context.header("Cache-Control", "no-cache");
  context.header("ETag", etag);
  if (context.req.header("If-None-Match") === etag) return context.body(null, 304);
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
