"""Draws voice prints as a map: near to each other where voices are alike. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from diarization_worker.registry.prints import Print

WIDTH: Final = 960
HEIGHT: Final = 640

MOST_LABELS: Final = 500
"""With more prints than this, none has its name written beside it."""

MOST_SAMPLES: Final = 2_000
"""With more recordings than this, prints alone are drawn: 10,000 make a file of 1.2 MB."""

LEGEND_ROWS: Final = 22

_PLOT: Final = (40.0, 92.0, 690.0, 600.0)
"""Left, top, right, bottom."""

_LEGEND_X: Final = 736
_ROW: Final = 22
_LABEL_CHARACTERS: Final = 20
_GOLDEN_ANGLE: Final = 137.508

_STYLE: Final = """
svg{--paper:#fcfcfd;--ink:#1d2330;--soft:#687083;--line:#e4e7ee;--l:43%;--s:64%}
@media(prefers-color-scheme:dark){
svg{--paper:#14171f;--ink:#eceff6;--soft:#9aa3b5;--line:#2a303d;--l:67%;--s:72%}}
text{font:13px system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK KR",sans-serif}
.ink{fill:var(--ink)}.soft{fill:var(--soft)}.title{font-size:20px;font-weight:600}
.paper{fill:var(--paper)}.frame{fill:none;stroke:var(--line)}
.label{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3.5px}
.v{fill:hsl(var(--h) var(--s) var(--l));stroke:hsl(var(--h) var(--s) var(--l))}
.print{stroke:var(--paper);stroke-width:2}.sample{opacity:.45;stroke:none}.to{opacity:.28;fill:none}
"""

# What XML can't hold, escaped or not.
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Box:
    """Where something is written: nothing else may be."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def draw(prints: Sequence[Print]) -> str:
    """An SVG of prints of one encoder, by id: the same for the same prints.

    Principal components of all recordings are the axes, to one scale: Pearson 1901.
    """
    count = sum(len(voice_print.recordings) for voice_print in prints)
    voices = "voice" if len(prints) == 1 else "voices"
    recordings = "recording" if count == 1 else "recordings"
    head = f"{len(prints):,} {voices}, {count:,} {recordings}: near where they sound alike"
    left, top, right, bottom = _PLOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="Map of voice prints">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        '<text class="ink title" x="40" y="44">Voice prints</text>',
        f'<text class="soft" x="40" y="68">{head if prints else "nobody is registered yet"}</text>',
        f'<rect class="frame" x="{left - 16:.0f}" y="{top - 8:.0f}" rx="10" stroke="#ddd"'
        f' fill="none" width="{right - left + 32:.0f}" height="{bottom - top + 24:.0f}"/>',
    ]
    if prints:
        places, samples = _place(prints, with_samples=count <= MOST_SAMPLES)
        parts += _stars(places, samples)
        parts += _circles(prints, places)
        if len(prints) <= MOST_LABELS:
            parts += _labels(prints, places)
        parts += _legend(prints)
    parts.append("</svg>")
    return "\n".join(parts)


def _place(prints: Sequence[Print], *, with_samples: bool) -> tuple[Points, list[Points]]:
    """Where prints and their recordings are on the paper, shapes [prints, 2] and [its, 2] each."""
    owners = np.repeat(np.arange(len(prints)), [len(p.recordings) for p in prints])
    recordings = np.array([r.embedding for p in prints for r in p.recordings], np.float64)
    weights = np.array([[r.seconds] for p in prints for r in p.recordings])
    middle = recordings.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(recordings.T, bias=True))
    axes = axes[:, :-3:-1]  # of the two largest eigenvalues, which come last
    strongest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    axes = axes * np.where(strongest < 0, -1.0, 1.0)  # eigenvectors have no sign of their own
    flat_recordings = (recordings - middle) @ axes
    sums = np.zeros((len(prints), 3))
    np.add.at(sums, owners, np.column_stack([flat_recordings * weights, weights]))
    flat = flat_recordings, sums[:, :2] / sums[:, 2:]
    drawn = np.concatenate(flat) if with_samples else flat[1]
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    left, top, right, bottom = _PLOT
    room = np.array([right - left, bottom - top])
    scale = float((room / np.maximum(high - low, 1e-6)).min()) if np.any(high - low > 1e-6) else 0
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    on_paper = [centre + (points - (low + high) / 2) * scale for points in flat]
    if not with_samples:
        return on_paper[1], []
    ends = np.cumsum([len(p.recordings) for p in prints])[:-1]
    return on_paper[1], np.split(on_paper[0], ends)


def _stars(places: Points, samples: list[Points]) -> list[str]:
    """The recordings of each print, tied to it."""
    parts = []
    for number, (place, its) in enumerate(zip(places, samples, strict=False)):
        if len(its) < 2:
            continue
        rays = "".join(f"M{_xy(place)}L{_xy(sample)}" for sample in its)
        parts.append(f'<path class="v to" {_colour(number)} fill-opacity="0" d="{rays}"/>')
        parts += [
            f'<circle class="v sample" {_colour(number)} cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
            for x, y in its
        ]
    return parts


def _circles(prints: Sequence[Print], places: Points) -> list[str]:
    radius = 7 if len(prints) <= 60 else 4.5 if len(prints) <= MOST_LABELS else 2.5
    return [
        f'<circle class="v print" {_colour(number)} cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
        for number, (x, y) in enumerate(places)
    ]


def _labels(prints: Sequence[Print], places: Points) -> list[str]:
    """Names beside their prints, where there is room for one: right, left, below or above."""
    taken = [_Box(x - 8, y - 8, x + 8, y + 8) for x, y in places]
    parts = []
    for voice_print, (x, y) in zip(prints, places, strict=True):
        text = _called(voice_print)
        wide = _width(text)
        for anchor, dx, dy, left in (
            ("start", 11, 4.5, x + 11),
            ("end", -11, 4.5, x - 11 - wide),
            ("middle", 0, 23, x - wide / 2),
            ("middle", 0, -13, x - wide / 2),
        ):
            box = _Box(left, y + dy - 12, left + wide, y + dy + 4)
            inside = box.left > _PLOT[0] - 14 and box.right < _PLOT[2] + 14
            if inside and not any(box.meets(other) for other in taken):
                taken.append(box)
                parts.append(
                    f'<text class="label" text-anchor="{anchor}" x="{x + dx:.1f}"'
                    f' y="{y + dy:.1f}">{escape(text)}</text>'
                )
                break
    return parts


def _legend(prints: Sequence[Print]) -> list[str]:
    parts = []
    for number, voice_print in enumerate(prints[:LEGEND_ROWS]):
        y = 96 + _ROW * number
        parts.append(
            f'<circle class="v" {_colour(number)} cx="{_LEGEND_X}" cy="{y}" r="6"/>'
            f'<text class="ink" x="{_LEGEND_X + 16}" y="{y + 4.5}">{escape(_called(voice_print))}'
            f'<tspan class="soft" dx="8">{voice_print.seconds:.0f} s</tspan></text>'
        )
    if len(prints) > LEGEND_ROWS:
        y = 96 + _ROW * LEGEND_ROWS
        rest = len(prints) - LEGEND_ROWS
        parts.append(
            f'<text class="soft" x="{_LEGEND_X + 16}" y="{y + 4.5}">and {rest:,} more</text>'
        )
    return parts


def _called(voice_print: Print) -> str:
    text = _UNWRITABLE.sub(" ", voice_print.name or voice_print.speaker_id)
    short = ""
    for character in text:
        if _width(short + character) > 7.3 * _LABEL_CHARACTERS:
            return short + "…"
        short += character
    return short


def _width(text: str) -> float:
    """About how wide a text is, pixels."""
    return sum(13.0 if unicodedata.east_asian_width(c) in "WF" else 7.3 for c in text)


def _colour(number: int) -> str:
    """A hue far from those of the numbers before; the style sheet makes it dark or light.

    The plain colours are for programs that know no variables.
    """
    hue = (210 + _GOLDEN_ANGLE * number) % 360
    plain = f"hsl({hue:.0f},60%,48%)"
    return f'style="--h:{hue:.0f}" fill="{plain}" stroke="{plain}"'


def _xy(point: NDArray[np.float64]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
