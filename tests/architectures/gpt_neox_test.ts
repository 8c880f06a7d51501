import { testFamily } from "../support/golden_model.ts";

testFamily(["gpt-neox", "gpt-neox-sequential", "gpt-neox-half-rotary"]);
