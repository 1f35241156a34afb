"""TCP ports for services that are told where to listen."""

import itertools
import random
import socket

# Below Linux's range for outgoing connections (32768 up), so that nobody takes a port between
# our finding it free and the service's listening on it.
_CANDIDATES = range(20_000, 32_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that nobody listens on, all different."""
    shuffled = random.sample(_CANDIDATES, len(_CANDIDATES))
    return list(itertools.islice((port for port in shuffled if is_free(port, host)), count))
