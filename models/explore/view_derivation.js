/* ---- view_derivation.js: the derivation in both forms; lines and nodes point at each other ---- */

const derivationView = {
  key: 'd',
  title: 'Derivation',

  build() {
    this.graph = new Graph('derivation-graph', choose);
    this.graph.element.addEventListener('pointerover', (event) => this.lightLines(event));
    this.graph.element.addEventListener('pointerleave', (event) => this.lightLines(event));
    this.pointed = null;
    this.forms = ['engine', 'lecture'].map((name) => this.form(name));
    return make('div', {class: 'stack'},
      make('section', {class: 'card picture', 'aria-label': 'The graph'}, this.graph.element),
      make('div', {class: 'split even'}, this.forms.map((form) => form.element)));
  },

  form(name) {
    const {lines, samples} = data.derivation[name];
    const list = new List({
      id: `lines-${name}`,
      label: `The derivation as ${FORM_TITLES[name]}`,
      rowHeight: 36,
      columns: [
        {title: '', name: 'id'}, {title: '∂', name: 'left'}, {title: 'formula', name: 'right'},
        {title: 'shapes', name: 'shapes'}
      ],
      row: (i) => this.row(name, i, lines[i]),
      choose: (i) => this.go(lines[i]),
      point: (i) => this.light(i === null ? null : lines[i]),
    });
    const note = !samples ? 'No mean over samples enters.' : `m = ${count(samples)} samples. ${FORM_NOTES[name]}`;
    return {
      name,
      list,
      lines,
      element: make('section', {class: 'card', 'aria-label': FORM_TITLES[name]}, make('h2', null, FORM_TITLES[name]),
        list.element, make('p', {class: 'note below'}, note)),
    };
  },

  row(name, i, line) {
    const written = this.isWritten(line), step = currentStep();
    const about = line.node >= 0 ? line.node : line.adjoint;
    const now = step && step.kind !== 'forward' && step.node === line.node;
    const chosen = state.node !== null && (state.node === line.node || state.node === line.adjoint);
    const lit = this.pointed !== null && nodesOfLine(line).has(this.pointed);
    return {
      attributes: {
        class: `${written ? '' : 'waiting'}${now ? ' now' : ''}${chosen ? ' chosen' : ''}${lit ? ' lit' : ''}`,
        'data-line': `${name}:${i}`,
        'data-about': about,
        'aria-current': now ? 'step' : null,
      },
      cells: [String(i + 1), math(line.left), make('span', null, '= ', math(line.right)), line.shapes],
    };
  },

  /* A line can be written when its adjoint is complete, or the value that it names is there. */
  isWritten(line) {
    if (line.node < 0) return steps().hasValue(line.adjoint, state.step);
    return steps().adjointOf(line.node, state.step).status === 'done';
  },

  /* A click goes to the step in which the line comes about. */
  go(line) {
    const p = line.node < 0 ? steps().stepOf(line.adjoint) : steps().doneAt(line.node);
    set({step: p ?? state.step, node: null});
  },

  /* The nodes of the line that is pointed at, or none. */
  light(line) {
    LIT.clear();
    if (line)
      for (const id of nodesOfLine(line)) LIT.add(id);
    this.graph.paint();
  },

  /* The lines of the node that is pointed at in the graph. */
  lightLines(event) {
    const vertex = event.type === 'pointerover' && event.target.closest('[data-node]');
    const id = vertex ? Number(vertex.dataset.node) : null;
    if (id === this.pointed) return;
    this.pointed = id;
    for (const {list} of this.forms) list.render(true);
  },

  update() {
    this.graph.update();
    for (const {list, lines} of this.forms) {
      if (list.length !== lines.length) list.setLength(lines.length);
      list.render(true);
      const step = currentStep(), id = state.node ?? (step ? step.node : null);
      list.reveal(lines.findIndex((line) => line.node === id || line.adjoint === id));
    }
  },
};

const FORM_TITLES = {
  engine: 'As the engine has it',
  lecture: 'As a lecture writes it'
};
const FORM_NOTES = {
  engine: '1/m stands where the chain rule has it: from the loss on.',
  lecture: '1/m is written once, at the parameters; lines of intermediates are m times the adjoint.',
};

/* The forward nodes that a line names: its own, and those that its adjoint is made of. */
function nodesOfLine(line) {
  const about = new Set();
  if (line.node >= 0) about.add(line.node);
  const words = new Set(`${line.left} ${line.right}`.match(/[\p{L}_][\p{L}\p{M}\d_]*/gu) || []);
  for (let id = 0; id < data.forward; id++)
    if (nodes[id].named && words.has(nodes[id].name)) about.add(id);
  return about;
}
