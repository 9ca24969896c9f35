"""Which proxy a connection goes through: the environment's, the same for every client here.

The libraries differ: aiohttp overlooks ALL_PROXY, discord.py all of them.
"""

from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_NAMES: Final = {
    "http": ("http", "all"),
    "https": ("https", "all"),
    # As websockets has it: a proxy for WebSockets, then one that lets any connection through.
    "ws": ("ws", "socks", "https", "http", "all"),
    "wss": ("wss", "socks", "https", "all"),
}


def proxy_of(url: str, *, socks: bool = False) -> str | None:
    """The address of the proxy for a URL, which may hold a password; None for none.

    HTTPS_PROXY, ALL_PROXY and their like in either case, but none to this machine and to what
    NO_PROXY names. ``socks``: whether the client speaks SOCKS; one that does not passes it over.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.")
    if here or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    found = getproxies()
    for name in _NAMES.get(parts.scheme, ()):
        proxy = found.get(name, "")
        if "://" not in proxy:
            proxy = proxy and f"http://{proxy}"
        if name == "socks" and proxy.startswith("http://"):  # as systems' settings have it
            proxy = proxy.replace("http://", "socks5://", 1)
        if proxy and (socks or not proxy.startswith("socks")):
            return proxy
    return None
