import assert from "node:assert/strict";
import { layouts } from "../../../src/cli/score/layouts.ts";
import { readRowRequest, rowError, type RowRequest } from "../../../src/cli/score/row_request.ts";
import { AbacusError } from "../../../src/errors.ts";
import { rowOf, torn } from "./rows.ts";

const user = { role: "user", content: "hi" };
const messages = [user];
const said = { role: "assistant", content: "b" };

/** What a row asks for: its form and its items. */
function asked(row: object): [form: string, items: unknown] {
  const request = readRowRequest(rowOf(row), layouts);
  if (request instanceof AbacusError) throw request;
  // Zod's objects have no prototype of their own, which deepEqual looks at.
  return [request.form, JSON.parse(JSON.stringify(request.items))];
}

Deno.test("a row asks for one completion or several, in each form of an item", async (t) => {
  const cases: [string, object, form: string, item: unknown][] = [
    ["plain", { prompt: "a", completion: "b", id: 7 }, "one", { prompt: "a", completions: ["b"] }],
    ["plain, several", { prompt: "a", completions: ["b", ""] }, "several", {
      prompt: "a",
      completions: ["b", ""],
    }],
    ["chat", { messages, completion: "b" }, "one", { messages, completions: ["b"] }],
    ["chat, several", { messages, completions: ["b"] }, "several", {
      messages,
      completions: ["b"],
    }],
    ["ids", { prompt_ids: [1], completion_ids: [2, 3] }, "one", {
      prompt_ids: [1],
      completion_ids: [[2, 3]],
    }],
    ["ids, none", { prompt_ids: [1], completion_ids: [] }, "one", {
      prompt_ids: [1],
      completion_ids: [[]],
    }],
    ["ids, several", { prompt_ids: [1], completion_ids: [[2], []] }, "several", {
      prompt_ids: [1],
      completion_ids: [[2], []],
    }],
    ["spans", { prompt: "a", completion: "bc", token_spans: [[0, 1], [1, 2]] }, "one", {
      prompt: "a",
      completions: ["bc"],
      token_spans: [[[0, 1], [1, 2]]],
    }],
    ["spans of several", { prompt: "a", completions: ["b"], token_spans: [[[0, 1]]] }, "several", {
      prompt: "a",
      completions: ["b"],
      token_spans: [[[0, 1]]],
    }],
    ["nulls, as Parquet fills them in", { prompt: "a", completion: "b", messages: null }, "one", {
      prompt: "a",
      completions: ["b"],
    }],
    ["completions in messages", { prompt: messages, completions: [[said], [said]] }, "several", {
      messages,
      completions: ["b", "b"],
    }],
  ];
  for (const [name, row, form, item] of cases) {
    await t.step(name, () => assert.deepEqual(asked(row), [form, [item]]));
  }
});

Deno.test("answers that say what stands before them are items of their own", () => {
  const second = { role: "user", content: "and?" };
  const [form, items] = asked({ chosen: [user, said], rejected: [second, said] });
  assert.equal(form, "pair");
  assert.deepEqual(items, [
    { messages: [user], completions: ["b"] },
    { messages: [second], completions: ["b"] },
  ]);
});

Deno.test("messages of which the last is scored lose no turn, and repeat none", async (t) => {
  const system = { role: "system", content: "Be brief." };
  const more = [{ role: "assistant", content: "yes" }, { role: "user", content: "why?" }];
  const cases: [string, object, messages: object[]][] = [
    ["a conversation", { messages: [user, said] }, [user]],
    ["a completion of several turns", { prompt: [user], completion: [...more, said] }, [
      user,
      ...more,
    ]],
    ["an answer that repeats its prompt", { prompt: [user], completion: [user, said] }, [user]],
    ["a prompt in text, which the messages hold", { prompt: "hi", completion: [user, said] }, [
      user,
    ]],
    ["one message that is no list", { prompt: [user], completion: said }, [user]],
    ["text parts", { messages: [user, { ...said, content: [{ type: "text", text: "b" }] }] }, [
      user,
    ]],
    ["keys for the trainer", { messages: [user, { ...said, weight: 1, tool_calls: [] }] }, [user]],
    ["ShareGPT's", {
      system: "Be brief.",
      conversations: [{ from: "human", value: "hi" }, { from: "gpt", value: "b" }],
    }, [system, user]],
    ["ShareGPT's with a system turn", {
      system: "Not this one.",
      conversations: [
        { from: "system", value: "Be brief." },
        { from: "human", value: "hi" },
        { from: "gpt", value: "b" },
      ],
    }, [system, user]],
    ["Alpaca's", {
      system: "Be brief.",
      history: [["hi", "yes"]],
      instruction: "why?",
      input: "",
      output: "b",
    }, [system, user, ...more]],
  ];
  for (const [name, row, messages] of cases) {
    await t.step(name, () => {
      assert.deepEqual(asked(row), ["one", [{ messages, completions: ["b"] }]]);
    });
  }
});

Deno.test("the errors of a row name its own columns", async (t) => {
  const cases: [object, path: string | undefined, RegExp][] = [
    [
      { prompt: 1, completion: "b" },
      "prompt",
      /prompt must be text or a list of messages: received 1$/,
    ],
    [{ prompt: null, response: "b" }, "prompt", /prompt must be text .*: received null$/],
    [{ prompt: "a", response: 3 }, "response", /response must be text .*: received 3$/],
    [{ prompt: "a", response: "\ud800" }, "response", /response must be well-formed/],
    [{ prompt: "a", responses: ["b", 4] }, "responses[1]", /responses\[1\] must be text/],
    [{ prompt: "a", responses: [] }, "responses", /responses must hold an answer/],
    [{ prompt_ids: [1], completion_ids: [2, -1] }, "completion_ids[1]", /completion_ids\[1\] /],
    [{ prompt_ids: [1], completion_ids: [[2], [-1]] }, "completion_ids[1][0]", /ids\[1\]\[0\] /],
    [{ prompt_ids: [-1], completion_ids: [2] }, "prompt_ids[0]", /prompt_ids\[0\] /],
    [
      { prompt: "a", completion: "b", token_spans: [[1, 0]] },
      "token_spans[0]",
      /token_spans\[0\] /,
    ],
    [{ messages: "hi", completion: "a" }, "messages", /messages must be a list/],
    [{ messages: [{ role: 1, content: "a" }, said] }, "messages[0].role", /messages\[0\].role /],
    [
      { conversations: [{ from: "human", value: 1 }, { from: "gpt", value: "b" }] },
      "conversations[0].value",
      /conversations\[0\].value must be/,
    ],
    [{ conversations: [{ from: "me", value: "a" }] }, "conversations[0].from", /one of human, /],
    [{ messages: [said, user] }, "messages[1]", /must be the assistant's turn.*received 'user'$/],
    [
      { messages: [user, { ...said, tool_calls: [{}] }] },
      "messages[1].tool_calls",
      /tool_calls must be absent, as only text can be scored/,
    ],
    [{ messages: [user, { ...said, content: null }] }, "messages[1].content", /must be text/],
    [{ messages: [user, said], tools: "[{}]" }, "tools", /tools must be empty/],
    [{ prompt: "a", completion: [said] }, "completion", /completion must hold what it answers/],
    [{ prompt: "a", chosen: ["b"], rejected: "c" }, "chosen", /chosen must hold one answer/],
    [{ prompt: "a", chosen: "b", rejected: 4 }, "rejected", /rejected must be text/],
    [{ instruction: 3, output: "b" }, "instruction", /instruction must be text: received 3$/],
    [{ instruction: "a", output: "b", history: ["x"] }, "history[0]", /a question and its answer/],
    [
      { prompt: "a" },
      undefined,
      /no answer beside 'prompt' \(one of .*response.*received the columns 'prompt'$/,
    ],
    [{ response: "a" }, undefined, /no prompt beside 'response' \(one of .*--prompt-column/],
    [{ text: "a", id: 1 }, undefined, /no known layout .*: received the columns 'text', 'id'$/],
    [{}, undefined, /received the columns none$/],
    [
      { prompt: "a", response: "b", answer: "c" },
      "answer",
      /could be the answer \(--completion-col/,
    ],
    [{ prompt: "a", messages, completion: "b" }, "prompt", /could be the prompt \(--prompt-column/],
  ];
  for (const [row, path, message] of cases) {
    await t.step(JSON.stringify(row), () => {
      const error = readRowRequest(rowOf(row), layouts);
      assert.ok(error instanceof AbacusError);
      assert.equal(error.kind, "invalid_request");
      assert.match(error.message, /^Cannot read the row as /);
      assert.match(error.message, message);
      assert.equal(error.path, path);
    });
  }
});

Deno.test("NaN is an error in a column that is read, and nothing in any other", () => {
  const nan = { prompt: "a", completion: "b", old: 0 };
  const text = JSON.stringify(nan).replace(":0", ":NaN");
  const row = { ...rowOf(nan), text: (name: string) => name === "completion" ? "NaN" : '"a"' };
  assert.ok(text.includes("NaN"));
  const error = readRowRequest(row, layouts);
  assert.ok(error instanceof AbacusError && /completion must hold neither NaN/.test(error.message));
});

Deno.test("a row that could not be read stays the error it is", () => {
  const error = torn();
  assert.equal(readRowRequest(error, layouts), error);
});

Deno.test("the error of an item is that of the column that it came from", () => {
  const row = { chosen: [user, said], rejected: [{ role: "user", content: "x" }, said] };
  const request = readRowRequest(rowOf(row), layouts) as RowRequest;
  const of = (path: string) =>
    rowError(new AbacusError("too_long", `Cannot score as ${path} is long`, { path }), request);
  assert.equal(of("items[0].completions[0]").path, "chosen[1].content");
  assert.equal(
    of("items[1].messages[0].content").message,
    "Cannot score as rejected[0].content is long",
  );
});
