/**
 * Training with the Python package: its tests that train again and again, and those of trainers whose environment
 * is not the package's.
 *
 * @module
 */

import { findTrainer } from "../peers/trainers.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";
import { packagePython, runModule } from "./package.ts";

const own = await packagePython();

testWhere({
  name: "the Python package trains as its pages say",
  missing: slow ?? own.missing,
  async fn() {
    await runModule(own.python, "pytest", "-m", "slow");
  },
});

/** Trainers with an environment of their own, each with its tests. */
const trainers = {
  verl: "tests/test_verl.py",
  openrlhf: "tests/test_openrlhf.py",
  skyrl: "tests/test_skyrl.py",
};

for (const [name, path] of Object.entries(trainers)) {
  const { python, missing } = await findTrainer(name);
  testWhere({
    name: `the Python package's adapter of ${name} passes its tests`,
    missing: slow ?? missing,
    async fn() {
      await runModule(python, "pytest", path);
    },
  });
}

/** A Python of 3.12 with SkyRL's server, of 6 GB, which no machine of ours has by itself. */
const skyrlServer = Deno.env.get("ABACUS_SKYRL_PYTHON");

testWhere({
  name: "the Tinker API trains on token rewards, on SkyRL's own server",
  missing: slow ?? (skyrlServer === undefined ? "no ABACUS_SKYRL_PYTHON" : undefined),
  async fn() {
    await runModule(skyrlServer ?? "", "pytest", "tests/test_tinker_training.py");
  },
});
