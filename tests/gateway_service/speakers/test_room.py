import pytest

from contract.errors import ServerTooBusyError
from gateway_service.speakers.room import Room


def test_what_all_hold_together_has_a_bound() -> None:
    room = Room(10)
    with room.share() as one, room.share() as other:
        one.take(6)
        other.take(4)
        with pytest.raises(ServerTooBusyError):
            one.take(1)
        other.give_back(3)
        one.take(3)
        assert (one.size, other.size) == (9, 1)


def test_what_was_held_is_given_back_however_it_ends() -> None:
    room = Room(10)
    for _ in range(2):
        with pytest.raises(ServerTooBusyError):
            hold(room, 10, 1)


def hold(room: Room, *sizes: int) -> None:
    with room.share() as share:
        for size in sizes:
            share.take(size)
