// The smallest change of one input that changes the decision; of a regression, the one that moves the value most.

const MOST_CHANGES = 5;

function smallestFlip({ place, points, missing }, values, current) {
  const one = inputs[place], from = values[place];
  const flips = (point) => point.decision !== null && point.decision !== current.decision;
  const candidates = [];
  if (one.kind === "category" || one.kind === "boolean" || from === null) {
    candidates.push(...points.filter((point) => point.value !== OTHER && flips(point)));
  } else {
    const upwards = points.filter((point) => point.value >= from);
    const downwards = points.filter((point) => point.value <= from).reverse();
    for (const way of [upwards, downwards]) {
      const first = way.findIndex(flips);
      if (first > 0) candidates.push(between(way[first - 1].value, way[first].value, values, place, flips));
    }
  }
  if (missing && from !== null && flips(missing)) candidates.push(missing);
  return candidates
    .map((point) => ({ place, point, size: sizeOf(one, from, point.value) }))
    .sort((a, b) => a.size - b.size)[0];
}

// The first value beyond the flip, with as few digits as lie there.
function between(near, far, values, place, flips) {
  const at = (value) => ({ value, ...scored(values.with(place, value)) });
  if (inputs[place].kind === "whole") {
    const step = Math.sign(far - near);
    for (let value = Math.trunc(near) + step; (far - value) * step > 0; value += step) {
      if (flips(at(value))) return at(value);
    }
    return at(far);
  }
  let beyond = far;
  for (let step = 0; step < 50; step++) {
    const middle = (near + beyond) / 2;
    if (flips(at(middle))) beyond = middle;
    else near = middle;
  }
  for (let digits = 1; digits < 16; digits++) {
    const rounded = Number(beyond.toPrecision(digits));
    const lies = Math.min(near, far) <= rounded && rounded <= Math.max(near, far);
    if (lies && flips(at(rounded))) return at(rounded);
  }
  return at(beyond);
}

function largestMove({ place, points, missing }, values, current) {
  const all = [...points, ...(missing ? [missing] : [])].filter((point) => point.value !== OTHER);
  const moves = all.map((point) => ({ place, point, size: -Math.abs(point.score - current.score) }));
  return moves.sort((a, b) => a.size - b.size).find((move) => move.size < 0);
}

function changesOf(all, values, current) {
  if (Number.isNaN(current.score)) return [];
  const best = task === "regression" ? largestMove : smallestFlip;
  const found = all.map((series) => best(series, values, current)).filter(Boolean);
  return found.sort((a, b) => a.size - b.size).slice(0, MOST_CHANGES);
}
