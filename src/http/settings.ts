/**
 * Settings of the HTTP side: limits, key, origins, logging. Plain values with their defaults; the
 * command line reads them from flags and the environment.
 *
 * @module
 */

/** Settings of the HTTP side; every field has a default in {@linkcode defaultHttpSettings}. */
export interface HttpSettings {
  /** The most bytes a request body may have. @default {10_000_000} */
  readonly maxBodyBytes: number;
  /** The most bytes that the bodies of all requests may have at once. @default {512_000_000} */
  readonly maxBodiesBytes: number;
  /** The status of an answer that says there are too many requests. @default {503} */
  readonly overloadStatus: 503 | 429;
  /** The most milliseconds a request may take before it fails; 0 for no limit. @default {120_000} */
  readonly deadlineMs: number;
  /** The key that callers must show; without one anyone may call. @default {undefined} */
  readonly apiKey: string | undefined;
  /** Whether `/metrics` answers without the key. @default {true} */
  readonly publicMetrics: boolean;
  /** Origins whose pages may call this server; `*` for all, empty for none. @default {[]} */
  readonly corsOrigins: readonly string[];
  /** Whether the log has the beginnings of the texts that are scored. @default {false} */
  readonly logText: boolean;
  /** How each answered request is logged. @default {"text"} */
  readonly accessLog: "off" | "text" | "json";
}

/** The settings unless others are given. */
export const defaultHttpSettings: HttpSettings = {
  maxBodyBytes: 10_000_000,
  maxBodiesBytes: 512_000_000,
  overloadStatus: 503,
  deadlineMs: 120_000,
  apiKey: undefined,
  publicMetrics: true,
  corsOrigins: [],
  logText: false,
  accessLog: "text",
};
