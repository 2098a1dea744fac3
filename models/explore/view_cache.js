/* ---- view_cache.js: what the memo saves: the expansion without it, below the graph, and what is counted ---- */

const CELL = {
  width: 80,
  height: 30,
  row: 38
};
const ALIGNED_MAX = 18; /* columns, one for each adjoint; beyond, boxes stand next to what asks for them */

const cacheView = {
  key: 'c',
  title: 'Cache',

  build() {
    this.graph = new Graph('cache-graph', choose);
    this.memo = make('button', {id: 'memo', type: 'button', role: 'switch', onclick: () => set({memo: !state.memo})});
    this.counters = make('dl', {class: 'counters', id: 'counters'});
    this.tree = make('div', {
      class: 'tree',
      id: 'expansion',
      onclick: (event) => {
        const cell = event.target.closest('[data-node]');
        if (cell) choose(Number(cell.dataset.node));
      }
    });
    this.notes = make('div', {class: 'notes'});
    new ResizeObserver(() => this.showTree()).observe(this.tree);
    return make('div', {class: 'stack'},
      make('section', {class: 'card picture', 'aria-label': 'The graph'}, this.graph.element),
      make('section', {class: 'card', 'aria-label': 'What is counted'},
        make('div', {class: 'bar'}, this.memo, this.counters)),
      make('section', {class: 'card grow', 'aria-label': 'The expansion'},
        make('h2', null, 'The chain rule without memo, as a tree'), this.notes, this.tree, expansionLegend(),
        this.table()));
  },

  update() {
    this.graph.update();
    this.memo.setAttribute('aria-checked', String(state.memo));
    show(this.memo, make('span', {class: 'knob', 'aria-hidden': 'true'}), `memo ${state.memo ? 'on' : 'off'}`);
    this.showCounters();
    this.showTree();
    this.showNotes();
    this.list.render(true);
  },

  showCounters() {
    const now = steps().counts(state.step), end = steps().counts(steps().last);
    const item = (name, word) => make('div', null, make('dt', null, word),
      make('dd', {'data-counter': name, 'data-number': now[name]}, count(now[name]),
        make('span', {class: 'of'}, ` of ${count(end[name])}`)));
    const memoOnly =
      state.memo ? [item('lookups', 'questions to the memo'), item('hits', 'hits'), item('misses', 'misses')] : [];
    show(this.counters, item('rules', 'rules applied'), ...memoOnly, item('visited', 'adjoints formed'),
      item('sums', 'sums'),
      make('div', null, make('dt', null, 'rules without memo'),
        make('dd', {'data-counter': 'without', 'data-number': data.expansion.rules}, count(data.expansion.rules))),
      make('div', null, make('dt', null, 'paths'),
        make('dd', {'data-counter': 'paths', 'data-number': data.expansion.paths}, count(data.expansion.paths))));
  },

  showNotes() {
    const {rules} = data.expansion, executed = STEPS[false].counts(STEPS[false].last).rules;
    const from = wanted.size > 1 ? plural(wanted.size, 'wanted node') : 'wanted node';
    const notes = [
      `Each box is an adjoint being formed, which asks those to its right for theirs: from the ${from} to the root.`,
      this.aligned && 'What stands below each other is the same adjoint.',
      EXPANSION.cut &&
        `The whole tree has ${plural(rules, 'rule')}. Here are the ${count(EXPANSION.all.length)} boxes ` +
          'nearest to the wanted nodes; where it goes on, the number of rules beyond is written.',
      EXPANSION.more && `${plural(EXPANSION.more, 'more wanted node')} would follow below.`,
      !state.memo && !data.expansion.whole &&
        `The sweep without memo was stopped after ${plural(executed, 'rule')} of ${count(rules)}.`,
    ];
    show(this.notes, make('p', {class: 'note'}, notes.filter(Boolean).join(' ')));
  },

  /* done: formed; partial: lacks contributions; now: in this step; answer and hit: the memo will answer, has answered;
   * saved: not needed thanks to an answer; else waiting. */
  stateOf(o) {
    const p = state.step, step = currentStep();
    if (!state.memo) {
      if (o.formedAt === undefined) return 'waiting';
      if (p === o.formedAt || p === o.sentAt) return 'now';
      return p > o.formedAt ? 'done' : 'waiting';
    }
    if (o.repeats) return 'saved';
    if (o.hit) return o.parent && p >= o.step - 1 ? 'hit' : 'answer'; /* the question comes before the rule */
    if (this.isNow(o)) return 'now';
    const {status} = steps().adjointOf(o.node, p);
    return status === 'none' ? 'waiting' : status;
  },

  /* With the memo on: whether the step asks for this occurrence, or has the rule that takes it further. */
  isNow(o) {
    const step = currentStep();
    if (!state.memo || !step || o.repeats) return false;
    if (step.rule) return o.parent !== null && o.step === step.rule;
    return step.node === o.node && !o.hit && ['seed', 'miss', 'done'].includes(step.kind);
  },

  /* A row for each branch that ends; an occurrence stands before its first child. */
  placeTree() {
    let row = 0;
    const {order} = EXPANSION;
    for (const o of order)
      if (!o.children.length) o.row = row++;
    for (let i = order.length - 1; i >= 0; i--)
      if (order[i].children.length) order[i].row = order[i].children[0].row;
    this.rows = row;
    const farthest = Math.max(...order.map((o) => HEIGHT.get(o.node)), 0);
    this.aligned = !EXPANSION.cut && farthest <= ALIGNED_MAX;
    this.columns = this.aligned ? farthest : Math.max(...order.map((o) => o.depth), 0);
  },

  showTree() {
    if (this.rows === undefined) this.placeTree();
    const width = this.tree.clientWidth;
    if (!width) return;
    if (width !== this.width) this.buildTree(width);
    this.width = width;
    for (const o of EXPANSION.order) this.paintCell(o);
    this.branches.setAttribute('class', state.memo ? 'branches memo' : 'branches');
  },

  buildTree(room) {
    const pitch = clamp((room - CELL.width - 12) / Math.max(1, this.columns), CELL.width + 18, 160);
    const width = this.columns * pitch + CELL.width + 60, height = this.rows * CELL.row + 8;
    const column = (o) => (this.aligned ? this.columns - HEIGHT.get(o.node) : o.depth);
    const at = (o) => [4 + column(o) * pitch, 4 + o.row * CELL.row];
    this.branches = makeSvg('g');
    for (const o of EXPANSION.order) {
      if (!o.parent) continue;
      const [x, y] = at(o), [px, py] = at(o.parent), middle = CELL.height / 2, left = px + CELL.width;
      this.branches.append(makeSvg('path', {
        class: o.repeats ? 'branch repeats' : 'branch',
        d: `M${left} ${py + middle}C${left + 16} ${py + middle} ${x - 16} ${y + middle} ${x} ${y + middle}`,
      }));
    }
    show(this.tree,
      makeSvg('svg', {
        width: width - (EXPANSION.cut ? 0 : 50),
        height,
        viewBox: `0 0 ${width - (EXPANSION.cut ? 0 : 50)} ${height}`,
        role: 'img',
        'aria-label':
          `The expansion: ${count(data.expansion.rules)} rules without memo. The table below says the same.`,
      },
        this.branches, EXPANSION.order.map((o) => this.cell(o, at(o)))));
  },

  cell(o, [x, y]) {
    o.sign = makeSvg('text', {x: CELL.width - 7, y: 20, class: 'sign'});
    o.title = makeSvg('title');
    o.look = '';
    o.element = makeSvg('g', {transform: `translate(${x} ${y})`, 'data-node': o.node, 'data-occurrence': o.index},
      makeSvg('rect', {width: CELL.width, height: CELL.height, rx: 6}),
      svgMath({x: 9, y: 20, class: 'name'}, cut(adjointName(o.node), 9)), o.sign,
      o.cut ? makeSvg('text', {x: CELL.width + 6, y: 20, class: 'more'}, `+ ${count(o.cut)}`) : null, o.title);
    return o.element;
  },

  paintCell(o) {
    const stands = this.stateOf(o);
    const look = `cell ${stands}${this.isNow(o) ? ' current' : ''}${o.parent ? '' : ' wanted'}` +
      `${state.node === o.node ? ' chosen' : ''}`;
    if (look === o.look) return;
    o.look = look;
    o.element.setAttribute('class', look);
    o.element.dataset.state = stands;
    o.sign.textContent = {hit: '↺', now: '▸', done: '✓', partial: '…'}[stands] || '';
    o.title.textContent = `${adjointName(o.node)}: ${CELL_WORDS[stands]}`;
  },

  /* The tree as a table: every occurrence with what asks for it. */
  table() {
    const {order} = EXPANSION;
    this.list = new List({
      id: 'expansion-list',
      label: 'The expansion',
      columns: [
        {title: '#', name: 'id'}, {title: 'adjoint', name: 'name'}, {title: 'asked for by', name: 'op'},
        {title: 'state', name: 'what'}, {title: 'rules to form it anew', name: 'number'},
        {title: 'paths', name: 'number'}
      ],
      row: (i) => {
        const o = order[i], {rules_of: rules, paths_of: paths} = data.expansion;
        return {
          attributes: {'data-node': o.node, class: state.node === o.node ? 'chosen' : ''},
          cells: [
            String(i), math(adjointName(o.node)), o.parent ? math(adjointName(o.parent.node)) : 'wanted',
            CELL_WORDS[this.stateOf(o)], make('span', {'data-number': rules[o.node]}, count(rules[o.node])),
            make('span', {'data-number': paths[o.node]}, count(paths[o.node]))
          ],
        };
      },
      choose: (i) => choose(order[i].node),
    });
    return make('details', {ontoggle: () => this.list.setLength(order.length)}, make('summary', null, 'As a table'),
      this.list.element);
  },
};

const CELL_WORDS = {
  done: 'formed',
  partial: 'lacks contributions',
  now: 'in this step',
  saved: 'never formed again: the memo has the answer',
  hit: 'the memo has answered',
  answer: 'the memo will answer',
  waiting: 'still to be formed',
};

function expansionLegend() {
  const kinds = [
    ['done', '✓', 'formed'], ['partial', '…', 'lacks contributions'], ['hit', '↺', 'answered by the memo'],
    ['saved', '', 'saved by the memo'], ['waiting', '', 'to come']
  ];
  const key = ([name, sign, text]) =>
    make('li', null, make('span', {class: `key cell-${name}`, 'aria-hidden': 'true'}, sign), text);
  return make('ul', {class: 'legend'}, kinds.map(key));
}
