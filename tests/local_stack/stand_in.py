"""A stand-in for a service: `python stand_in.py NAME` runs until SIGTERM, then adds its name to
the file that NOTES names.

The gateway's stand-in answers `GET /ready`; the one called `broken` says why and dies; `parent`
starts a process and leaves it.
"""

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import redis


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
        self.wfile.write(b'{"everything": "ok"}')


def main(name: str) -> None:
    if name == "broken":
        sys.exit("no such model: tiny-giant")
    if name == "parent":
        subprocess.Popen(["sleep", "1000"])  # noqa: S607
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if name == "gateway":
            address = (os.environ["GATEWAY_HOST"], int(os.environ["GATEWAY_PORT"]))
            HTTPServer(address, Ready).serve_forever()
        while True:
            signal.pause()
    finally:
        # Fails, and leaves no note, unless Redis is still there.
        redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        with Path(os.environ["NOTES"]).open("a") as notes:
            notes.write(f"{name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
