/* ---- view_cache.js: what the memo saves: the expansion without it, below the graph, and what is counted ---- */

const CELL = {width: 80, height: 30, row: 38};

const cacheView = {
  key: 'c', title: 'Cache',

  build() {
    this.graph = new Graph('cache-graph', choose);
    this.memo = make('button', {id: 'memo', type: 'button', role: 'switch', onclick: () => set({memo: !state.memo})});
    this.counters = make('dl', {class: 'counters', id: 'counters'});
    this.tree = make('div', {class: 'tree', id: 'expansion', onclick: (event) => {
      const cell = event.target.closest('[data-node]');
      if (cell) choose(Number(cell.dataset.node));
    }});
    this.notes = make('div', {class: 'notes'});
    new ResizeObserver(() => this.showTree()).observe(this.tree);
    return make('div', {class: 'stack'},
      make('section', {class: 'card picture', 'aria-label': 'The graph'}, this.graph.element),
      make('section', {class: 'card', 'aria-label': 'What is counted'}, make('div', {class: 'bar'}, this.memo, this.counters)),
      make('section', {class: 'card grow', 'aria-label': 'The expansion'}, make('h2', null, 'The chain rule without memo, as a tree'),
        this.notes, this.tree, expansionLegend(), this.table()));
  },

  update() {
    this.graph.update();
    this.memo.setAttribute('aria-checked', String(state.memo));
    show(this.memo, make('span', {class: 'knob', 'aria-hidden': 'true'}), `memo ${state.memo ? 'on' : 'off'}`);
    this.showCounters();
    this.showNotes();
    this.showTree();
    this.list.render(true);
  },

  showCounters() {
    const now = steps().counts(state.step), end = steps().counts(steps().last);
    const item = (name, word) => make('div', null, make('dt', null, word),
      make('dd', {'data-counter': name, 'data-number': now[name]}, count(now[name]), make('span', {class: 'of'}, ` of ${count(end[name])}`)));
    const memoOnly = state.memo ? [item('lookups', 'questions to the memo'), item('hits', 'hits'), item('misses', 'misses')] : [];
    show(this.counters, item('rules', 'rules applied'), ...memoOnly, item('visited', 'adjoints formed'), item('sums', 'sums'),
      make('div', null, make('dt', null, 'rules without memo'), make('dd', {'data-counter': 'without', 'data-number': data.expansion.rules}, count(data.expansion.rules))),
      make('div', null, make('dt', null, 'paths'), make('dd', {'data-counter': 'paths', 'data-number': data.expansion.paths}, count(data.expansion.paths))));
  },

  showNotes() {
    const shown = EXPANSION.all.length;
    const notes = [`Each box is an adjoint being formed, which asks those to its right for theirs: from the ${plural(wanted.size, 'wanted node')} to the root. What stands below each other is the same adjoint.`];
    if (EXPANSION.cut) notes.push(`The whole tree has ${plural(data.expansion.rules, 'rule')}. Here are the ${count(shown)} boxes nearest to the wanted nodes; where it goes on, the number of rules beyond is written.`);
    if (!state.memo && !data.expansion.whole)
      notes.push(`The sweep without memo was stopped after ${plural(STEPS[false].counts(STEPS[false].last).rules, 'rule')} of ${count(data.expansion.rules)}.`);
    show(this.notes, ...notes.map((text) => make('p', {class: 'note'}, text)));
  },

  /* done: formed; partial: lacks contributions; now: in this step; saved: not needed thanks to the memo; hit: where the memo answers; else waiting. */
  stateOf(o) {
    const p = state.step, step = currentStep();
    if (!state.memo) {
      if (o.formedAt === undefined) return 'waiting';
      if (p === o.formedAt || p === o.sentAt) return 'now';
      return p > o.formedAt ? 'done' : 'waiting';
    }
    if (o.repeats) return 'saved';
    const rule = o.parent ? o.step : null;
    if (step && (rule === p || (step.node === o.node && ['done', 'seed', 'miss'].includes(step.kind) && !o.hit))) return 'now';
    if (o.hit) return rule !== null && p >= rule ? 'hit' : 'answer';
    const {status} = steps().adjointOf(o.node, p);
    return status === 'none' ? 'waiting' : status;
  },

  /* A row for each branch that ends; an occurrence stands before its first child. */
  placeTree() {
    let row = 0;
    const {order} = EXPANSION;
    for (const o of order) if (!o.children.length) o.row = row++;
    for (let i = order.length - 1; i >= 0; i--) if (order[i].children.length) order[i].row = order[i].children[0].row;
    this.rows = row;
    this.columns = Math.max(...order.map((o) => HEIGHT.get(o.node)), 0);
  },

  showTree() {
    if (this.rows === undefined) this.placeTree();
    if (!this.tree.clientWidth) return;
    const room = this.tree.clientWidth - CELL.width - 12, pitch = clamp(room / Math.max(1, this.columns), CELL.width + 18, 160);
    const width = this.columns * pitch + CELL.width + 10, height = this.rows * CELL.row + 8;
    const svg = makeSvg('svg', {
      width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': `The expansion: ${count(data.expansion.rules)} rules without memo. The table below says the same.`,
    });
    const at = (o) => [4 + (this.columns - HEIGHT.get(o.node)) * pitch, 4 + o.row * CELL.row];
    for (const o of EXPANSION.order) {
      if (!o.parent) continue;
      const [x, y] = at(o), [px, py] = at(o.parent), middle = CELL.height / 2, left = px + CELL.width;
      svg.append(makeSvg('path', {
        class: `branch ${o.repeats && state.memo ? 'saved' : ''}`,
        d: `M${left} ${py + middle}C${left + 16} ${py + middle} ${x - 16} ${y + middle} ${x} ${y + middle}`,
      }));
    }
    for (const o of EXPANSION.order) svg.append(this.cell(o, at(o)));
    show(this.tree, svg);
  },

  cell(o, [x, y]) {
    const look = this.stateOf(o);
    const sign = {hit: '↺', answer: '', now: '▸', done: '✓', partial: '…', saved: '', waiting: ''}[look];
    return makeSvg('g', {
      class: `cell ${look}${o.parent ? '' : ' wanted'}${state.node === o.node ? ' chosen' : ''}`, transform: `translate(${x} ${y})`,
      'data-node': o.node, 'data-occurrence': o.index, 'data-state': look,
    },
    makeSvg('rect', {width: CELL.width, height: CELL.height, rx: 6}),
    svgMath({x: 9, y: 20, class: 'name'}, cut(adjointName(o.node), 9)),
    makeSvg('text', {x: CELL.width - 7, y: 20, class: 'sign'}, sign),
    o.cut ? makeSvg('text', {x: CELL.width + 6, y: 20, class: 'more'}, `+ ${count(o.cut)}`) : null,
    makeSvg('title', null, `${adjointName(o.node)}: ${CELL_WORDS[look]}`));
  },

  /* The tree as a table: every occurrence with what asks for it. */
  table() {
    const {order} = EXPANSION;
    this.list = new List({
      id: 'expansion-list', label: 'The expansion',
      columns: [{title: '#', name: 'id'}, {title: 'adjoint', name: 'name'}, {title: 'asked for by', name: 'op'}, {title: 'state', name: 'what'},
        {title: 'rules to form it anew', name: 'number'}, {title: 'paths', name: 'number'}],
      row: (i) => {
        const o = order[i], {rules_of: rules, paths_of: paths} = data.expansion;
        return {
          attributes: {'data-node': o.node, class: state.node === o.node ? 'chosen' : ''},
          cells: [String(i), math(adjointName(o.node)), o.parent ? math(adjointName(o.parent.node)) : 'wanted', CELL_WORDS[this.stateOf(o)],
            make('span', {'data-number': rules[o.node]}, count(rules[o.node])), make('span', {'data-number': paths[o.node]}, count(paths[o.node]))],
        };
      },
      choose: (i) => choose(order[i].node),
    });
    return make('details', {ontoggle: () => this.list.setLength(order.length)}, make('summary', null, 'As a table'), this.list.element);
  },
};

const CELL_WORDS = {
  done: 'formed', partial: 'lacks contributions', now: 'in this step', saved: 'never formed again: the memo has the answer', hit: 'the memo has answered',
  answer: 'the memo will answer', waiting: 'still to be formed',
};

function expansionLegend() {
  return make('ul', {class: 'legend'}, [['done', '✓', 'formed'], ['hit', '↺', 'answered by the memo'], ['saved', '', 'saved by the memo'], ['waiting', '', 'to come']]
    .map(([className, sign, text]) => make('li', null, make('span', {class: `key cell-${className}`, 'aria-hidden': 'true'}, sign), text)));
}
