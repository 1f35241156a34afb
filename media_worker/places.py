"""Where recordings may come from and callbacks may go to."""

import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx

from contract.errors import FetchFailedError, MediaForbiddenError, MediaNotFoundError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HTTP: Final = frozenset({"http", "https"})

# Addresses that carry an IPv4 address within, which may be a private one.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class Places:
    """Tells public addresses from those that only this network can reach."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed`: host names, addresses and networks that are fine although private."""
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in filter(None, map(str.strip, allowed)):
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._names.add(entry.lower().rstrip("."))

    def address_of(self, host: str, port: int) -> str:
        """The address to connect to for a host.

        Raises MediaForbiddenError where any of its addresses is not to be reached, and
        FetchFailedError where it has none.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchFailedError(f"there is no host by the name of {host}") from error
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if host.lower().rstrip(".") not in self._names:
            for address in addresses:
                if not self._open(ipaddress.ip_address(address)):
                    raise MediaForbiddenError(f"{host} is not a public address")
        return addresses[0]

    def _open(self, address: Address) -> bool:
        if any(address in network for network in self._networks):
            return True
        return all(
            each.is_global and not each.is_multicast and not each.is_reserved
            for each in (address, *_within(address))
        )


class GuardedTransport(httpx.HTTPTransport):
    """Connects to the very address that was looked at, so that no second look-up differs."""

    def __init__(self, places: Places) -> None:
        super().__init__(trust_env=False)
        self._places = places

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, a redirect's as well; raises as Places.address_of does."""
        url = request.url
        if url.scheme not in HTTP:
            raise MediaForbiddenError(f"{url.scheme}: only http and https are taken")
        port = url.port or (443 if url.scheme == "https" else 80)
        request.url = url.copy_with(host=self._places.address_of(url.host, port))
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        response = super().handle_request(request)
        request.url = url  # what a redirect is relative to
        return response


def below(root: Path | None, given: str) -> Path:
    """The file of MEDIA_ROOT that a path names, links resolved.

    Raises MediaForbiddenError for one that leads outside, MediaNotFoundError where there is none.
    """
    if root is None:
        raise MediaForbiddenError("paths are not taken here: MEDIA_ROOT is unset")
    base = root.resolve()
    try:
        path = (base / given).resolve()
        if not path.is_relative_to(base):
            raise MediaForbiddenError("the path leads outside of MEDIA_ROOT")
        if not path.is_file():
            raise MediaNotFoundError(f"there is no file {given} below MEDIA_ROOT")
    except (OSError, ValueError, RuntimeError) as error:
        raise MediaNotFoundError("the path can't be followed") from error
    return path


def _within(address: Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner = [address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        inner += address.teredo
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in inner if each is not None]
