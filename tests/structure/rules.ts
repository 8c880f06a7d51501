/**
 * The rules of the repository's structure: allowed imports, limits of size, and the exceptions, each
 * with its reason.
 *
 * @module
 */

/**
 * The parts of src/ and what each may import besides itself: earlier parts of the pipeline, and only
 * those that it needs.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  files: [],
  once: [],
  settings: ["credit", "engine", "ppo", "text"],
  spelling: [],
  cuda: ["errors", "files"],
  weights: ["errors", "files", "spelling"],
  adapters: ["errors", "weights"],
  jinja: [],
  text: ["errors", "jinja"],
  tree: [],
  prebuilt: ["errors", "onnx", "weights"],
  onnx: ["once"],
  layers: ["once", "onnx", "tree", "weights"],
  architectures: ["errors", "layers", "onnx", "spelling", "text", "tree"],
  engine: [
    "architectures",
    "cuda",
    "errors",
    "layers",
    "once",
    "onnx",
    "prebuilt",
    "tree",
    "weights",
  ],
  model: [
    "adapters",
    "architectures",
    "engine",
    "errors",
    "files",
    "onnx",
    "prebuilt",
    "spelling",
    "text",
    "weights",
  ],
  credit: ["engine", "errors", "spelling", "text"],
  batch: ["engine", "errors"],
  scorer: ["batch", "credit", "engine", "errors", "model", "text"],
  wire: ["credit", "errors", "scorer", "spelling", "text"],
  http: ["batch", "errors", "model", "once", "page", "scorer", "wire"],
  page: [],
  client: ["wire"],
  ppo: [
    "adapters",
    "architectures",
    "client",
    "credit",
    "engine",
    "errors",
    "files",
    "layers",
    "model",
    "once",
    "onnx",
    "page",
    "text",
    "weights",
  ],
  cli: [
    "batch",
    "credit",
    "cuda",
    "engine",
    "errors",
    "files",
    "http",
    "model",
    "onnx",
    "ppo",
    "prebuilt",
    "scorer",
    "settings",
    "spelling",
    "text",
    "wire",
  ],
  mod: ["batch", "credit", "errors", "http", "model", "scorer", "wire"],
};

/** Packages, and modules of packages, that only some parts may import; the longest name decides. */
export const soleImporters: Readonly<Record<string, string | readonly string[]>> = {
  "onnxruntime-node": "engine",
  // Events of TensorBoard are protobuf messages, too.
  protobufjs: ["onnx", "ppo"],
  tokenizers: "text",
  "@huggingface/hub": "model",
  hono: "http",
  // Templates that escape their values: the report of a training run is HTML without a server.
  "hono/html": ["http", "ppo"],
  "prom-client": "http",
  "lru-cache": "batch",
  "@opentelemetry/api": "http",
  // Orders of players are drawn for Shapley values.
  "pure-rand": ["credit", "ppo"],
  re2js: "adapters",
  "@observablehq/plot": "ppo",
  linkedom: "ppo",
  "cli-progress": "cli",
  hyparquet: "cli",
  "hyparquet-compressors": "cli",
  "hyparquet-writer": "cli",
};

/** The limits above which the test fails. */
export const budgets = {
  fileLines: 300,
  tableLines: 450,
  architectureLines: 250,
  functionLines: 60,
  parameters: 3,
  exports: 8,
  commentShare: 0.1,
  /** Lines of tests per line of source. */
  testShare: 0.8,
};

/** Files that are tables of ops or rules, which may be longer. */
export const tables: Readonly<Record<string, string>> = {
  "src/text/tokenizer_classes.ts": "the tokenizer classes of transformers, entry by entry",
};

/** Files that may exceed one budget. */
export const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "src/client/mod.ts": { exports: "the list of what the package exports" },
  "src/jinja/nodes.ts": { exports: "the kinds of nodes of one tree" },
  "src/jinja/values.ts": { exports: "the kinds of one type, and what is asked of all of them" },
};

/** Files with effects when they are loaded. */
export const effectful: Readonly<Record<string, string>> = {
  "src/engine/worker.ts": "a worker's file is the program of its thread",
  "src/engine/child.ts": "the program of a process",
};

/** Files without a test of their name that no test of their folder imports. Types need no test. */
export const untested: Readonly<Record<string, string>> = {
  "src/engine/worker.ts": "the program of a thread; every engine that a test opens runs it",
  "src/engine/child.ts": "the program of a process; child_port_test.ts starts it",
  "src/cli/process.ts": "the process itself; tests/e2e sends it signals",
  "src/cli/version.ts": "one constant, tested with the program",
  "src/cli/serve.ts": "a process that listens; tests/e2e starts it and stops it",
  "src/cli/help.ts": "its text is tested with the program that prints it",
};
