/* ---- expansion.js: the chain rule without memo, as a tree: each adjoint asks its consumers for theirs, anew each time ----
 *
 * The root of each tree is a wanted node; the branches of an occurrence are the edges of the graph to its consumers, in the
 * order in which the sweep applies their rules. An edge that stood before in the tree is what the memo saves. */

const TREE_MAX = 400, ROOTS_MAX = 40;

/* Edges into a node, {consumer, input, step: when the sweep with memo applies that rule}. */
const edgesInto = new Map();
STEPS[true].list.forEach((e, p) => {
  if (!e || e.kind !== 'rule') return;
  if (!edgesInto.has(e.node)) edgesInto.set(e.node, []);
  edgesInto.get(e.node).push({consumer: e.consumer, input: e.input, step: p});
});

/* Breadth first, so that a tree too large to show is cut where it is deepest. An occurrence is {node, parent, input, step,
 * children, depth}; step is that of its rule with memo, which a wanted node has not. */
const EXPANSION = (() => {
  const reached = [...wanted].filter((node) => edgesInto.has(node) || node === data.root);
  const roots =
    reached.slice(0, ROOTS_MAX).map((node) => ({node, parent: null, input: -1, step: 0, children: [], depth: 0}));
  const all = [...roots];
  let cut = reached.length - roots.length;
  for (const occurrence of all) {
    const edges = edgesInto.get(occurrence.node) || [];
    if (all.length + edges.length > TREE_MAX) {
      if (edges.length) occurrence.cut = data.expansion.rules_of[occurrence.node];
      cut += edges.length > 0;
      continue;
    }
    for (const {consumer, input, step} of edges) {
      const child = {node: consumer, parent: occurrence, input, step, children: [], depth: occurrence.depth + 1};
      occurrence.children.push(child);
      all.push(child);
    }
  }
  return {roots, all, cut, more: reached.length - roots.length};
})();

/* The column of a node: how far it is from the root at most, so that an adjoint stands in one column wherever it is formed. */
const HEIGHT = new Map([[data.root, 0]]);
for (let id = data.root - 1; id >= 0; id--)
  if (edgesInto.has(id))
    HEIGHT.set(id, 1 + Math.max(...edgesInto.get(id).map(({consumer}) => HEIGHT.get(consumer) || 0)));

/* In the order of the page, from the top: which edges are new, and for the sweep without memo which of its rules is it? */
(() => {
  const seen = new Set(), stack = [...EXPANSION.roots].reverse(), order = [];
  while (stack.length) {
    const o = stack.pop();
    order.push(o);
    stack.push(...[...o.children].reverse());
  }
  for (const o of order) {
    const edge = o.parent && `${o.node}.${o.input}.${o.parent.node}`;
    o.again = o.parent !== null && (seen.has(edge) || o.parent.again || o.parent.hit);
    o.hit = seen.has(`node ${o.node}`);
    o.repeats = o.parent !== null && (o.parent.repeats || o.parent.hit);
    seen.add(edge);
    if (!o.repeats) seen.add(`node ${o.node}`);
  }
  order.forEach((o, i) => { o.index = i; });
  EXPANSION.order = order;
})();

/* The steps of the sweep without memo in which each occurrence is formed, and its rule sent: the walk of the engine, in
 * which children come before their parent. Known where the whole tree is shown. */
if (!EXPANSION.cut) {
  const rules = [], dones = [];
  STEPS[false].list.forEach((e, p) => {
    if (e && e.kind === 'rule') rules.push(p);
    if (e && e.kind === 'done') dones.push(p);
  });
  let rule = 0, done = 0;
  for (const root of EXPANSION.roots) {
    const stack = [{o: root, next: 0}];
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (top.next < top.o.children.length) {
        stack.push({o: top.o.children[top.next++], next: 0});
        continue;
      }
      top.o.formedAt = dones[done++];
      if (top.o.parent) top.o.sentAt = rules[rule++];
      stack.pop();
    }
  }
}
