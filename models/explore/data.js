/* ---- data.js: what the engine wrote into this page, and what follows from it without computing ----
 *
 * {
 *   format: 1, title, subtitle (or null),
 *   sweep: {events: [EVENT…], counts: [visited, rules, sums, lookups, hits], gradients: [node…]},
 *   expansion: {rules, rules_of: [by node], paths, paths_of: [by node], whole, events: [EVENT…]},
 *   derivation: {engine: FORM, lecture: FORM},  FORM = {samples, lines: [{left, right, shapes, node, adjoint, power}]},
 *   root, forward (nodes up to the root; the others are the sweep's), wanted: [node…],
 *   nodes: [{name, op, kind, inputs, shape, dtype, formula, named, adjoint_of}],
 *   values: [null or {count, rows, columns, corner, min, max, mean, norm, nan}],
 *   memory: {leaf_bytes, left_out, plans: [{policy, slots, stages, advances, formula, recomputed, bytes, same_bits,
 *            steps: [[node, offset, bytes, last, in place, alive]…]}]},
 *   check: {missing} or {verdict, error_max, tried, counts, tolerance, elements, sampled,
 *           results: [{node, entries: [[index, reverse, difference, error, verdict]…]}]},
 *   training: {missing} or {rate, batch, seed, epochs_wanted, samples, failure, classes, epochs: [[epoch, loss, accuracy]…],
 *              features, range: [x least, x most, y least, y most], width, height, points: [[x, y, class]…],
 *              frames: [{epoch, counts: [cells by class], cells: [[class, run, class, run…] by row, the largest y first]}]}
 * }
 * EVENT = [kind, node, consumer, input, contribution, adjoint, visited, rules, sums, lookups, hits]. A node is a number, its
 * place on the tape; −1 is none. Counts that may have many digits are strings. NaN and infinities are strings. */

const data = JSON.parse(byId('data').textContent);

const nodes = data.nodes;
const isLeaf = (id) => nodes[id].inputs.length === 0;
const isForward = (id) => id < data.forward;
const valueOf = (id) => (id >= 0 ? data.values[id] : null);

/* Constants without a name are called by their value. */
function nameOf(id) {
  const node = nodes[id];
  if (node.kind !== 'constant' || node.named || !node.formula) return node.name;
  return Number.isNaN(Number(node.formula)) ? node.formula : number(node.formula);
}

const adjointName = (id) => `∂${nodes[id].name}`;

/* What a rule sends, in words of the lecture: its formula, or the name of the adjoint that it passes on. */
function contributionText(contribution, node) {
  const sent = nodes[contribution];
  if (sent.adjoint_of === node || !sent.named) return sent.formula || sent.name;
  return sent.name;
}

/* consumers[id]: [{consumer, input}…] among the forward nodes, the latest first. */
const consumers = nodes.map(() => []);
for (let id = data.forward - 1; id >= 0; id--)
  nodes[id].inputs.forEach((from, input) => consumers[from].push({consumer: id, input}));

const wanted = new Set(data.wanted);
