import os
import time
from pathlib import Path

import redis

from contract.job_changes import CREATE, create_args, create_keys
from contract.jobs import JobRequest, Upload
from media_store import SOURCE, MediaStore
from media_worker.sweeping import sweep


def test_what_no_job_needs_is_removed(redis_client: redis.Redis, tmp_path: Path) -> None:
    store = MediaStore(str(tmp_path))
    for folder in ("upload-kept", "upload-forgotten", "job", "gone", "young"):
        with store.writing(folder, SOURCE) as file:
            file.write(b"x")
        if folder != "young":
            for path in (tmp_path / folder / SOURCE, tmp_path / folder):
                os.utime(path, (1, 1))
    request = JobRequest(source=Upload(key="upload-kept", name="a"), language="en")
    args = create_args("job", request, 10, time.time())
    redis_client.register_script(CREATE)(create_keys("job"), args)

    assert sweep(redis_client, [store]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job", "upload-kept", "young"]
    assert sweep(redis_client, [store]) == 0
