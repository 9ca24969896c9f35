"""Addresses as settings have them: a scheme that fits, and a host."""

from typing import Annotated

import msgspec

HttpUrl = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/:?#]")]
WsUrl = Annotated[str, msgspec.Meta(pattern=r"^wss?://[^\s/:?#]")]
WsUrlOrNone = Annotated[str, msgspec.Meta(pattern=r"^(wss?://[^\s/:?#].*)?$")]
""" "" is none."""
