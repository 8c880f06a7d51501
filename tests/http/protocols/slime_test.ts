import assert from "node:assert/strict";
import { fakeApp } from "../fake_app.ts";

async function post(body: unknown, query = "", { app } = fakeApp()) {
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  return await app.request(`/rm${query}`, { ...init, body: JSON.stringify(body) });
}

const sample = { prompt: "The film was", response: " a delight.", label: null };

Deno.test("slime reads a number under its reward key", async () => {
  // As remote_rm does it: the JSON is the sample's reward, of which --reward-key takes a part.
  const reward = await (await post({ ...sample, prompt_tokens: [1] })).json();
  assert.equal(typeof reward["reward"], "number");
  assert.equal(reward["score"], reward["reward"]);
  const sum = reward.token_rewards.reduce((total: number, each: number) => total + each, 0);
  assert.ok(Math.abs(sum + reward.unassigned - reward.reward) < 1e-6);
  assert.equal(reward.token_offsets.length, reward.token_rewards.length);
});

Deno.test("the URL asks for the bare number, and for how to score", async () => {
  const { reward } = await (await post(sample)).json();
  assert.equal(await (await post(sample, "?form=number")).json(), reward);
  const uniform = await (await post(sample, "?method=uniform&beta=1")).json();
  assert.deepEqual(uniform.credit, { method: "uniform", beta: 1 });
  assert.equal(uniform.token_rewards[0], uniform.token_rewards[1]);
  for (const [query, says] of [["?form=list", /form must be one of/], ["?key=1", /unknown key/]]) {
    const response = await post(sample, query as string);
    assert.equal(response.status, 400);
    assert.match((await response.json()).detail, says as RegExp);
  }
});

Deno.test("an error says which of the two is wrong, the prompt or the response", async () => {
  const untemplated = fakeApp({ model: { chat: false } });
  const prompt = [{ role: "user", content: "x" }];
  const cases = [
    [{ prompt, response: "y" }, untemplated, /template.* \(at prompt\)$/],
    [
      { prompt: "x", response: "y ".repeat(90) },
      fakeApp({ model: { context: 8 } }),
      /\(at response\)$/,
    ],
  ] as const;
  for (const [body, fake, message] of cases) {
    assert.match((await (await post(body, "", fake)).json()).detail, message);
  }
});

Deno.test("a text has its special tokens, and a conversation gets those of its template", async () => {
  const fake = fakeApp();
  await post({ prompt: "a", response: " b" }, "", fake);
  assert.equal(fake.model.engine.batches[0]?.[0]?.ids.length, 2);
  const prompt = [{ role: "user", content: "a" }];
  const reply = await (await post({ prompt, response: " b" }, "", fake)).json();
  const chat = await fake.models.find().scorer.score({
    samples: [{ kind: "chat", messages: [{ role: "user", content: "a" }], completion: " b" }],
    credit: { method: "terminal", beta: 1 },
    truncation: "none",
  });
  assert.equal(reply.reward, chat.completions[0]!.score);
});
