import { testFamily } from "../support/golden_model.ts";

testFamily(["gpt2", "gpt2-scaled"]);
