// What the model says of the values, in words, numbers and pictures.

const element = (id) => document.getElementById(id);

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function showScore(current) {
  const isNone = Number.isNaN(current.score);
  const { probabilities, decision, score } = current;
  element("score").textContent = isNone ? "no score" : short(score);
  element("of").textContent = isNone
    ? "The model does not take NULL, or a value that it does not know, in one of these inputs."
    : task === "regression" ? "" : `probability of ${classes[task === "binary" ? data.positive : decision]}`;
  showDecision(decision);
  const quantiles = isNone ? undefined : data.quantiles[task === "multiclass" ? decision : 0];
  element("rank").textContent = quantiles
    ? `Higher than ${percent(lowerScores(quantiles, score))} of training rows.`
    : "";
  element("place").replaceChildren(...(quantiles ? [placed(quantiles, score)] : []));
  element("classes").replaceChildren(...(task === "multiclass" && !isNone ? [bars(probabilities)] : []));
  const said = ["score", "of", "decision", "rank"].map((id) => element(id).textContent);
  element("brief").textContent = [said[0], said[2]].filter(Boolean).join(" · ");
  return said.filter(Boolean).join(". ");
}

function showDecision(decision) {
  if (decision === null) return element("decision").replaceChildren();
  const isPositive = decision === data.positive;
  const mark = node("span", { class: isPositive ? "mark positive" : "mark", "aria-hidden": "true" });
  element("decision").replaceChildren(mark, `Decision: ${classes[decision]}`);
  if (data.threshold === null) return;
  const bound = ` (from ${data.threshold} on it is ${classes[data.positive]})`;
  element("decision").append(node("span", { class: "muted" }, bound));
}

// The score among those of training rows: nine tenths of them, and half of them.
function placed(quantiles, score) {
  const at = (share) => quantiles[Math.round(share * (quantiles.length - 1))];
  const [low, high] = task === "regression" ? [Math.min(at(0), score), Math.max(at(1), score)] : [0, 1];
  const x = (number) => round(4 + ((number - low) / (high - low || 1)) * 232);
  const ends = [0, 1, 0.25, 0.75].map((share) => short(at(share)));
  const picture = svg("svg", {
    viewBox: "0 0 240 34",
    role: "img",
    "aria-label": `Training rows have scores from ${ends[0]} to ${ends[1]}, half of them from ${ends[2]} to ${ends[3]}`,
  });
  picture.append(svg("line", { class: "base", x1: 4, x2: 236, y1: 14, y2: 14 }));
  for (const [from, to, height] of [[0.05, 0.95, 6], [0.25, 0.75, 12]]) {
    const width = Math.max(1, round(x(at(to)) - x(at(from))));
    picture.append(svg("rect", { class: "spread", x: x(at(from)), y: 14 - height / 2, width, height }));
  }
  if (data.bound !== null) {
    picture.append(svg("line", { class: "threshold", x1: x(data.bound), x2: x(data.bound), y1: 2, y2: 26 }));
  }
  picture.append(svg("circle", { class: "now", cx: x(score), cy: 14, r: 6 }));
  picture.append(svg("text", { x: 4, y: 33 }, short(low)));
  picture.append(svg("text", { x: 236, y: 33, "text-anchor": "end" }, short(high)));
  return picture;
}

function bars(probabilities) {
  const rows = probabilities.map((probability, place) => {
    const bar = node("i", {});
    bar.style.width = `${100 * probability}%`;
    const number = node("span", { class: "number" }, short(probability));
    const line = node("div", {}, node("span", {}, classes[place]), number);
    return node("li", {}, line, node("div", { class: "bar" }, bar));
  });
  return node("ul", { class: "classes" }, ...rows);
}
