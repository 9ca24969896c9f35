"""The drawing process: reads drawings from standard input, writes pictures to standard output.

Each way a length of four bytes and so many bytes of MessagePack; an answer begins with one byte
that says whether it is a picture or the reason why there is none. It ends when its input does.
"""

import os
import sys
import warnings
from typing import BinaryIO

import msgspec

from bot.drawings import Drawing

READY = b"R"
PICTURE = b"P"
FAILED = b"F"


def main() -> None:
    """Draw until nobody asks any more."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the pictures
    os.nice(5)  # market data comes first
    from bot.charts import paint

    decoder = msgspec.msgpack.Decoder(Drawing)
    _answer(answers, READY)
    while (text := _read(asked)) is not None:
        try:
            with warnings.catch_warnings():
                # A coin may be named in letters that no Korean type has: boxes are drawn for them.
                warnings.simplefilter("ignore")
                answer = PICTURE + paint(decoder.decode(text))
        except Exception as error:  # one drawing must not end the others; the asker is told
            answer = FAILED + f"{type(error).__name__}: {error}".encode()
        _answer(answers, answer)


def _read(stream: BinaryIO) -> bytes | None:
    size = stream.read(4)
    if len(size) < 4:
        return None
    return stream.read(int.from_bytes(size, "big"))


def _answer(stream: BinaryIO, body: bytes) -> None:
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()
