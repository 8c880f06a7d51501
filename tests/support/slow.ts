/**
 * Which tests are too slow for every day. `deno task test --all` runs them, as .ci/run does.
 *
 * @module
 */

/** The variable that is set where all tests were asked for. */
export const everyTest = "ABACUS_TEST_ALL";

/** Suites that start whole programs, browsers and package managers, or train again and again. */
export const slowSuites = [
  "tests/e2e/",
  "tests/cli/ppo_test.ts",
  "tests/client/browser_test.ts",
  "tests/client/package/",
  "tests/experiment/",
  "tests/ppo/report/report_test.ts",
];

/** Why a slow test of a suite that is not slow is skipped; undefined where all tests were asked for. */
export const slow = Deno.env.get(everyTest) === undefined
  ? "slow, so deno task test --all runs it"
  : undefined;

/** Policies whose sampling is left to all tests; their log-probabilities are not. */
export const slowPolicies: readonly string[] = ["phi3", "gemma2", "gpt-neox", "gptj"];
