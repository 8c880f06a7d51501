/**
 * The page's files, read from beside this module and kept in memory. What they say is the browser's
 * business; who asks for them is `http/`'s.
 *
 * @module
 */

/** One file as it goes to the browser. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Changes whenever the bytes do; quoted, as the header wants it. */
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Every file of the page; a name that is not here is not served. */
export const assetNames = [
  "index.html",
  "docs.css",
  "form.css",
  "icon.svg",
  "layout.css",
  "results.css",
  "theme.css",
  "api.js",
  "captions.js",
  "card.js",
  "clipboard.js",
  "controls.js",
  "credit.js",
  "curl.js",
  "dom.js",
  "draft.js",
  "entries.js",
  "examples.js",
  "form.js",
  "heat.js",
  "legend.js",
  "main.js",
  "numbers.js",
  "page.js",
  "problem.js",
  "readout.js",
  "results.js",
  "scale.js",
  "scores.js",
  "segments.js",
  "steps.js",
  "theme.js",
  "whitespace.js",
] as const;

/** The name of one of the page's files. */
export type AssetName = typeof assetNames[number];

/** Reads a file of the page. */
export async function readAsset(name: AssetName): Promise<Asset> {
  const bytes = await Deno.readFile(new URL(name, import.meta.url));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const contentType = contentTypes[name.slice(name.lastIndexOf(".") + 1)];
  if (contentType === undefined) throw new TypeError(`Cannot serve a file of this type: ${name}`);
  return { bytes, contentType, etag: `"${digest.toHex().slice(0, 32)}"` };
}
