"""A loopback Bot API server in a process of its own that tells when each message reaches it.

``python telegram_receiver.py CHATS`` prints token and address as a line of JSON, then for each
message its chat, text and moment by the monotonic clock, which all processes of a machine share;
ended by a line of standard input, it prints how many broke Telegram's limits.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from contracts.telegram_server import TelegramServer


class Telegram(TelegramServer):
    """Tells of messages as it takes them."""

    async def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        told = [given["chat_id"], given["text"], time.monotonic_ns()]
        print(json.dumps(told), flush=True)
        return await super()._send_message(given)


async def main() -> None:
    async with Telegram(None) as telegram:
        for number in range(int(sys.argv[1])):
            telegram.chat(1 + number)
        print(json.dumps([telegram.token, telegram.url]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(telegram.floods), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
