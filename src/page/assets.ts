/**
 * The files of the page, which `http/` serves.
 *
 * @module
 */

/** A file for the browser. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Changes with the bytes; in quotation marks, as in the header. */
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Every file of the page. Other names are not served. */
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
  "dom.js",
  "entries.js",
  "examples.js",
  "form.js",
  "form_state.js",
  "heat.js",
  "legend.js",
  "main.js",
  "model_choice.js",
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
