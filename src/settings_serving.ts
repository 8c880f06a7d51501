/**
 * The settings of `serve`: where it listens, who may call and what it writes down; how much it takes
 * on is in `settings_admission.ts`. Those of the models are in `settings.ts`.
 *
 * @module
 */

import { admissionSettings } from "./settings_admission.ts";
import { help, integer, oneOf, text, toggle } from "./settings_readers.ts";

/** The settings of a server. */
export function servingSettings() {
  return {
    host: text().default("127.0.0.1").register(help, {
      value: "HOST",
      description: "address to listen on; 0.0.0.0 for every one of the machine",
    }),
    port: integer(0, 65_535).default(8080).register(help, {
      value: "N",
      description: "port to listen on; 0 takes a free one",
    }),
    ...admissionSettings(),
    drainMs: integer(0, 3_600_000).default(30_000).register(help, {
      value: "MS",
      description: "time that requests in flight have to finish after SIGTERM or Ctrl-C",
    }),
    // A server requires the key, and a trainer sends it.
    apiKey: text().optional().register(help, {
      value: "KEY",
      description:
        "key that the server requires ('Authorization: Bearer KEY'); the variable is safer than the " +
        "flag, which ps shows",
      unset: "none",
    }),
    publicMetrics: toggle().default(true).register(help, {
      description: "answer /metrics without the key; --no-public-metrics requires it there too",
    }),
    corsOrigin: text().optional().register(help, {
      value: "ORIGIN",
      description: "origin whose pages may call the server, several with commas, or *",
      unset: "none",
    }),
    log: oneOf("text", "json", "off").default("text").register(help, {
      value: "FORM",
      description: "one line per request on standard error: text, json or off",
    }),
  };
}
