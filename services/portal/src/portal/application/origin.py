"""May this request change something? Only when it comes from a page of our own (Fetch Metadata, else Origin)."""

from __future__ import annotations

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_us(method: str, host: str, fetch_site: str | None, origin: str | None) -> bool:
    """`host`: the Host header. `fetch_site`: Sec-Fetch-Site, which no page can forge and every current browser sends.

    Older browsers send Origin with every POST; a request with neither is refused.
    """
    if method in SAFE_METHODS:
        return True
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    if origin is None:
        return False
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
