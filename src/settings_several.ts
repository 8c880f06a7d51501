/**
 * Settings of a server with several models: what one of them has of its own, and mixtures of them.
 *
 * Values hold commas, so the values of these flags have semicolons between them where one variable holds all.
 *
 * @module
 */

import { help, text } from "./settings_readers.ts";

/** The settings; docs/mixtures.md shows their use. */
export function severalSettings() {
  return {
    set: text().optional().register(help, {
      value: "SETTING",
      description:
        "a setting of one model alone, as NAME.SETTING=VALUE (safe.dtype=float16), which goes before " +
        "the flag for all; repeated, or with semicolons",
      unset: "every model has the same settings",
      separator: ";",
    }),
    mix: text().optional().register(help, {
      value: "MIXTURE",
      description:
        "a further model whose score is a weighted sum, as NAME=help:0.7,safe:0.3 of models' names; " +
        "repeated, or with semicolons",
      unset: "none",
      separator: ";",
    }),
  };
}
