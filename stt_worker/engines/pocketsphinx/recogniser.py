"""One PocketSphinx decoder in a process of its own: audio in by stdin, words out by stdout.

The decoder holds Python's lock for as long as an utterance takes, seconds at times. In the worker
itself it would silence the heartbeat, and one core would do all the work.

In: length in bytes (4 bytes, little-endian), then PCM as in contract.audio. Out: a JSON line, a
list of [word, first frame, last frame, probability]; the first line, an empty list, says ready.
The process ends when its input does, so it never outlives the worker, however that dies.
"""

import json
import signal
import sys
from typing import Any


def main() -> None:
    """Answer utterance by utterance until stdin closes."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)  # the worker decides: it finishes what is in hand
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16_000, cmn="batch", loglevel="FATAL")
    _answer([])
    while len(header := sys.stdin.buffer.read(4)) == 4:
        _answer(_decode(decoder, sys.stdin.buffer.read(int.from_bytes(header, "little"))))


def _decode(decoder: Any, pcm: bytes) -> list[tuple[str, int, int, float]]:
    # Fresh features, and the utterance as a whole: noise floor and cepstral means are its own, so
    # nothing of what was decoded before changes its text.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    return [(part.word, part.start_frame, part.end_frame, part.prob) for part in decoder.seg()]


def _answer(words: list[tuple[str, int, int, float]]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
