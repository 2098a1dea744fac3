/* ---- graph.js: the forward graph, whose nodes fill in with values and adjoints step by step ----
 *
 * The sweep runs along the same edges backwards, so its own nodes need no place in the picture. For screen readers the
 * table of the tape says the same. */

const BOX = {
  width: 112,
  height: 66,
  slotTop: 37,
  slotHeight: 23
};
const GAP = {
  across: {rank: 40, side: 22},
  down: {rank: 34, side: 16}
};

function svgMath(attributes, text) {
  const out = makeSvg('text', attributes);
  for (const part of math(text).childNodes) {
    const rise = {SUB: 3.5, SUP: -5}[part.nodeName];
    if (rise) {
      out.append(makeSvg('tspan', {dy: rise, class: 'sub'}, part.textContent));
      out.append(makeSvg('tspan', {dy: -rise}, '\u200b'));
    } else {
      out.append(makeSvg('tspan', {class: part.nodeName === 'I' ? 'italic' : null}, part.textContent));
    }
  }
  return out;
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

class Graph {
  constructor(id, choose) {
    this.choose = choose;
    this.key = '';
    this.element = make('div', {class: 'graph', id});
    this.element.addEventListener('click', (event) => {
      const vertex = event.target.closest('[data-vertex]');
      if (vertex) this.choose(Number(vertex.dataset.vertex));
    });
    new ResizeObserver(() => this.update()).observe(this.element);
  }

  /* The node that the picture is about: the one chosen, or that of the step. */
  focus() {
    const step = currentStep();
    if (state.node !== null) return isForward(state.node) ? state.node : nodes[state.node].adjoint_of ?? data.root;
    return step ? step.node : 0;
  }

  update() {
    const width = this.element.clientWidth;
    if (!width) return;
    const graph = visibleGraph(this.focus());
    const across = width >= 700;
    const key = `${graph.key}/${across}/${Math.round(width / 20)}`;
    if (key !== this.key) this.build(graph, across, width);
    this.key = key;
    this.paint();
  }

  /* ---- Places ---- */

  build(graph, across, width) {
    const layout = layeredLayout(graph.vertices.length, graph.edges);
    const gap = across ? GAP.across : GAP.down;
    const rankStep = (across ? BOX.width : BOX.height) + (across ? rankGap(layout.ranks, width) : gap.rank),
          sideStep = (across ? BOX.height : BOX.width) + gap.side;
    const length = (layout.ranks - 1) * rankStep + (across ? BOX.width : BOX.height);
    const breadth = (layout.high - layout.low) * sideStep + (across ? BOX.height : BOX.width);
    const place = ({rank, x}) => {
      const along = rank * rankStep + (across ? BOX.width : BOX.height) / 2 + 12;
      const side = (x - layout.low) * sideStep + (across ? BOX.height : BOX.width) / 2 + 12;
      return across ? [along, side] : [side, along];
    };
    const [w, h] = across ? [length + 24, breadth + 24] : [breadth + 24, length + 24];
    const fits = across ? Math.min((width - 4) / w, (0.46 * innerHeight) / h) : (width - 4) / w;
    const scale = clamp(fits, across ? 0.72 : 0.62, 1.5);
    this.across = across;
    this.places = layout.at.map(place);
    this.graph = graph;
    this.svg = makeSvg('svg', {
      viewBox: `0 0 ${w} ${h}`,
      width: w * scale,
      height: h * scale,
      role: 'img',
      'aria-label': `The graph: ${plural(data.forward, 'node')} up to ${nodes[data.root].name}. ` +
        'The table of the tape says the same.',
    });
    this.scale = scale;
    this.edges = graph.edges.map((edge, i) => this.edgeElement(edge, layout.chains[i].map(place)));
    this.vertices = graph.vertices.map((vertex, v) => this.vertexElement(vertex, this.places[v]));
    this.svg.append(...this.edges, ...this.vertices);
    show(this.element, this.svg);
  }

  edgeElement(edge, points) {
    const d = points
                .map(([x, y], i) => {
                  if (i === 0) return this.across ? `M${x + BOX.width / 2} ${y}` : `M${x} ${y + BOX.height / 2}`;
                  let [px, py] = points[i - 1], [qx, qy] = [x, y];
                  if (this.across) {
                    px += i === 1 ? BOX.width / 2 : 0;
                    qx -= i === points.length - 1 ? BOX.width / 2 + 5 : 0;
                    const middle = (qx - px) / 2;
                    return `C${px + middle} ${py} ${qx - middle} ${qy} ${qx} ${qy}`;
                  }
                  py += i === 1 ? BOX.height / 2 : 0;
                  qy -= i === points.length - 1 ? BOX.height / 2 + 5 : 0;
                  const middle = (qy - py) / 2;
                  return `C${px} ${py + middle} ${qx} ${qy - middle} ${qx} ${qy}`;
                })
                .join('');
    return makeSvg('path', {class: 'edge', d, 'data-edges': edge.pairs.slice(0, 200).join(' ')});
  }

  vertexElement(vertex, [x, y]) {
    const at = `translate(${x - BOX.width / 2} ${y - BOX.height / 2})`;
    if (vertex.ids) return this.foldElement(vertex, at);
    const node = nodes[vertex.id];
    const group =
      makeSvg('g', {class: `vertex ${node.kind}`, transform: at, 'data-vertex': vertex.id, 'data-node': vertex.id});
    const shape = cut(shapeText(node.shape), 14), name = cut(nameOf(vertex.id), 11);
    const below = 9 * name.length + 6 * shape.length > 86; /* a long name takes the whole line */
    group.append(
      makeSvg('rect', {class: 'box', width: BOX.width, height: BOX.height, rx: node.kind === 'operation' ? 9 : 2}),
      svgMath({x: 9, y: 18, class: 'name'}, name),
      makeSvg('text', {x: BOX.width - 8, y: below ? 31 : 17, class: 'shape'}, shape),
      makeSvg('text', {x: 9, y: 31, class: 'op'},
        cut(node.kind === 'operation' ? node.op : node.kind, below ? 16 - shape.length : 17)),
      makeSvg('g', {class: 'slots'}), makeSvg('title', null, `${node.name}, ${node.op}, ${shapeText(node.shape)}`));
    return group;
  }

  foldElement(vertex, at) {
    return makeSvg('g', {class: 'vertex fold', transform: at, 'data-vertex': vertex.focus, 'data-fold': vertex.key},
      makeSvg('rect', {class: 'box', width: BOX.width, height: BOX.height, rx: 9}),
      makeSvg('rect', {class: 'box under', width: BOX.width - 8, height: BOX.height, x: 4, y: 4, rx: 9}),
      makeSvg('text', {x: BOX.width / 2, y: 22, class: 'label'}, vertex.label),
      makeSvg('text', {x: BOX.width / 2, y: 38, class: 'op middle'}, plural(vertex.ids.length, 'node')),
      makeSvg('text', {x: BOX.width / 2, y: 55, class: 'op middle progress'}),
      makeSvg('title', null, `${vertex.label}: ${plural(vertex.ids.length, 'node')}, folded. Click to unfold.`));
  }

  /* ---- How things stand ---- */

  paint() {
    const step = currentStep();
    this.vertices.forEach((element, v) => {
      const vertex = this.graph.vertices[v];
      if (vertex.ids)
        this.paintFold(element, vertex);
      else
        this.paintVertex(element, vertex.id, step);
    });
    const edgeNow = !step ? null : step.kind === 'rule' ? `${step.node}-${step.consumer}` : null;
    for (const element of this.edges) {
      const pairs = element.dataset.edges.split(' ');
      const back = edgeNow !== null && pairs.includes(edgeNow);
      const forth = step && step.kind === 'forward' && pairs.some((pair) => pair.endsWith(`-${step.node}`));
      element.setAttribute('class', `edge${back ? ' back' : ''}${forth ? ' forth' : ''}`);
    }
    this.scrollTo(this.focus());
  }

  paintVertex(element, id, step) {
    const has = steps().hasValue(id, state.step), adjoint = steps().adjointOf(id, state.step);
    const now = nodesOfStep(step).includes(id), main = step && step.node === id;
    const look = `${id}/${has}/${adjoint.status}/${adjoint.adjoint}/${adjoint.times}`;
    element.setAttribute('class',
      `vertex ${nodes[id].kind}${now ? ' now' : ''}${main ? ' main' : ''}` +
        `${main && step.kind !== 'forward' ? ' reverse' : ''}${state.node === id ? ' chosen' : ''}` +
        `${LIT.has(id) ? ' lit' : ''}${has ? '' : ' waiting'}`);
    if (element.dataset.look === look) return;
    element.dataset.look = look;
    element.dataset.value = has ? 'yes' : 'no';
    element.dataset.adjoint = adjoint.status;
    show(element.querySelector('.slots'), slot('value', 7, has ? 'done' : 'none', has ? id : -1, 'v'),
      slot('adjoint', 59, adjoint.status, adjoint.adjoint, '∂', adjoint.times));
  }

  paintFold(element, vertex) {
    const values = vertex.ids.filter((id) => steps().hasValue(id, state.step)).length;
    const adjoints = vertex.ids.filter((id) => steps().adjointOf(id, state.step).status === 'done').length;
    element.querySelector('.progress').textContent = `${values} v, ${adjoints} ∂`;
  }

  scrollTo(id) {
    const v = this.graph.vertices.findIndex((vertex) => vertex.id === id);
    if (v < 0) return;
    const [x, y] = this.places[v].map((c) => c * this.scale);
    const {clientWidth, clientHeight, scrollLeft, scrollTop} = this.element;
    const margin = 90 * this.scale;
    if (x < scrollLeft + margin || x > scrollLeft + clientWidth - margin) this.element.scrollLeft = x - clientWidth / 2;
    if (y < scrollTop + margin / 2 || y > scrollTop + clientHeight - margin / 2)
      this.element.scrollTop = y - clientHeight / 2;
  }
}

/* Ranks stand closer where they would not fit otherwise. */
function rankGap(ranks, width) {
  const room = (width / 0.78 - 24 - ranks * BOX.width) / Math.max(1, ranks - 1);
  return clamp(room, 18, GAP.across.rank);
}

/* Arrowheads for all graphs, in a drawing of their own: what is hidden cannot be referred to. */
function makeMarkers() {
  const head = (id) => makeSvg('marker',
    {id, viewBox: '0 0 10 10', refX: 8, refY: 5, markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse'},
    makeSvg('path', {d: 'M1 1L9 5L1 9z'}));
  document.body.append(makeSvg('svg', {class: 'markers', width: 0, height: 0, 'aria-hidden': 'true'},
    makeSvg('defs', null, head('arrow-forward'), head('arrow-back'))));
}

/* The place of a value or an adjoint: dashed while empty, three dots while it lacks contributions, a tick when done. */
function slot(kind, x, status, id, letter, times) {
  const width = 46,
        mark = kind === 'value' ? '' : {none: '', partial: '…', done: times > 1 ? `×${times}` : '✓'}[status];
  return makeSvg('g', {class: `slot ${kind} ${status}`},
    makeSvg('rect', {x, y: BOX.slotTop, width, height: BOX.slotHeight, rx: 3}),
    status === 'none' ? makeSvg('text', {x: x + width / 2, y: BOX.slotTop + 16, class: 'letter'}, letter)
                      : thumbnail(id, x + 3, BOX.slotTop + 2, mark ? width - 16 : width - 6, BOX.slotHeight - 4),
    mark ? makeSvg('text', {x: x + width - 3, y: BOX.slotTop + 16, class: 'mark'}, mark) : null);
}

/* The nodes that a line of the derivation is about, while the pointer or the focus is on it. */
const LIT = new Set();
