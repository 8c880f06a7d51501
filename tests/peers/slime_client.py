"""The request of slime's remote reward model, imitated, for slime_client_test.ts: no registry has slime's package.

    python tests/peers/slime_client.py URL... < rollouts.json

Standard input holds a list of [prompt, response]. As slime does, one session of aiohttp posts every sample on its own
and keeps the JSON that it gets. Prints one line of JSON: per URL what was kept of every sample.
"""

import asyncio
import json
import sys

import aiohttp


async def reward(session, url, prompt, response):
    sample = {"prompt": prompt, "response": response, "label": "a label"}
    async with session.post(url, json=sample) as reply:
        reply.raise_for_status()
        return await reply.json()


async def main():
    rollouts = json.load(sys.stdin)
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120)) as session:
        kept = [await asyncio.gather(*(reward(session, url, *each) for each in rollouts)) for url in sys.argv[1:]]
    print(json.dumps(kept))


asyncio.run(main())
