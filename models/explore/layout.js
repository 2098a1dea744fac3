/* ---- layout.js: a drawing of a graph in layers (Sugiyama, Tagawa, Toda 1981) ----
 *
 * 1. A vertex stands one rank after the last of its inputs, a leaf just before its first reader. 2. Edges over several
 * ranks get a bend in each. 3. Ranks are ordered by the mean place of neighbors, forth and back, as long as crossings
 * get fewer. 4. Places within a rank are the nearest to the neighbors' means that keep order and distance. */

const BEND = 0.35; /* the room of a bend, in vertices */

function ranksOf(vertexCount, edges) {
  const rank = new Array(vertexCount).fill(0), out = rank.map(() => []), ins = rank.map(() => 0);
  for (const {from, to} of edges) {
    out[from].push(to);
    ins[to]++;
  }
  const waiting = [...ins], order = rank.map((_, v) => v).filter((v) => ins[v] === 0);
  for (const v of order)
    for (const to of out[v]) {
      rank[to] = Math.max(rank[to], rank[v] + 1);
      if (--waiting[to] === 0) order.push(to);
    }
  rank.forEach((_, v) => {
    if (ins[v] === 0 && out[v].length) rank[v] = Math.min(...out[v].map((to) => rank[to])) - 1;
  });
  return rank;
}

/* Items are vertices, then bends: {rank, size, weight, up: [], down: []}. Chains are the items along each edge. Leaves
 * and what nobody reads weigh little, so that they make way and the way to the root is straight. */
function withBends(vertexCount, edges, rank) {
  const reads = new Set(edges.map(({to}) => to)), isRead = new Set(edges.map(({from}) => from)),
        last = Math.max(...rank);
  const weightOf = (v, r) => (!reads.has(v) ? 0.02 : isRead.has(v) || r === last ? 1 : 0.05);
  const items = rank.map((r, v) => ({rank: r, size: 1, weight: weightOf(v, r), up: [], down: []}));
  const chains = edges.map(({from, to}) => {
    const chain = [from];
    for (let r = rank[from] + 1; r < rank[to]; r++) {
      items.push({rank: r, size: BEND, weight: 0.3, up: [], down: []});
      chain.push(items.length - 1);
    }
    chain.push(to);
    for (let i = 1; i < chain.length; i++) {
      items[chain[i - 1]].down.push(chain[i]);
      items[chain[i]].up.push(chain[i - 1]);
    }
    return chain;
  });
  return {items, chains};
}

function crossings(items, rows) {
  let total = 0;
  for (const row of rows) {
    const ends = row.flatMap((item) => items[item].down.map((to) => items[to].place).sort((a, b) => a - b));
    for (let i = 0; i < ends.length; i++)
      for (let k = 0; k < i; k++) total += ends[k] > ends[i];
  }
  return total;
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

function setPlaces(items, rows) {
  for (const row of rows) row.forEach((item, place) => { items[item].place = place; });
}

function orderRows(items, rows) {
  let best = rows.map((row) => [...row]), least = Infinity;
  for (let round = 0; round < 16 && least > 0; round++) {
    setPlaces(items, rows);
    const now = crossings(items, rows);
    if (now < least) [least, best] = [now, rows.map((row) => [...row])];
    const side = round % 2 ? 'down' : 'up';
    const sweep = round % 2 ? [...rows].reverse() : rows;
    for (const row of sweep) {
      const key = new Map(
        row.map((item) => [item,
                  items[item][side].length ? mean(items[item][side].map((n) => items[n].place)) : items[item].place]));
      row.sort((a, b) => key.get(a) - key.get(b) || a - b);
      row.forEach((item, place) => { items[item].place = place; });
    }
  }
  return best;
}

/* Positions x_i nearest to those wished for, Σ w_i·(x_i − wish_i)² least, with x_{i+1} − x_i at least the distance:
 * isotonic regression by pooling neighbors that are out of order. */
function nearestInOrder(wishes, weights, distances) {
  const pools = [];
  let offset = 0;
  const offsets = wishes.map((_, i) => (offset += i ? distances[i - 1] : 0));
  wishes.forEach((wish, i) => {
    pools.push({sum: weights[i] * (wish - offsets[i]), weight: weights[i], size: 1});
    while (pools.length > 1) {
      const last = pools[pools.length - 1], before = pools[pools.length - 2];
      if (before.sum / before.weight <= last.sum / last.weight) break;
      pools.pop();
      before.sum += last.sum;
      before.weight += last.weight;
      before.size += last.size;
    }
  });
  return pools.flatMap((pool) => new Array(pool.size).fill(pool.sum / pool.weight)).map((x, i) => x + offsets[i]);
}

/* The weighted mean place of the neighbors on one side. */
function wishOf(items, item, side) {
  let sum = 0, weight = 0;
  for (const n of items[item][side]) {
    sum += items[n].weight * items[n].x;
    weight += items[n].weight;
  }
  return weight ? sum / weight : items[item].x;
}

function placeRows(items, rows) {
  for (const row of rows) row.forEach((item, i) => { items[item].x = i; });
  for (let round = 0; round < 12; round++) {
    const side = round % 2 ? 'down' : 'up';
    for (const row of round % 2 ? [...rows].reverse() : rows) {
      const distances = row.slice(1).map((item, i) => (items[item].size + items[row[i]].size) / 2);
      const placed =
        nearestInOrder(row.map((item) => wishOf(items, item, side)), row.map((item) => items[item].weight), distances);
      placed.forEach((x, i) => { items[row[i]].x = x; });
    }
  }
}

/* {at: [{rank, x}] by vertex, chains: [[{rank, x}…] by edge], ranks, low, high}: x in vertices. */
function layeredLayout(vertexCount, edges) {
  const rank = ranksOf(vertexCount, edges);
  const {items, chains} = withBends(vertexCount, edges, rank);
  const ranks = Math.max(0, ...rank) + 1;
  let rows = Array.from({length: ranks}, () => []);
  items.forEach((item, i) => rows[item.rank].push(i));
  rows = orderRows(items, rows);
  placeRows(items, rows);
  const point = (item) => ({rank: items[item].rank, x: items[item].x});
  return {
    at: rank.map((_, v) => point(v)),
    chains: chains.map((chain) => chain.map(point)),
    ranks,
    low: Math.min(0, ...items.map((item) => item.x)),
    high: Math.max(0, ...items.map((item) => item.x)),
  };
}
