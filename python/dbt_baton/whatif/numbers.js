// Numbers in words, and their places among training rows.

// A category that no training row has.
const OTHER = inputs.reduce(
  (text, one) => (one.categories.some(([known]) => known.startsWith(text)) ? text + "?" : text),
  "a value that no training row has",
);

function spaced(number) {
  if (Math.abs(number) >= 1e15) return String(number);
  return number.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

function short(number) {
  if (Number.isNaN(number)) return "none";
  if (task === "regression" || Number.isInteger(number)) return spaced(Number(number.toPrecision(4)));
  if (number < 0.001) return number.toExponential(1);
  if (number > 0.999) return "over 0.999";
  // as many digits as show on which side of the threshold it is
  const isClear = (digits) => number === data.bound || Number(number.toFixed(digits)) !== data.bound;
  return number.toFixed([3, 4, 5, 6].find(isClear) ?? 9);
}

function written(place, value) {
  if (value === null) return "NULL";
  if (inputs[place].kind === "boolean") return value ? "true" : "false";
  return typeof value === "string" ? value || "(empty text)" : String(Number(value.toPrecision(6)));
}

// At the ends of an axis.
function brief(place, value) {
  return typeof value === "number" ? spaced(Number(value.toPrecision(3))) : written(place, value);
}

function percent(share) {
  if (share > 0 && share < 0.01) return "under 1 %";
  return share > 0.99 && share < 1 ? "over 99 %" : `${Math.round(100 * share)} %`;
}

// The share of training rows with a lower score.
function lowerScores(quantiles, score) {
  const last = quantiles.length - 1;
  const place = quantiles.findIndex((quantile) => quantile >= score);
  if (place === -1) return 1;
  if (place === 0) return 0;
  const [low, high] = [quantiles[place - 1], quantiles[place]];
  return (place - 1 + (score - low) / (high - low)) / last;
}

// The share of training rows with a lower value of an input.
function lowerValues({ below }, value) {
  const place = below.findIndex(([known]) => known >= value);
  if (place === -1) return 1;
  const [high, share] = below[place];
  if (place === 0 || high === value) return share;
  const [low, before] = below[place - 1];
  return before + ((share - before) * (value - low)) / (high - low);
}

// How large a change is: the share of rows between two numbers, or of rows without the new category.
function sizeOf(one, from, to) {
  if (to === null) return 1 - one.missing;
  if (one.kind === "category") return 1 - (one.categories.find(([text]) => text === to)?.[1] ?? 0);
  if (from === null || one.kind === "boolean") return 0.5;
  return Math.abs(lowerValues(one, to) - lowerValues(one, from));
}
