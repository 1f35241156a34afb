import wave

from local_stack.demo import sample


def test_the_sample_is_half_a_minute_of_sound() -> None:
    with wave.open(str(sample())) as recording:
        assert recording.getnframes() / recording.getframerate() == 30
