import pytest

from client.address import http_url, resuming_url, shown, websocket_url
from client.errors import AddressError


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("ws://h:1/ws", "ws://h:1/ws"),
        ("wss://h/sub/ws?token=t", "wss://h/sub/ws?token=t"),
        ("http://h:8000", "ws://h:8000/ws"),
        ("https://h/", "wss://h/ws"),
        ("http://[::1]:8000", "ws://[::1]:8000/ws"),
    ],
)
def test_addresses(address: str, url: str) -> None:
    assert websocket_url(address) == url


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("ws://h:1/ws", "http://h:1"),
        ("wss://h/sub/ws?token=t", "https://h/sub"),
        ("http://h:8000", "http://h:8000"),
        ("https://h/sub/", "https://h/sub"),
    ],
)
def test_the_http_api_is_at_the_same_address(address: str, url: str) -> None:
    assert http_url(address) == url


@pytest.mark.parametrize("address", ["", "localhost:8000", "ftp://h", "ws://", "ws://h:99999/ws"])
def test_no_addresses(address: str) -> None:
    with pytest.raises(AddressError):
        websocket_url(address)
    with pytest.raises(AddressError):
        http_url(address)


def test_resuming_keeps_the_query_and_quotes() -> None:
    url = resuming_url("ws://h/ws?token=t", "s", "a&b", 7)
    assert url == "ws://h/ws?token=t&session_id=s&resume_token=a%26b&last_event_id=7"


def test_secrets_are_not_shown() -> None:
    assert shown("ws://me:word@h:1/ws?token=t") == "ws://h:1/ws"
