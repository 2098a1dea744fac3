/* ---- view_ledger.js: the sweep as bookkeeping: what a step adds to which adjoint, before and after ---- */

const ledgerView = {
  key: 'l',
  title: 'Ledger',

  build() {
    this.card = make('section', {class: 'card entry', id: 'entry', 'aria-label': 'This step'});
    this.list = new List({
      id: 'ledger-list',
      label: 'The ledger',
      columns: [
        {title: 'step', name: 'id'}, {title: 'what', name: 'what'}, {title: 'account', name: 'name'},
        {title: 'entry', name: 'formula'}, {title: 'by the rule of', name: 'op'}, {title: 'shape', name: 'shape'},
        {title: 'before', name: 'before'}, {title: 'after', name: 'after'}
      ],
      row: (i) => this.row(i + 1),
      choose: (i) => set({step: i + 1}),
    });
    return make('div', {class: 'stack'}, this.card,
      make('section', {class: 'card grow', 'aria-label': 'All steps'}, this.list.element));
  },

  row(p) {
    const step = steps().list[p], node = nodes[step.node], now = p === state.step, forward = step.kind === 'forward';
    const norm = (id) => (valueOf(id) ? numberCell('span', normOf(id), 4) : '–');
    return {
      attributes: {
        class: `${p > state.step ? 'waiting' : ''}${now ? ' now' : ''} ${step.kind}`,
        'data-step': p,
        'aria-current': now ? 'step' : null
      },
      cells: [
        String(p), wordOf(step), math(forward ? node.name : adjointName(step.node)), math(entryText(step)),
        step.kind === 'rule' ? [nodes[step.consumer].op, ' ', math(nodes[step.consumer].name)]
          : forward          ? node.op
                             : '',
        shapeText(node.shape), forward || step.kind === 'hit' || step.kind === 'miss' ? '' : norm(step.before),
        step.kind === 'hit' || step.kind === 'miss' ? '' : norm(forward ? step.node : step.after)
      ],
    };
  },

  update(changed) {
    if (this.list.length !== steps().last) this.list.setLength(steps().last);
    if (changed.has('memo')) this.list.setLength(steps().last);
    this.list.render(true);
    this.list.reveal(state.step - 1);
    this.showEntry();
  },

  showEntry() {
    const step = currentStep();
    if (!step) {
      show(this.card, make('h2', null, 'The beginning'), make('p', null, withFormulas(sentenceOf(step, state.memo))),
        make('p', {class: 'quiet'},
          'Press → for the first step, or End for the last. In the list below, before and after are norms, √Σx².'));
      return;
    }
    const content = step.kind === 'forward'         ? forwardEntry(step)
      : step.kind === 'hit' || step.kind === 'miss' ? lookupEntry(step)
                                                    : sweepEntry(step);
    show(this.card, make('h2', null, make('span', {class: `badge ${step.kind}`}, wordOf(step)), ' ', entryTitle(step)),
      ...content);
  },
};

const WORDS = {
  forward: 'forward',
  seed: 'seed',
  hit: 'memo hit',
  miss: 'memo miss',
  rule: 'rule',
  sum: 'sum',
  done: 'kept'
};
const wordOf = (step) => (step.kind === 'done' && !state.memo ? 'formed' : WORDS[step.kind]);

/* The number itself of a scalar, the norm of others. */
function normOf(id) {
  const value = valueOf(id);
  return value.count === 1 ? value.corner[0] : value.count ? value.norm : 0;
}

function entryText(step) {
  if (step.kind === 'forward') return nodes[step.node].formula;
  if (step.kind === 'rule') return `+ ${contributionText(step.contribution, step.node)}`;
  if (step.kind === 'sum') return `= ${nodes[step.adjoint].formula || nodes[step.adjoint].name}`;
  if (step.kind === 'seed') return '1';
  if (step.kind === 'hit') return `saves ${plural(data.expansion.rules_of[step.node], 'rule')}`;
  return '';
}

function entryTitle(step) {
  const node = nodes[step.node], adjoint = adjointName(step.node);
  if (step.kind === 'forward') return math(`${node.name} = ${node.formula}`);
  if (step.kind === 'rule') return math(`${adjoint} += ${contributionText(step.contribution, step.node)}`);
  if (step.kind === 'seed') return math(`${adjoint} = 1`);
  return math(adjoint);
}

function operator(sign) { return make('span', {class: 'operator', 'aria-hidden': 'true'}, sign); }

function forwardEntry(step) {
  const figures = nodes[step.node].inputs.map((id) => tensorFigure({title: math(nameOf(id)), id, kind: 'value'}));
  return [
    make('p', null, withFormulas(sentenceOf(step, state.memo))),
    make('div', {class: 'equation'}, figures.map((f, i) => [i ? operator(',') : null, f]).flat(), operator('→'),
      tensorFigure({title: math(nodes[step.node].name), id: step.node, kind: 'value'}))
  ];
}

function lookupEntry(step) {
  const {hits, misses, lookups} = steps().counts(state.step);
  const found = `${plural(hits, 'hit')}, ${plural(misses, 'miss', 'misses')}`;
  return [
    make('p', null, withFormulas(sentenceOf(step, state.memo))),
    make('p', {class: 'quiet'}, `${plural(lookups, 'question')} to the memo so far: ${found}.`),
    make(
      'div', {class: 'equation'}, tensorFigure({title: math(adjointName(step.node)), id: step.after, kind: 'adjoint'}))
  ];
}

function sweepEntry(step) {
  const adjoint = adjointName(step.node);
  const before =
    tensorFigure({title: [math(adjoint), ' before'], id: step.before, kind: 'adjoint', empty: 'nothing yet'});
  const after = tensorFigure({title: [math(adjoint), ' after'], id: step.after, kind: 'adjoint'});
  const sent = step.contribution < 0
    ? null
    : tensorFigure({title: math(contributionText(step.contribution, step.node)), id: step.contribution, kind: 'sent'});
  const waits = step.kind === 'rule' && step.before >= 0 && state.memo;
  return [
    make('p', null, withFormulas(sentenceOf(step, state.memo)), waits ? ' The next step adds it.' : ''),
    shapesLine(step),
    make('div', {class: 'equation'},
      sent                     ? [before, operator('+'), sent, operator('→'), after]
        : step.kind === 'seed' ? after
                               : [after])
  ];
}

/* The shapes of what the rule multiplies, as the derivation writes them. */
function shapesLine(step) {
  if (step.kind !== 'rule') return null;
  const sent = nodes[step.contribution];
  if (sent.inputs.length !== 2 || sent.op !== 'matmul') return null;
  const [a, b] = sent.inputs.map((id) => shapeText(nodes[id].shape));
  return make('p', {class: 'shapes'}, `${a}${b} → ${shapeText(sent.shape)}`);
}
