/** The charts, as SVG: a ring of shares, bars around a middle, a line. Each tells itself in words. */

import { svg } from "./dom.js";

/** @typedef {{ share: number, colour: string }} Part colour: a name that the stylesheet knows */

const RADIUS = 40;
const ROUND = 2 * Math.PI * RADIUS;
/** Between two parts of the ring, in units of its circumference. */
const GAP = 2;

/** @param {readonly Part[]} parts @param {string} label */
export function ring(parts, label) {
  let before = 0;
  const arcs = parts
    .filter(({ share }) => share > 0)
    .map(({ share, colour }) => {
      const length = Math.max(0.5, share * ROUND - (share < 1 ? GAP : 0));
      const arc = svg("circle", {
        class: "arc",
        "data-colour": colour,
        cx: 50,
        cy: 50,
        r: RADIUS,
        "stroke-dasharray": `${length} ${ROUND - length}`,
        "stroke-dashoffset": ROUND / 4 - before,
      });
      before += share * ROUND;
      return arc;
    });
  const empty = svg("circle", { class: "arc-empty", cx: 50, cy: 50, r: RADIUS });
  return svg("svg", { class: "ring-chart", viewBox: "0 0 100 100", role: "img", "aria-label": label }, empty, ...arcs);
}

/**
 * Bars up and down from a middle line.
 * @param {readonly number[]} values -1 to 1
 * @param {string} label
 */
export function balance(values, label) {
  const width = 240;
  const height = 72;
  const middle = height / 2;
  const step = width / Math.max(values.length, 12);
  const bars = values.map((value, at) => {
    const length = Math.max(1.5, Math.abs(value) * (middle - 4));
    const mood = value > 0.05 ? "positive" : value < -0.05 ? "negative" : "neutral";
    return svg("rect", {
      class: "bar",
      "data-mood": mood,
      x: at * step + step * 0.15,
      y: mood === "neutral" ? middle - 1 : value > 0 ? middle - length : middle,
      width: step * 0.7,
      height: mood === "neutral" ? 2 : length,
      rx: Math.min(2, step * 0.3),
    });
  });
  const line = svg("line", { class: "axis", x1: 0, x2: width, y1: middle, y2: middle });
  return svg("svg", { class: "balance-chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, line, ...bars);
}

/**
 * Lines over time, all on one scale that begins at 0.
 * @param {readonly { values: readonly number[], colour: string }[]} lines
 * @param {string} label
 */
export function lines(lines, label) {
  const width = 240;
  const height = 56;
  const highest = Math.max(1, ...lines.flatMap(({ values }) => values)) * 1.1;
  const drawn = lines.flatMap(({ values, colour }) => {
    const step = width / Math.max(1, values.length - 1);
    const points = values.map((value, at) => `${(at * step).toFixed(1)},${(height - 2 - (value / highest) * (height - 6)).toFixed(1)}`);
    if (points.length === 1) points.push(`${width},${points[0]?.split(",")[1]}`);
    const area = svg("polygon", { class: "area", "data-colour": colour, points: `0,${height} ${points.join(" ")} ${width},${height}` });
    const line = svg("polyline", { class: "line", "data-colour": colour, points: points.join(" ") });
    return points.length > 1 ? [area, line] : [];
  });
  return svg("svg", { class: "line-chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...drawn);
}
