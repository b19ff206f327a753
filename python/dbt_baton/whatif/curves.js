// The score as one input changes and the others stay.

const STEPS = 60;
const WIDTH = 240, HEIGHT = 58, LEFT = 20, RIGHT = 196, TOP = 7, BOTTOM = 42;

// The values at which the score is computed, in order; NULL is apart.
function sampled(one, value) {
  if (one.kind === "category") {
    const known = one.categories.map(([text]) => text);
    return value === null || known.includes(value) ? known : [...known, value];
  }
  if (one.kind === "boolean") return [0, 1];
  const ends = one.below.map(([known]) => known);
  if (value !== null) ends.push(value);
  if (!ends.length) return [];
  const low = Math.min(...ends), high = Math.max(...ends);
  const evenly = Array.from({ length: STEPS + 1 }, (_, step) => low + ((high - low) * step) / STEPS);
  const all = one.kind === "whole" ? evenly.map(Math.round) : evenly;
  return [...new Set([...all, ...ends])].sort((a, b) => a - b);
}

function seriesOf(values, place, shown) {
  const one = inputs[place];
  const at = (value) => ({ value, ...scored(values.with(place, value), shown) });
  const points = sampled(one, values[place]).map(at).filter((point) => !Number.isNaN(point.score));
  const missing = one.missing > 0 || values[place] === null ? at(null) : null;
  return { place, points, missing: missing && !Number.isNaN(missing.score) ? missing : null };
}

function scaleOf(all) {
  const points = all.flatMap((series) => [...series.points, ...(series.missing ? [series.missing] : [])]);
  const scores = points.map((point) => point.score);
  if (data.bound !== null) scores.push(data.bound);
  const low = Math.min(...scores), high = Math.max(...scores);
  const span = high - low || 1;
  return (score) => round(BOTTOM - ((score - low) / span) * (BOTTOM - TOP));
}

const round = (number) => Math.round(10 * number) / 10;

function svg(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Draws one, and gives the function from a place on it to a value.
function drawn(holder, series, values, scale, current) {
  const { place, points, missing } = series;
  const one = inputs[place];
  const isNumber = one.kind === "number" || one.kind === "whole";
  const first = points[0]?.value, last = points.at(-1)?.value;
  const across = (point, number) =>
    isNumber ? (last === first ? 0.5 : (point.value - first) / (last - first)) : (number + 0.5) / points.length;
  const x = (point, number) => round(LEFT + across(point, number) * (RIGHT - LEFT));
  const label = sentence(series, values, current);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  picture.append(svg("line", { class: "base", x1: LEFT, x2: RIGHT, y1: BOTTOM + 3, y2: BOTTOM + 3 }));
  if (data.bound !== null) {
    picture.append(svg("line", { class: "threshold", x1: 0, x2: RIGHT, y1: scale(data.bound), y2: scale(data.bound) }));
  }
  if (isNumber) {
    const path = points.map((point, number) => `${x(point, number)},${scale(point.score)}`).join(" ");
    picture.append(svg("polyline", { class: "line", points: path }));
  } else {
    points.forEach((point, number) => {
      const r = points.length > 40 ? 1.5 : 2.5;
      const dot = svg("circle", { class: "dot", cx: x(point, number), cy: scale(point.score), r });
      dot.append(svg("title", {}, `${written(place, point.value)}: ${short(point.score)}`));
      picture.append(dot);
    });
  }
  if (missing) {
    const diamond = svg("path", { class: "missing", d: `M7 ${round(scale(missing.score) - 5)}l5 5l-5 5l-5 -5z` });
    diamond.append(svg("title", {}, `NULL: ${short(missing.score)}`));
    picture.append(diamond);
  }
  const number = points.findIndex((point) => point.value === values[place]);
  const now = values[place] === null ? missing : points[number];
  if (now) {
    const cx = values[place] === null ? 7 : x(now, number);
    picture.append(svg("circle", { class: "now", cx, cy: scale(now.score), r: 5 }));
  }
  labels(picture, points, isNumber, scale, place);
  holder.replaceChildren(picture);
  return (share) => {
    if (!points.length) return undefined;
    const at = (share * WIDTH - LEFT) / (RIGHT - LEFT);
    if (at < 0) return missing ? null : undefined;
    if (!isNumber) return points[Math.min(points.length - 1, Math.floor(at * points.length))].value;
    const nearest = first + Math.min(at, 1) * (last - first);
    return one.kind === "whole" ? Math.round(nearest) : Number(nearest.toPrecision(4));
  };
}

function labels(picture, points, isNumber, scale, place) {
  if (!points.length) return;
  if (isNumber) {
    picture.append(svg("text", { x: LEFT, y: HEIGHT }, brief(place, points[0].value)));
    picture.append(svg("text", { x: RIGHT, y: HEIGHT, "text-anchor": "end" }, brief(place, points.at(-1).value)));
  }
  const scores = points.map((point) => point.score);
  const low = Math.min(...scores), high = Math.max(...scores);
  const isFlat = short(low) === short(high);
  const apart = isFlat ? 0 : Math.max(0, 10 - (scale(low) - scale(high))) / 2;
  picture.append(svg("text", { x: RIGHT + 6, y: round(scale(high) + 3 - apart) }, short(high)));
  if (!isFlat) picture.append(svg("text", { x: RIGHT + 6, y: round(scale(low) + 3 + apart) }, short(low)));
}

function sentence({ place, points }, values, current) {
  const scores = points.map((point) => point.score);
  if (!scores.length) return `${inputs[place].name} is ${written(place, values[place])}; no other value is known`;
  const [low, high] = [short(Math.min(...scores)), short(Math.max(...scores))];
  const range = low === high ? `stays ${low}` : `lies between ${low} and ${high}`;
  return `While ${inputs[place].name} changes, the score ${range}; now it is ${short(current.score)}`;
}
