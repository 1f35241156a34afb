import os
import subprocess
import sys

import pytest

from bench.usage import measure, read_stat

MEGABYTES = 64


def test_a_name_may_hold_anything() -> None:
    fields = ["S", "7", *["0"] * 9, "150", "50", *["0"] * 30]
    text = "42 (a) b ) " + " ".join(fields)

    parent, cpu_s = read_stat(text)

    assert parent == 7
    assert cpu_s == pytest.approx(200 / os.sysconf("SC_CLK_TCK"))


def test_processes_are_measured_with_those_they_started() -> None:
    hold = f"held = bytes({MEGABYTES} * 2**20).replace(b'\\0', b'x'); print(flush=True); input()"
    start = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]]);"
        "child.wait()"
    )
    with subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-c", start, hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        usage = measure({"parent": [parent.pid], "nobody": []})
        parent.communicate(b"\n")

    assert usage["parent"].processes == 2
    assert usage["parent"].rss_bytes > MEGABYTES * 2**20
    assert usage["parent"].cpu_s > 0
    assert (usage["nobody"].processes, usage["nobody"].rss_bytes) == (0, 0)
