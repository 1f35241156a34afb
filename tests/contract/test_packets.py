import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import InvalidPacketError
from contract.packets import (
    MAX_DATA_BYTES,
    FromClient,
    FromServer,
    Packet,
    PacketReader,
    result_packets,
    split_text,
)

packets = st.builds(Packet, st.sampled_from(FromClient), st.binary(max_size=300))


def test_packets_travel_as_the_protocol_has_them() -> None:
    assert Packet(FromClient.USER, b"user1234").encode() == b"%u0008user1234"
    assert Packet(FromClient.AUDIO, bytes(960)).encode().startswith(b"%s03C0\0")
    assert Packet(FromServer.FINISHED).encode() == b"%F0000"


@pytest.mark.parametrize("length", [b"00ab", b"00AB", b"00aB"])
def test_hex_digits_may_be_of_either_case(length: bytes) -> None:
    (packet,) = PacketReader(FromClient).feed(b"%s" + length + bytes(0xAB))
    assert len(packet.data) == 0xAB


@given(st.lists(packets, max_size=6), st.data())
def test_any_fragments_give_the_same_packets(sent: list[Packet], data: st.DataObject) -> None:
    stream = b"".join(packet.encode() for packet in sent)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20).map(sorted))
    reader = PacketReader(FromClient)

    received = [
        packet
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for packet in reader.feed(stream[start:end])
    ]

    assert received == sent
    assert reader.missing == 6


hostile = st.lists(
    st.one_of(st.binary(max_size=40), packets.map(Packet.encode), st.just(b"%sFFFF")), max_size=8
)


@given(hostile)
def test_no_bytes_crash_it_or_make_it_hold_more_than_a_packet(chunks: list[bytes]) -> None:
    reader = PacketReader(FromClient)
    try:
        for chunk in chunks:
            for packet in reader.feed(chunk):
                assert len(packet.data) <= MAX_DATA_BYTES
            assert len(reader._held) <= 6 + MAX_DATA_BYTES
            assert 0 < reader.missing <= 6 + MAX_DATA_BYTES
    except InvalidPacketError:
        return


@pytest.mark.parametrize("stream", [b"x", b"%x", b"%L0000", b"%s00g0", b"%s 001", b"%s-001"])
def test_what_is_no_packet_is_refused_as_soon_as_it_shows(stream: bytes) -> None:
    reader = PacketReader(FromClient)
    with pytest.raises(InvalidPacketError):
        list(reader.feed(stream))


def test_a_result_has_its_times_and_text() -> None:
    (packet,) = result_packets(1.24, 3.45, "안녕하세요")
    assert packet.data.decode() == "1.2 3.5 : 안녕하세요"


@given(st.text("가나다 ab", min_size=1, max_size=200), st.integers(4, 60))
def test_text_is_split_at_spaces_and_loses_none_of_its_words(text: str, most: int) -> None:
    parts = list(split_text(text, most))
    assert all(len(part.encode()) <= most for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    if max(len(word.encode()) for word in text.split(" ")) <= most:
        assert " ".join(parts).split() == text.split()


def test_a_long_result_comes_in_packets_that_each_have_the_times() -> None:
    text = " ".join(["소리"] * 20_000)
    found = list(result_packets(0, 30, text))
    assert len(found) == 3
    assert all(re.match(rb"0\.0 30\.0 : \xec", packet.data) for packet in found)
    assert all(len(packet.data) <= MAX_DATA_BYTES for packet in found)
