// The steps of scoring that are no expressions. Nodes are those of the scoring SQL: the right child of a node
// follows its left one, a leaf is its own left child, and the second half of the features has missing values
// below everything.

const same = (number) => number;
const rounded = (number) => Math.sign(number) * Math.round(Math.abs(number));

function treeLeaves(nodes, first, last, values) {
  const found = [];
  for (let number = first - 1; number < last; number++) {
    const { feature, threshold, left } = nodes[number];
    let node = 0;
    for (;;) {
      const place = feature[node] - 1;
      const value = values[place % values.length];
      const isRight = Number.isNaN(value) ? place < values.length : value > threshold[node];
      const next = left[node] - 1 + isRight;
      if (next === node) break;
      node = next;
    }
    found.push(node);
  }
  return found;
}

function treeSum(nodes, leaves, first, place, round) {
  let total;
  leaves.forEach((leaf, number) => {
    const tree = nodes[first - 1 + number];
    const values = tree.values[place - tree.place];
    if (values) total = total === undefined ? round(values[leaf]) : round(total + round(values[leaf]));
  });
  return total;
}

// thresholds may be "Infinity", which JSON has no number for
function readNodes(nodes) {
  for (const tree of nodes) tree.threshold = tree.threshold.map(Number);
  return nodes;
}
