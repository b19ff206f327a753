// The page: what is entered, and what follows from it.

const medians = inputs.map((one) => one.start);
const read = inputs.map((_, place) => place).filter((place) => inputs[place].isRead && element(`input-${place}`));
let values = medians;
let pending;

function shown() {
  const chosen = element("shown");
  return chosen ? Number(chosen.value) : null;
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
    const missing = one.missing > 0 ? `${percent(one.missing)} NULL` : "never NULL";
    element(`note-${place}`).textContent = note ?? missing;
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
  if (value >= low && value <= high) return null;
  const [from, to] = [low, high].map((end) => spaced(Number(end.toPrecision(4))));
  return `outside of ${from} to ${to}`;
}

function showChanges(found, current) {
  const moves = task === "regression" ? "moves" : "flips";
  const none = Number.isNaN(current.score)
    ? "There is no score to change."
    : `No single change within the training ranges ${moves} it.`;
  const lines = found.map(({ place, point: { value } }) => {
    const after = scored(values.with(place, value));
    const decision = task === "regression" ? "" : `decision ${classes[after.decision]}, score `;
    const button = node(
      "button",
      { type: "button" },
      node("b", {}, inputs[place].name),
      `from ${written(place, values[place])} to `,
      node("span", { class: "to" }, written(place, value)),
      node("span", { class: "outcome" }, decision || "value ", short(after.score)),
    );
    button.addEventListener("click", () => change(place, value, true));
    return node("li", {}, button);
  });
  const list = lines.length ? node("ul", { class: "changes" }, ...lines) : node("p", { class: "muted" }, none);
  element("changes").replaceChildren(list);
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

// Shows what follows from the values; curves a moment later, so that a slider stays quick with a large model.
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
      const chosen = Number(field.value);
      const known = one.kind === "boolean" ? chosen : one.categories[chosen]?.[0] ?? OTHER;
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

// The reader's choice counts for the page as it is open.
function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}

function open() {
  element("theme").hidden = false;
  element("theme").addEventListener("click", switchTheme);
  const said = element("check");
  said.className = "check failed";
  if (isAltered()) {
    said.textContent =
      "This page is not as it was written, so it shows no score: write it anew with dbt-baton whatif.";
    return;
  }
  const found = differences();
  if (found.length) {
    const more = found.length > 1 ? `, and ${found.length - 1} more differ.` : ".";
    said.textContent =
      `This page does not compute what the model computes, so it shows no score: ${found[0]}${more}`;
    return;
  }
  said.className = "check passed";
  said.textContent = `Checked as it opened: the scores of ${data.checks[0].length} rows are those of the model.`;
  element("page").hidden = false;
  read.forEach(listen);
  element("reset").addEventListener("click", () => {
    element("start").value = "medians";
    begin(medians);
  });
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
