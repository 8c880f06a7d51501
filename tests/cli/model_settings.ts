/**
 * Settings of models as small golden models need them, where commands read them from flags.
 *
 * @module
 */

/** All but which model: on the CPU with one thread, read as its files say. */
export const modelSettings = {
  models: "models",
  name: undefined,
  score: undefined,
  normalizeReward: false,
  onnx: false,
  splitSpecialTokens: false,
  appendEos: false,
  device: "cpu",
  dtype: "auto",
  attention: "auto",
  maxAttentionMb: 1_000,
  threads: 1,
  maxBatchTokens: 1_000,
  maxGradientMb: 1_000,
  maxCreditTokens: 1_000_000,
} as const;
