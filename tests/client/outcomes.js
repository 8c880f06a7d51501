// @ts-check
/**
 * What the client makes of each story of a rude server, in any runtime: the same file runs in Deno, in
 * Node and in a browser.
 *
 * @module
 */

/** Stories that only the end of the call's time ends. */
const endless = new Set(["silence", "drip"]);

/**
 * @param {{ RewardClient: any, RewardClientError: any }} client the module under test
 * @param {{ url: string, stories: string[], items: unknown[] }} plan
 * @returns {Promise<Record<string, string>>} `scored` with all numbers, or kind, status and attempts
 */
export async function outcomesOf({ RewardClient, RewardClientError }, { url, stories, items }) {
  /** @param {string} story */
  async function outcome(story) {
    const client = new RewardClient({
      url: `${url}/${story}`,
      retries: 1,
      random: () => 0,
      timeoutMs: endless.has(story) ? 300 : 20_000,
      maxBytesPerAnswer: 100_000,
      ...(story === "other-model" ? { model: "asked-reward" } : {}),
    });
    try {
      const { items: scored } = await client.score(items);
      return `scored ${JSON.stringify(scored)}`;
    } catch (error) {
      if (!(error instanceof RewardClientError)) return `another error: ${error}`;
      const { kind, status = "-", attempts } = /** @type {any} */ (error);
      // How far a request came in its time is the machine's business.
      return endless.has(story) ? kind : `${kind} ${status} ${attempts}`;
    }
  }
  return Object.fromEntries(
    await Promise.all(stories.map(async (story) => [story, await outcome(story)])),
  );
}
