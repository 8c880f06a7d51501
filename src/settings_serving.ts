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
  return { ...listening(), ...callers() };
}

/** Where a server listens, how much it takes and when it ends. */
function listening() {
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
    exitWithStdin: toggle().default(false).register(help, {
      description:
        "end as on SIGTERM when the pipe on standard input closes, for parents that may die without a word",
    }),
  };
}

/** Who may call, and what is written down of it. */
function callers() {
  return {
    // A server requires the key, and a trainer sends it.
    apiKey: text().optional().register(help, {
      value: "KEY",
      description:
        "key that the server requires ('Authorization: Bearer KEY'); the variable is safer than the " +
        "flag, which ps shows",
      unset: "none",
    }),
    apiKeyFile: text().optional().register(help, {
      value: "FILE",
      description:
        "several keys with names, one 'name: key' a line; logs and metrics have the names; read again on " +
        "SIGHUP",
      unset: "none",
    }),
    // The two come together. They are read at the start only: docs/serving.md says why.
    tlsCert: text().optional().register(help, {
      value: "FILE",
      description: "certificate and its chain in PEM, with which the server speaks HTTPS",
      unset: "none: plain HTTP",
    }),
    tlsKey: text().optional().register(help, {
      value: "FILE",
      description: "private key of --tls-cert in PEM",
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
    // Off, as texts may be private: then no line has any.
    logText: toggle().default(false).register(help, {
      description: "log the first four texts of a request too, each up to 500 characters",
    }),
  };
}
