/* ---- fold.js: which nodes a graph shows: all of a small one; of a large one the layer in focus and its neighbors ---- */

const FOLD_ABOVE = 48, ROOM = 56;

/* layerOf[id] of every forward node. A layer is told by the number at the end of names (W2, b2, Z2 …); a node without a
 * name belongs to what is made of it. Where names do not tell, layers are stretches of the tape. */
const LAYERS = (() => {
  const layerOf = new Array(data.forward).fill(0);
  const sizes = new Map();
  let last = 0;
  for (let id = data.forward - 1; id >= 0; id--) {
    const digits = nodes[id].named && nodes[id].name.match(/(\d+)$/);
    const reader = consumers[id].length ? consumers[id][consumers[id].length - 1].consumer : null;
    layerOf[id] = digits ? Number(digits[1]) : reader !== null ? layerOf[reader] : Infinity;
    if (digits) last = Math.max(last, layerOf[id]);
  }
  for (let id = 0; id < data.forward; id++) {
    if (layerOf[id] === Infinity) layerOf[id] = last + 1;
    sizes.set(layerOf[id], (sizes.get(layerOf[id]) || 0) + 1);
  }
  const told = sizes.size > 2 && Math.max(...sizes.values()) <= ROOM;
  if (!told) stretchLayers(layerOf);
  const order = [...new Set(layerOf)].sort((a, b) => a - b);
  return {layerOf, order, place: new Map(order.map((layer, i) => [layer, i])), told};
})();

function stretchLayers(layerOf) {
  let operations = 0;
  for (let id = 0; id < layerOf.length; id++)
    if (!isLeaf(id)) layerOf[id] = Math.floor(operations++ / 16) + 1;
  for (let id = layerOf.length - 1; id >= 0; id--)
    if (isLeaf(id)) layerOf[id] = consumers[id].length ? layerOf[consumers[id][consumers[id].length - 1].consumer] : 1;
}

function membersOf(from, to) {
  const members = [];
  for (let id = 0; id < data.forward; id++) {
    const place = LAYERS.place.get(LAYERS.layerOf[id]);
    if (place >= from && place <= to) members.push(id);
  }
  return members;
}

function folded(from, to) {
  if (to < from) return null;
  const ids = membersOf(from, to);
  const word = LAYERS.told ? 'layer' : 'part';
  const [first, last] = [LAYERS.order[from], LAYERS.order[to]];
  return {
    key: `fold${from}-${to}`,
    ids,
    label: from === to ? `${word} ${first}` : `${word}s ${first}–${last}`,
    focus: ids[Math.floor(ids.length / 2)]
  };
}

/* {vertices: [{key, id} or {key, ids, label, focus}], edges: [{from, to, id pairs}]} for a focus on one node. */
function visibleGraph(focus) {
  const vertices = [], vertexOf = new Array(data.forward);
  const show = (id) => vertices.push({key: String(id), id});
  if (data.forward <= FOLD_ABOVE) {
    for (let id = 0; id < data.forward; id++) show(id);
  } else {
    const at = LAYERS.place.get(LAYERS.layerOf[clamp(focus, 0, data.forward - 1)]);
    let from = Math.max(0, at - 1), to = Math.min(LAYERS.order.length - 1, at + 1);
    if (membersOf(from, to).length > ROOM) from = to = at;
    const before = folded(0, from - 1), after = folded(to + 1, LAYERS.order.length - 1);
    if (before) vertices.push(before);
    membersOf(from, to).forEach(show);
    if (after) vertices.push(after);
  }
  vertices.forEach((vertex, v) => (vertex.ids || [vertex.id]).forEach((id) => { vertexOf[id] = v; }));
  const edges = new Map();
  for (let id = 0; id < data.forward; id++)
    for (const input of nodes[id].inputs) {
      const from = vertexOf[input], to = vertexOf[id];
      const key = `${from}-${to}`;
      if (from === to) continue;
      if (!edges.has(key)) edges.set(key, {from, to, pairs: []});
      edges.get(key).pairs.push(`${input}-${id}`);
    }
  return {vertices, edges: [...edges.values()], key: vertices.map((v) => v.key).join(' ')};
}
