"""ElevenLabs' regions: what the widget calls each, and the hosts on which its calls are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True)
class Region:
    """`location`: the widget's name, since it knows no addresses. `hosts`: where a signed address may lead."""

    location: str
    hosts: tuple[str, ...]


# The worldwide address and the one of the United States hand out addresses on either host.
REGIONS = {
    "https://api.us.elevenlabs.io": Region("us", ("api.us.elevenlabs.io", "api.elevenlabs.io")),
    "https://api.elevenlabs.io": Region("global", ("api.elevenlabs.io", "api.us.elevenlabs.io")),
    "https://api.eu.residency.elevenlabs.io": Region("eu-residency", ("api.eu.residency.elevenlabs.io",)),
    "https://api.in.residency.elevenlabs.io": Region("in-residency", ("api.in.residency.elevenlabs.io",)),
}


def origin(address: str) -> str:
    """Scheme, host and port as browsers write them. Raises ValueError where `address` has none of them."""
    parts = urlsplit(address)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{address!r} is no address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def region_of(api_url: str) -> Region | None:
    """The region whose API is there; None for an address that is not ElevenLabs' own."""
    return REGIONS.get(origin(api_url))


def api_origins(api_url: str) -> tuple[str, ...]:
    """The origins that serve calls of the agents there: the region's, or that address alone."""
    region = region_of(api_url)
    return (origin(api_url),) if region is None else tuple(f"https://{host}" for host in region.hosts)


def socket_origins(api_url: str) -> tuple[str, ...]:
    """The same for web sockets: a signed address leads to one of them."""
    return tuple(_as_socket(each) for each in api_origins(api_url))


def socket_origin(address: str) -> str:
    """The origin of a web socket. Raises ValueError where `address` is none."""
    if not (found := origin(address)).startswith(("ws://", "wss://")):
        raise ValueError(f"{address!r} is no web socket")
    return found


def _as_socket(api_origin: str) -> str:
    scheme, _, rest = api_origin.partition("://")
    return f"{SOCKET_SCHEMES[scheme]}://{rest}"
