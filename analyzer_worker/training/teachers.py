"""Linear models that the network learns from beside the labels.

Hinton et al. 2015, "Distilling the knowledge in a neural network". A linear model on n-grams of
characters learns 150,000 reviews in seconds, and labels of reviews are noisy: what it makes of a
text says more than a bare label. Each review is judged by a teacher that has not seen it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analyzer_worker.training.corpus import Example

FOLDS: Final = 4

_HASHES: Final = 2**20
_VECTORS: Final = 0.02
"""How much word vectors count beside n-grams, each feature of which is below 1."""


class Teachers:
    """A linear model for each language and each quarter of the reviews that it has not seen."""

    def __init__(self, models: Mapping[str, Sequence["_Linear"]]) -> None:
        self._models = models

    @classmethod
    def learn(
        cls, reviews: Sequence[Example], words: Sequence[str], vectors: NDArray[np.float32]
    ) -> "Teachers":
        """Of labelled reviews; `words` are English, with whatever [words, any] is known of them."""
        models: dict[str, list[_Linear]] = {}
        for language in ("ko", "en"):
            own = [review for review in reviews if review.language == language]
            for fold in range(FOLDS):
                model = _Korean() if language == "ko" else _English(words, vectors)
                model.learn([review for review in own if fold_of(review) != fold])
                models.setdefault(language, []).append(model)
        return cls(models)

    def judge(self, reviews: Sequence[Example], texts: Sequence[str]) -> NDArray[np.float64]:
        """How likely each text, a version of the review beside it, is positive."""
        judged = np.zeros(len(reviews))
        for language, models in self._models.items():
            for fold, model in enumerate(models):
                chosen = [
                    index
                    for index, review in enumerate(reviews)
                    if review.language == language and fold_of(review) == fold
                ]
                if chosen:
                    judged[chosen] = model.judge([texts[index] for index in chosen])
        return judged


def fold_of(review: Example) -> int:
    """Which quarter a review is in, by its text alone."""
    return hashlib.sha256(f"fold {review.text}".encode()).digest()[0] % FOLDS


class _Linear:
    """Logistic regression on sparse features."""

    _classifier: Any  # scikit-learn has no types

    def learn(self, reviews: Sequence[Example]) -> None:
        features = self._learn_features([review.text for review in reviews])
        self._classifier.fit(features, [review.label == "positive" for review in reviews])

    def judge(self, texts: Sequence[str]) -> NDArray[np.float64]:
        judged: NDArray[np.float64] = self._classifier.predict_proba(self._features(texts))[:, 1]
        return judged

    def _learn_features(self, texts: Sequence[str]) -> Any:
        raise NotImplementedError

    def _features(self, texts: Sequence[str]) -> Any:
        raise NotImplementedError


class _Korean(_Linear):
    """One to four characters, spaces left out."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
        from sklearn.linear_model import SGDClassifier

        self._grams = HashingVectorizer(
            analyzer="char", ngram_range=(1, 4), n_features=_HASHES, norm=None,
            alternate_sign=False, binary=True,
        )  # fmt: skip
        self._weights = TfidfTransformer()
        self._classifier = SGDClassifier(
            loss="log_loss", alpha=2e-6, max_iter=8, tol=None, average=True, random_state=0
        )

    def _learn_features(self, texts: Sequence[str]) -> Any:
        return self._weights.fit_transform(self._counts(texts))

    def _features(self, texts: Sequence[str]) -> Any:
        return self._weights.transform(self._counts(texts))

    def _counts(self, texts: Sequence[str]) -> Any:
        return self._grams.transform("".join(text.split()) for text in texts)


class _English(_Linear):
    """Words, pairs of words, three to six letters, and the mean of the words' vectors."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        self._grams = [
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),  # noqa: S106
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 6), sublinear_tf=True, min_df=2),
        ]
        self._known = TfidfVectorizer(vocabulary=list(words), norm="l1")
        self._vectors = vectors
        self._scale = StandardScaler()
        self._classifier = LogisticRegression(C=3, max_iter=150)

    def _learn_features(self, texts: Sequence[str]) -> Any:
        plain = self._plain(texts)
        for grams in [*self._grams, self._known]:
            grams.fit(plain)
        self._scale.fit(self._known.transform(plain) @ self._vectors)
        return self._features(texts)

    def _features(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        plain = self._plain(texts)
        means = self._scale.transform(self._known.transform(plain) @ self._vectors)
        return hstack(
            [*(grams.transform(plain) for grams in self._grams), csr_matrix(means * _VECTORS)]
        ).tocsr()

    def _plain(self, texts: Sequence[str]) -> list[str]:
        return [re.sub(r"\s*n['’]t\b", " not", text.lower()) for text in texts]
