"""Who sends a request: the address it comes from, behind proxies of ours the one that they saw."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from coachroom.settings import Network

UNKNOWN = "unknown"
# What one household or one rented server gets of IPv6: whoever has it may use each of its addresses.
IPV6_PREFIX = 64


def sender_of(scope: Scope, proxies: Iterable[Network]) -> str:
    """The address of whoever asks, for IPv6 its network.

    `X-Forwarded-For` counts only as far as `proxies` wrote it: the right-most address that is none of theirs.
    """
    client = scope.get("client")
    address = _address(client[0]) if client else None
    networks = tuple(proxies)
    hops = Headers(scope=scope).getlist("x-forwarded-for")
    for hop in reversed([hop for line in hops for hop in line.split(",")]):
        if address is None or not any(address in network for network in networks):
            break
        forwarded = _address(hop)
        if forwarded is None:
            break
        address = forwarded
    return _name(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `1.2.3.4`, `1.2.3.4:5678`, `::1` or `[::1]:5678`; None in anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _name(address: IPv4Address | IPv6Address | None) -> str:
    if address is None:
        return UNKNOWN
    return str(IPv6Network((address, IPV6_PREFIX), strict=False)) if address.version == 6 else str(address)
