/** The models there are: golden ones, and the one that tests of other parts put in their place. */

import { loadModel } from "../../src/model/load_model.ts";
import { fakeModel } from "../support/fake_model.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";
import { testModel } from "./model.ts";

const fakes = {
  "the fake model": {},
  "the fake model with two labels and no template": { labels: 2, chat: false },
  "the fake model whose texts are closed": { closing: true },
} as const;

for (const [name, options] of Object.entries(fakes)) {
  testModel({ name, open: () => Promise.resolve(fakeModel(options)) });
}

for (const name of ["llama", "gpt2", "bert", "deberta-v3"]) {
  const options = { device: "cpu", threads: 1 } as const;
  testModel({ name, open: () => loadModel(goldenDirectory(name), options) });
}

for (const name of ["bert", "bloom"]) {
  const options = { device: "cpu", threads: 1 } as const;
  testModel({
    name: `the prebuilt graph of ${name}`,
    open: () => loadModel(goldenOnnx(name), options),
  });
}
