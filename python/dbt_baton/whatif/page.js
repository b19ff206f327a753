// The page: what is entered, and what follows from it.

const element = (id) => document.getElementById(id);
const medians = inputs.map((one) => one.start);
const read = inputs.map((_, place) => place).filter((place) => inputs[place].isRead && element(`input-${place}`));
let values = medians;
let pending;

function shown() {
  const chosen = element("shown");
  return chosen ? Number(chosen.value) : null;
}

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Writes the values into the controls.
function showValues() {
  for (const place of read) {
    const value = values[place], one = inputs[place], field = element(`value-${place}`);
    if (one.kind === "category") {
      const known = one.categories.findIndex(([text]) => text === value);
      field.value = value === null ? "null" : known < 0 ? "other" : String(known);
    } else if (one.kind === "boolean") {
      field.value = value === null ? "null" : String(value);
    } else {
      const slider = element(`slider-${place}`);
      // not while somebody types or drags
      if (document.activeElement !== field) field.value = value === null ? "" : String(value);
      if (document.activeElement !== slider && value !== null) slider.value = String(value);
      element(`null-${place}`).checked = value === null;
    }
    const note = noteOf(one, value);
    element(`note-${place}`).textContent = note ?? (one.missing > 0 ? `${percent(one.missing)} NULL` : "never NULL");
    element(`input-${place}`).classList.toggle("outside", note !== null);
  }
}

// What is unlike every training row, or null.
function noteOf(one, value) {
  if (value === null) return one.missing > 0 ? null : "NULL in no training row";
  if (one.kind === "category") {
    const isKnown = one.categories.some(([text, share]) => text === value && share > 0);
    return isKnown || (one.isCut && value !== OTHER) ? null : "in no training row";
  }
  if (one.kind === "boolean" || !one.below.length) return null;
  const low = one.below[0][0], high = one.below.at(-1)[0];
  return value < low || value > high ? `outside of ${spaced(Number(low.toPrecision(4)))} to ${spaced(Number(high.toPrecision(4)))}` : null;
}

function showScore(current) {
  const isNone = Number.isNaN(current.score);
  const { probabilities, decision, score } = current;
  element("score").textContent = isNone ? "no score" : short(score);
  const of = task === "regression" ? "" : `probability of ${classes[task === "binary" ? data.positive : decision]}`;
  element("of").textContent = isNone ? "The model does not take NULL, or a value that it does not know, in one of these inputs." : of;
  const mark = node("span", { class: decision === data.positive ? "mark positive" : "mark", "aria-hidden": "true" });
  const bound = data.threshold === null ? "" : ` (from ${data.threshold} on it is ${classes[data.positive]})`;
  element("decision").replaceChildren(...(decision === null ? [] : [mark, `Decision: ${classes[decision]}`]));
  if (decision !== null && bound) element("decision").append(node("span", { class: "muted" }, bound));
  const quantiles = data.quantiles[task === "multiclass" ? decision : 0];
  const rank = isNone || !quantiles ? "" : `Higher than ${percent(lowerScores(quantiles, score))} of training rows.`;
  element("rank").textContent = rank;
  element("place").replaceChildren(...(isNone || !quantiles ? [] : [placed(quantiles, score)]));
  if (task === "multiclass") element("classes").replaceChildren(...(isNone ? [] : [bars(probabilities)]));
  element("brief").textContent = [element("score").textContent, element("decision").textContent].filter(Boolean).join(" · ");
  return [element("score").textContent, element("of").textContent, element("decision").textContent, rank].filter(Boolean).join(". ");
}

// The score among those of training rows: nine tenths of them, and half of them.
function placed(quantiles, score) {
  const at = (share) => quantiles[Math.round(share * (quantiles.length - 1))];
  const low = task === "regression" ? Math.min(at(0), score) : 0, high = task === "regression" ? Math.max(at(1), score) : 1;
  const x = (number) => round(4 + ((number - low) / (high - low || 1)) * 232);
  const picture = svg("svg", { viewBox: "0 0 240 34", role: "img", "aria-label": `Training rows have scores from ${short(at(0))} to ${short(at(1))}, half of them from ${short(at(0.25))} to ${short(at(0.75))}` });
  picture.append(svg("line", { class: "base", x1: 4, x2: 236, y1: 14, y2: 14 }));
  for (const [from, to, height] of [[0.05, 0.95, 6], [0.25, 0.75, 12]]) {
    picture.append(svg("rect", { class: "spread", x: x(at(from)), y: 14 - height / 2, width: Math.max(1, round(x(at(to)) - x(at(from)))), height }));
  }
  if (data.bound !== null && task === "binary") picture.append(svg("line", { class: "threshold", x1: x(data.bound), x2: x(data.bound), y1: 2, y2: 26 }));
  picture.append(svg("circle", { class: "now", cx: x(score), cy: 14, r: 6 }));
  picture.append(svg("text", { x: 4, y: 33 }, short(low)), svg("text", { x: 236, y: 33, "text-anchor": "end" }, short(high)));
  return picture;
}

function bars(probabilities) {
  const rows = probabilities.map((probability, place) => {
    const bar = node("i", {});
    bar.style.width = `${100 * probability}%`;
    const line = node("div", {}, node("span", {}, classes[place]), node("span", { class: "number" }, short(probability)));
    return node("li", {}, line, node("div", { class: "bar" }, bar));
  });
  return node("ul", { class: "classes" }, ...rows);
}

function showChanges(found, current) {
  const none = Number.isNaN(current.score) ? "There is no score to change."
    : task === "regression" ? "No single change within the training ranges moves it."
    : "No single change within the training ranges flips it.";
  const lines = found.map(({ place, point }) => {
    const to = node("span", { class: "to" }, written(place, point.value));
    const outcome = task === "regression" ? `value ${short(point.score)}` : `decision ${classes[point.decision]}, score ${short(point.score)}`;
    const words = [node("b", {}, inputs[place].name), `from ${written(place, values[place])} to `, to, node("span", { class: "outcome" }, outcome)];
    const button = node("button", { type: "button" }, ...words);
    button.addEventListener("click", () => change(place, point.value, true));
    return node("li", {}, button);
  });
  element("changes").replaceChildren(lines.length ? node("ul", { class: "changes" }, ...lines) : node("p", { class: "muted" }, none));
}

function showCurves(current) {
  const all = read.map((place) => seriesOf(values, place, shown()));
  const scale = scaleOf(all), own = shown() === null ? current : scored(values, shown());
  for (const series of all) {
    const holder = element(`curve-${series.place}`);
    const valueAt = drawn(holder, series, values, scale, own);
    holder.onclick = (event) => {
      const box = holder.getBoundingClientRect();
      const value = valueAt((event.clientX - box.left) / box.width);
      if (value !== undefined) change(series.place, value, true);
    };
  }
  showChanges(changesOf(all, values, current), current);
}

// Shows what follows from the values. Curves come a moment later, so that a slider stays quick with a large model.
function update(isDone) {
  const current = scored(values);
  showValues();
  const said = showScore(current);
  if (isDone) element("spoken").textContent = said;
  clearTimeout(pending);
  pending = setTimeout(() => showCurves(current), 20);
}

function change(place, value, isDone) {
  values = values.with(place, value);
  update(isDone);
}

function begin(row) {
  values = row;
  update(true);
}

function listen(place) {
  const one = inputs[place], field = element(`value-${place}`);
  if (one.kind === "category" || one.kind === "boolean") {
    field.addEventListener("change", () => {
      const known = one.kind === "boolean" ? Number(field.value) : one.categories[Number(field.value)]?.[0] ?? OTHER;
      change(place, field.value === "null" ? null : known, true);
    });
    return;
  }
  const slider = element(`slider-${place}`), missing = element(`null-${place}`);
  const last = () => one.start ?? one.below[0]?.[0] ?? 0;
  for (const [name, isDone] of [["input", false], ["change", true]]) {
    slider.addEventListener(name, () => change(place, Number(Number(slider.value).toPrecision(4)), isDone));
    field.addEventListener(name, () => change(place, field.value === "" ? null : Number(field.value), isDone));
  }
  missing.addEventListener("change", () => change(place, missing.checked ? null : last(), true));
}

function open() {
  const said = element("check");
  said.className = "check failed";
  if (isAltered()) {
    said.textContent = "This page is not as it was written, so it shows no score: write it anew with dbt-baton whatif.";
    return;
  }
  const found = differences();
  if (found.length) {
    said.textContent = `This page does not compute what the model computes, so it shows no score: ${found[0]}`
      + (found.length > 1 ? `, and ${found.length - 1} more differ.` : ".");
    return;
  }
  said.className = "check passed";
  said.textContent = `Checked as it opened: the scores of ${data.checks[0].length} rows are those of the model.`;
  element("page").hidden = false;
  read.forEach(listen);
  element("reset").addEventListener("click", () => { element("start").value = "medians"; begin(medians); });
  element("start").addEventListener("change", () => {
    const chosen = element("start").value;
    begin(chosen === "medians" ? medians : data.entities[Number(chosen)]);
  });
  if (element("shown")) {
    element("shown").value = String(scored(values).decision ?? 0);
    element("shown").addEventListener("change", () => update(true));
  }
  update(false);
}

open();
