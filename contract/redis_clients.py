"""Connections to Redis that outlive a restart of it: commands are tried again for some seconds."""

import socket

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

# About 12 s in all: longer than a Redis restart, shorter than a client's patience.
_RETRIES = 12
# A command that finds no free connection fails at once, and its session with it. Redis itself takes
# 10,000 clients by default; what bounds the connections is the sessions a gateway may hold.
_MAX_CONNECTIONS = 10_000

_OUTSIDE = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError)


def _backoff() -> ExponentialBackoff:
    return ExponentialBackoff(cap=1.5, base=0.05)


def connect(url: str) -> redis.Redis:
    """A client for threads (workers)."""
    return redis.Redis.from_url(
        url,
        retry=Retry(_backoff(), _RETRIES),
        retry_on_error=list(_OUTSIDE),
        socket_connect_timeout=5,
        socket_timeout=10,
        health_check_interval=15,
    )


def connect_async(url: str) -> redis.asyncio.Redis:
    """A client for asyncio (gateway, listener).

    A silent Redis is noticed by the kernel, not by a socket_timeout: with one, redis-py sends
    through asyncio.wait_for, which in Python 3.11 swallows a quarter of all cancellations.
    """
    return redis.asyncio.Redis.from_url(
        url,
        retry=AsyncRetry(_backoff(), _RETRIES),
        retry_on_error=list(_OUTSIDE),
        max_connections=_MAX_CONNECTIONS,
        socket_connect_timeout=5,
        socket_timeout=None,
        socket_keepalive=True,
        socket_keepalive_options={
            socket.TCP_KEEPIDLE: 5,
            socket.TCP_KEEPINTVL: 2,
            socket.TCP_KEEPCNT: 3,
            socket.TCP_USER_TIMEOUT: 10_000,
        },
        health_check_interval=15,
    )
