// The model: `functions` has one for all rows, and one for each group.

const data = JSON.parse(document.getElementById("data").textContent);
const nodes = JSON.parse(document.getElementById("nodes").textContent).map(readNodes);
const { inputs, classes, task } = data;
const TOLERANCE = 1e-9;

function run(values) {
  const group = data.groupPlace === null ? -1 : data.groups.indexOf(values[data.groupPlace]);
  const given = [];
  values.forEach((value, place) => {
    if (place === data.groupPlace) return;
    given.push(value === null && inputs[place].kind !== "category" ? NaN : value);
  });
  return functions[group + 1](given, nodes[group + 1]);
}

// The place of the class that it decides for; null where there is no score.
function decided({ probabilities, winner }) {
  const positive = probabilities[data.positive];
  if (data.threshold !== null && !Number.isNaN(positive)) {
    return positive >= data.threshold ? data.positive : 1 - data.positive;
  }
  return Number.isNaN(winner) ? null : winner;
}

// The score of one class, by default of the positive one, or of the one that it decides for.
function scored(values, shown = null) {
  const result = run(values);
  if (task === "regression") return { score: result.value, decision: null, probabilities: [] };
  const decision = decided(result);
  const place = task === "binary" ? data.positive : shown ?? decision;
  const score = decision === null ? NaN : result.probabilities[place];
  return { score, decision, probabilities: result.probabilities };
}

// CRC-32, as zlib has it.
function checksum(text) {
  let sum = -1;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function isAltered() {
  const texts = ["nodes", "data"].map((id) => document.getElementById(id).textContent);
  const written = [functions.map(String).join(",\n"), ...texts].join("\n");
  return checksum(written) !== Number(document.getElementById("data").dataset.checksum);
}

// What differs from the scores that the model itself gave to the rows of the check, in words.
function differences() {
  const [rows, expected] = data.checks;
  const differs = (one, other) => !(Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(other)));
  const found = [];
  rows.forEach((row, number) => {
    const result = run(row);
    const given = task === "regression" ? [result.value] : result.probabilities;
    const isRefused = given.some(Number.isNaN);
    const wanted = task === "regression" ? [expected[number]] : expected[number]?.[0];
    if (!wanted || wanted[0] === null) {
      if (!isRefused) found.push(`row ${number + 1} has a score, and the model refuses it`);
      return;
    }
    const place = wanted.findIndex((score, place) => differs(given[place], score));
    if (place >= 0) found.push(`row ${number + 1} has the score ${given[place]} instead of ${wanted[place]}`);
    else if (task !== "regression" && decided(result) !== expected[number][1]) {
      found.push(`row ${number + 1} is ${classes[decided(result)]} instead of ${classes[expected[number][1]]}`);
    }
  });
  return found;
}
