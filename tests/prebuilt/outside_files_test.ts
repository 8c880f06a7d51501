import assert from "node:assert/strict";
import { decodeMessage, encodeMessage, type Message } from "../../src/onnx/protobuf.ts";
import type { ModelMessage } from "../../src/prebuilt/messages.ts";
import { refuseFilesWithin } from "../../src/prebuilt/outside_files.ts";

const elsewhere = {
  name: "w",
  dataLocation: 1,
  externalData: [{ key: "location", value: "etc/passwd" }],
};
const constant = (attribute: Message) => ({
  node: [{ opType: "Constant", attribute: [attribute] }],
});

function check(model: Message): void {
  const bytes = encodeMessage("ModelProto", { graph: {}, ...model });
  refuseFilesWithin(decodeMessage("ModelProto", bytes) as unknown as ModelMessage);
}

Deno.test("no tensor but an initialiser of the graph may lie outside the file", () => {
  const graphs: Message[] = [
    constant({ t: elsewhere }),
    constant({ t: { ...elsewhere, externalData: [] } }),
    constant({ tensors: [elsewhere] }),
    constant({ sparseTensor: { values: elsewhere } }),
    constant({ sparseTensors: [{ indices: elsewhere }] }),
    constant({ g: { initializer: [elsewhere] } }),
    constant({ graphs: [constant({ t: elsewhere })] }),
    { sparseInitializer: [{ values: elsewhere }] },
  ];
  const functions: Message[] = [constant({ t: elsewhere }), { attributeProto: [{ t: elsewhere }] }];
  const models = [
    ...graphs.map((graph) => ({ graph })),
    ...functions.map((each) => ({ functions: [each] })),
  ];
  for (const model of models) {
    assert.throws(
      () => check(model),
      /only the initialisers of its graph may lie outside the file/,
    );
  }
  check({ graph: { initializer: [elsewhere], ...constant({ t: { name: "within" } }) } });
});
