/* ---- view_tape.js: the tape as a graph and as a list; what the chosen node holds ---- */

const tapeView = {
  key: 't',
  title: 'Tape',

  build() {
    this.graph = new Graph('tape-graph', choose);
    this.found = nodes.map((_, id) => id);
    this.list = new List({
      id: 'tape-list',
      label: 'The tape',
      columns: [
        {title: '#', name: 'id'}, {title: 'name', name: 'name'}, {title: 'operation', name: 'op'},
        {title: 'shape', name: 'shape'}, {title: 'formula', name: 'formula'}, {title: 'value', name: 'value'},
        {title: 'adjoint', name: 'adjoint'}
      ],
      row: (i) => this.row(this.found[i]),
      choose: (i) => choose(this.found[i]),
    });
    this.search = make('input', {
      id: 'search',
      type: 'search',
      placeholder: 'Search: name, operation, number',
      'aria-label': 'Search the tape',
      autocomplete: 'off',
      oninput: () => this.filter(),
      onkeydown: (event) => {
        if (event.key === 'Enter' && this.found.length) choose(this.found[0]);
      },
    });
    this.hits = make('span', {class: 'quiet', id: 'found', role: 'status'});
    this.detail = make('section', {class: 'card detail', id: 'detail', 'aria-label': 'The node'});
    return make('div', {class: 'stack'},
      make('section', {class: 'card picture', 'aria-label': 'The graph'}, this.graph.element, graphLegend()),
      make('div', {class: 'split'},
        make('section', {class: 'card', 'aria-label': 'The tape as a list'},
          make('div', {class: 'bar'}, this.search, this.hits), this.list.element),
        this.detail));
  },

  filter() {
    const word = this.search.value.trim().toLowerCase();
    const fits = (id) => String(id) === word ||
      `${nameOf(id)} ${nodes[id].name} ${nodes[id].op} ${nodes[id].formula}`.toLowerCase().includes(word);
    this.found = nodes.map((_, id) => id).filter((id) => !word || fits(id));
    this.hits.textContent = word ? `${count(this.found.length)} of ${plural(nodes.length, 'node')}` : '';
    this.list.setLength(this.found.length);
    this.reveal();
  },

  row(id) {
    const node = nodes[id], p = state.step, has = steps().hasValue(id, p), step = currentStep();
    const adjoint = isForward(id) ? steps().adjointOf(id, p) : {adjoint: -1, status: 'none'};
    const now = step && step.node === id, chosen = state.node === id;
    return {
      attributes: {
        class:
          `${has ? '' : 'waiting'}${now ? ' now' : ''}${chosen ? ' chosen' : ''} ${isForward(id) ? '' : 'recorded'}`,
        'data-node': id,
        'data-step': steps().stepOf(id),
        'data-value': has ? 'yes' : 'no',
        'data-adjoint': adjoint.status,
        'aria-current': now ? 'step' : null,
        'aria-selected': chosen ? 'true' : null,
      },
      cells: [
        String(id), math(node.kind === 'constant' && !node.named && node.adjoint_of === undefined ? '' : node.name),
        node.kind === 'operation' ? node.op : node.kind, shapeText(node.shape), math(node.formula),
        has ? firstNumbers(id, 3) : '', adjoint.adjoint < 0 ? '' : adjointCell(adjoint)
      ],
    };
  },

  update() {
    if (this.list.length !== this.found.length) this.list.setLength(this.found.length);
    this.graph.update();
    this.list.render(true);
    this.reveal();
    showDetail(this.detail);
  },

  reveal() {
    const step = currentStep(), id = state.node ?? (step ? step.node : 0);
    this.list.reveal(this.found.indexOf(id));
  },
};

function adjointCell({adjoint, status}) {
  return [
    make('span', {class: 'mark', 'aria-label': status === 'done' ? 'complete' : 'incomplete'},
      status === 'done' ? '✓ ' : '… '),
    firstNumbers(adjoint, 3)
  ];
}

/* A second click on a chosen node lets it go. */
function choose(id) { set({node: state.node === id ? null : id}); }

function graphLegend() {
  const item = (className, letter, text) =>
    make('li', null, make('span', {class: `key ${className}`, 'aria-hidden': 'true'}, letter), text);
  return make('ul', {class: 'legend'}, item('value', 'v', 'value'),
    item('adjoint', '∂', 'adjoint: the derivative of the root by it'), item('none', '', 'not yet'),
    item('partial', '…', 'lacks contributions'), item('done', '✓', 'complete'));
}

/* ---- The node chosen, or that of the step ---- */

function showDetail(section) {
  const step = currentStep(), id = state.node ?? (step ? step.node : data.root);
  const node = nodes[id], p = state.step, forward = isForward(id);
  const adjoint = forward ? steps().adjointOf(id, p) : null;
  const has = steps().hasValue(id, p);
  show(section,
    make('h2', null, math(node.name), ' ',
      make('span', {class: 'quiet'}, state.node === null ? 'of this step' : 'chosen'),
      state.node === null ? null
                          : make('button', {type: 'button', id: 'let-go', onclick: () => set({node: null})}, 'let go')),
    make('dl', {class: 'facts'},
      fact('is', node.formula && !isLeaf(id) ? math(`${node.name} = ${node.formula}`) : node.formula || node.kind),
      fact('operation', `${node.op}, ${node.dtype}, number ${id}`),
      forward ? null
              : fact('recorded',
                  node.adjoint_of === undefined ? 'by the sweep'
                                                : ['by the sweep: the adjoint of ', math(nodes[node.adjoint_of].name)]),
      node.inputs.length ? fact('reads', linksTo(node.inputs)) : null,
      forward && consumers[id].length
        ? fact('read by', linksTo([...new Set(consumers[id].map((c) => c.consumer))].slice(0, 12)))
        : null),
    stepLinks(id),
    make('div', {class: 'pair'}, tensorFigure({
      title: 'value',
      id: has ? id : -1,
      kind: 'value',
      empty: data.values[id] ? 'computed in a later step' : 'its inputs are not bound'
    }),
      forward ? tensorFigure({
        title: math(adjointName(id)),
        id: adjoint.adjoint,
        kind: 'adjoint',
        empty: steps().history.has(id) ? 'formed in a later step' : 'the sweep does not need it',
      })
              : null));
}

/* To the steps in which a node gets its value and its adjoint. */
function stepLinks(id) {
  const link = (name, step, text) => step !== null && step !== state.step &&
    make('button', {type: 'button', class: 'go', id: name, onclick: () => set({step})}, `${text}: step ${count(step)}`);
  return make('p', {class: 'links'}, link('go-value', isLeaf(id) ? null : steps().stepOf(id), 'its value'),
    isForward(id) && link('go-adjoint', steps().doneAt(id), 'its adjoint'));
}

function fact(term, value) { return [make('dt', null, term), make('dd', null, value)]; }

function linksTo(ids) {
  return ids
    .map((id, i) => [i ? ', ' : '',
           make('button', {type: 'button', class: 'link', 'data-node': id, onclick: () => set({node: id})},
             math(nameOf(id)))])
    .flat();
}
