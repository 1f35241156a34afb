import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from diarization_worker.encoders.encoder import Embedding
from diarization_worker.registry.drawing import HEIGHT, LEGEND_ROWS, WIDTH, draw
from diarization_worker.registry.prints import Print
from tests.diarization_worker.registry.voices import stored_print

SVG = "{http://www.w3.org/2000/svg}"


def near(centre: Embedding, count: int, seed: int = 0) -> list[Embedding]:
    vectors = centre + 0.05 * np.random.default_rng(seed).normal(size=(count, len(centre)))
    return list((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))


def crowd(count: int, recordings: int = 1) -> list[Print]:
    centres = np.random.default_rng(1).normal(size=(count, 16))
    return [
        stored_print(f"speaker-{i:05}", *near(centre, recordings, i))
        for i, centre in enumerate(centres)
    ]


def parsed(prints: list[Print]) -> ElementTree.Element:
    return ElementTree.fromstring(draw(prints))  # noqa: S314 (our own text)


def circles(svg: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    found = svg.iter(f"{SVG}circle")
    return [
        (float(c.attrib["cx"]), float(c.attrib["cy"]))
        for c in found
        if kind in c.attrib["class"].split()
    ]


def texts(svg: ElementTree.Element, kind: str) -> list[str]:
    return [
        t.text or "" for t in svg.iter(f"{SVG}text") if kind in t.attrib.get("class", "").split()
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_each_print_is_a_point_with_its_name_on_the_paper(count: int) -> None:
    svg = parsed(crowd(count))
    points = circles(svg, "print")
    assert len(points) == count
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)
    assert len(set(points)) == count
    if count <= 3:
        assert sorted(texts(svg, "label")) == [f"speaker-{i:05}" for i in range(count)]


def test_an_empty_registry_says_so() -> None:
    assert "nobody is registered yet" in texts(parsed([]), "soft")


def test_prints_that_are_all_the_same_share_a_point() -> None:
    vector = near(np.ones(16), 1)[0]
    svg = parsed([stored_print("a", vector), stored_print("b", vector)])
    assert len(set(circles(svg, "print"))) == 1


def test_alike_voices_are_near_and_recordings_lie_around_their_print() -> None:
    axes = np.eye(16)
    one, two = axes[0], axes[0] * 0.9 + axes[1] * 0.436
    prints = [
        stored_print("a", *near(one, 6, 1)),
        stored_print("b", *near(two, 6, 2)),
        stored_print("c", *near(axes[5], 6, 3)),
    ]
    svg = parsed(prints)
    a, b, c = np.array(circles(svg, "print"))
    assert np.linalg.norm(a - b) < np.linalg.norm(a - c) / 2
    samples = np.array(circles(svg, "sample")).reshape(3, 6, 2)
    assert samples.mean(axis=1) == pytest.approx(np.array([a, b, c]), abs=0.2)


def test_the_same_prints_give_the_same_map() -> None:
    assert draw(crowd(20, 3)) == draw(crowd(20, 3))


def test_colours_differ_and_suit_dark_and_light() -> None:
    text = draw(crowd(12))
    hues = re.findall(r'class="v print" style="--h:(\d+)"', text)
    assert len(set(hues)) == 12
    assert "prefers-color-scheme:dark" in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", 'Bob & "co"', "x\x00\x1b\ufffey", "\ud800", "민지 김"]
)
def test_any_name_is_text(name: str) -> None:
    print_ = replace(crowd(1)[0], name=name)
    (label,) = texts(parsed([print_]), "label")
    assert label[:3].strip() == re.sub("[\x00\x1b\ufffe\ud800]", " ", name)[:3].strip()


def test_a_long_name_is_cut_short() -> None:
    (label,) = texts(parsed([replace(crowd(1)[0], name="김" * 100)]), "label")
    assert label.endswith("…")
    assert len(label) < 20


def test_labels_do_not_cover_each_other() -> None:
    svg = parsed(crowd(200))
    tops = [
        (float(t.attrib["x"]), float(t.attrib["y"]))
        for t in svg.iter(f"{SVG}text")
        if t.attrib.get("class") == "label" and t.attrib["text-anchor"] == "start"
    ]
    assert len(tops) > 5
    for i, (x, y) in enumerate(tops):
        assert all(abs(x - x2) > 80 or abs(y - y2) >= 16 for x2, y2 in tops[:i])


def test_a_crowd_makes_a_bounded_map() -> None:
    text = draw(crowd(10_000))
    assert len(text) < 1_500_000
    svg = ElementTree.fromstring(text)  # noqa: S314
    assert len(circles(svg, "print")) == 10_000
    assert texts(svg, "label") == []
    assert f"and {10_000 - LEGEND_ROWS:,} more" in texts(svg, "soft")
    many = draw(crowd(100, 30))
    assert len(circles(ElementTree.fromstring(many), "sample")) == 0  # noqa: S314
