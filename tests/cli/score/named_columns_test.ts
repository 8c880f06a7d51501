import assert from "node:assert/strict";
import { namedColumns, requireColumns } from "../../../src/cli/score/named_columns.ts";

const none = { promptColumn: undefined, completionColumn: undefined, messagesColumn: undefined };

Deno.test("flags name the column of the prompt once", () => {
  assert.deepEqual(namedColumns({ ...none, promptColumn: "q", completionColumn: "r" }), {
    prompt: "q",
    completion: "r",
    messages: undefined,
  });
  assert.throws(
    () => namedColumns({ ...none, promptColumn: "q", messagesColumn: "m" }),
    /in one column, .*: received --prompt-column q and --messages-column m$/,
  );
  assert.throws(
    () => namedColumns({ ...none, promptColumn: "q", completionColumn: "q" }),
    /the prompt or its completion: received q for both$/,
  );
});

Deno.test("a column that no row has is an error with the one that was meant", () => {
  const survey = { rows: 1, columns: ["question", "answer"] };
  requireColumns({ ...none, promptColumn: "question" }, survey);
  assert.throws(
    () => requireColumns({ ...none, completionColumn: "anser" }, survey),
    /did you mean 'answer'\?\): received --completion-column anser$/,
  );
});
