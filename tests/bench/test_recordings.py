from bench.recordings.measuring import Findings, Neighbours
from bench.recordings.table import HEAD, live_lines, row


def test_a_row_stands_under_its_head() -> None:
    findings = Findings(
        minutes=10,
        engine="whisper",
        workers=2,
        wall_s=60,
        steps={"decoding the recording": 0.6, "listening": 54.0, "waiting for a worker": 0.6},
        longest_wait_s=3.5,
        cpu_s={"stt_worker": [10.0, 20.0], "diarization_worker": [45.0], "media_worker": [6.0]},
        peak_mb={"stt_worker": [600.0, 700.0], "gateway": [88.0]},
        words=420,
        digest="abc",
    )
    assert dict(
        zip(HEAD.replace("in all", "all").split(), row(findings).split(), strict=False)
    ) == {
        "minutes": "10",
        "fetch": "0.0020",
        "cut": "0.0000",
        "listen": "0.0900",
        "measure": "0.0000",
        "feel": "0.0000",
        "all": "0.1000",
        "stt": "0.0500",
        "diarize": "0.0750",
        "media": "0.0100",
        "still": "3.5",
        "words": "420",
        "MB": "stt_worker",
    }
    assert "stt_worker 700, gateway 88" in row(findings)


def test_live_speech_is_compared_by_its_95th_percentile() -> None:
    alone, beside = (1000.0, 2000.0, 2100.0), (1100.0, 2500.0, 4000.0)
    told = live_lines(Neighbours("whisper", 1, alone, beside, "processing, 9%"))
    assert "alone 1000/2000/2100, beside a recording 1100/2500/4000 (1.25 x p95; " in told
