import { testFamily } from "../support/golden_model.ts";

testFamily([
  "llama",
  "llama-biased-sharded",
  "llama-rope-llama3",
  "llama-rope-linear",
  "llama-rope-dynamic",
  "llama-rope-yarn",
  "llama-rope-longrope",
]);
