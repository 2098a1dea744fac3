/* ---- steps.js: the computation as a row of steps, and how things stand after each ----
 *
 * First the forward pass, an operation a step; then the events of the sweep, as the engine told them. Position p means
 * that steps 1 … p are done; at 0 only inputs and parameters have values. There are two rows: the sweep with its memo, and
 * without. */

const FORWARD = [];
for (let id = 0; id < data.forward; id++)
  if (!isLeaf(id) && data.values[id]) FORWARD.push({kind: 'forward', node: id});

function eventOf([kind, node, consumer, input, contribution, adjoint, ...counts]) {
  return {kind, node, consumer, input, contribution, adjoint, counts};
}

class Steps {
  /* Without memo, `sums` are those of the sweep with memo: what a node's adjoint is after its first rule, its second … */
  constructor(events, sums) {
    this.list = [null, ...FORWARD, ...events.map(eventOf)];
    this.last = this.list.length - 1;
    this.forward = FORWARD.length;
    this.valueAt = new Map(FORWARD.map((step, i) => [step.node, i + 1]));
    this.history = new Map(); /* node → [{step, adjoint, status, times}…], what its adjoint is from that step on */
    this.createdAt = new Map(); /* node of the sweep → the step that recorded it */
    this.sums = new Map();
    let created = data.forward;
    for (let p = this.forward + 1; p <= this.last; p++) {
      const e = this.list[p];
      if (sums)
        this.noteAnew(e, p, sums);
      else
        this.note(e, p);
      for (; created <= Math.max(e.contribution, e.adjoint); created++) this.createdAt.set(created, p);
    }
    for (; created < nodes.length; created++) this.createdAt.set(created, this.last);
    this.findRules();
  }

  /* Which rule an event belongs to: a question to the memo and its answer come right before the rule that needs it. */
  findRules() {
    let rule = null;
    for (let p = this.last; p > this.forward; p--) {
      const e = this.list[p];
      if (e.kind === 'rule') rule = p;
      const asks = rule !== null && this.list[rule].consumer === e.node && rule - p < 3;
      e.rule = e.kind === 'rule' || (asks && e.kind !== 'sum' && e.kind !== 'seed') ? rule : null;
    }
  }

  now(id) {
    const history = this.history.get(id);
    return history ? history[history.length - 1] : {adjoint: -1, status: 'none', times: 0};
  }

  push(e, step, status, times) {
    if (!this.history.has(e.node)) this.history.set(e.node, []);
    this.history.get(e.node).push({step, adjoint: e.after, status, times});
  }

  /* An event with the memo: each adjoint is formed once. */
  note(e, p) {
    const {adjoint, times} = this.now(e.node);
    const first = e.kind === 'rule' && adjoint < 0;
    e.before = adjoint;
    e.after = first ? e.contribution : ['seed', 'sum', 'done'].includes(e.kind) ? e.adjoint : adjoint;
    if (e.kind === 'done')
      this.push(e, p, 'done', times + 1);
    else if (e.kind === 'seed' || e.kind === 'sum' || first)
      this.push(e, p, 'partial', times);
    if (e.kind !== 'sum' && !first) return;
    if (!this.sums.has(e.node)) this.sums.set(e.node, []);
    this.sums.get(e.node).push(e.after);
  }

  /* An event without: an adjoint is formed again from nothing, by the same rules in the same order. */
  noteAnew(e, p, sums) {
    const place = this.sums.get(e.node) || 0, row = sums.get(e.node) || [], {times} = this.now(e.node);
    e.before = place ? row[place - 1] : -1;
    if (e.kind === 'rule') {
      e.after = row[place] ?? -1;
      this.sums.set(e.node, place + 1);
      this.push(e, p, 'partial', times);
    } else {
      e.after = e.adjoint;
      this.sums.set(e.node, 0);
      this.push(e, p, 'done', times + 1);
    }
  }

  /* Whether the node has its value after p steps. */
  hasValue(id, p) {
    if (!data.values[id]) return false;
    if (isForward(id)) return isLeaf(id) || this.valueAt.get(id) <= p;
    return this.createdAt.get(id) <= p;
  }

  /* Its adjoint after p steps: {adjoint, status: 'none', 'partial' or 'done', times it was formed}. */
  adjointOf(id, p) {
    const history = this.history.get(id);
    let low = 0, high = history ? history.length : 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (history[middle].step <= p)
        low = middle + 1;
      else
        high = middle;
    }
    return low ? history[low - 1] : {adjoint: -1, status: 'none', times: 0};
  }

  /* What the engine has counted after p steps. */
  counts(p) {
    const [visited, rules, sums, lookups, hits] = p > this.forward ? this.list[p].counts : [0, 0, 0, 0, 0];
    return {visited, rules, sums, lookups, hits, misses: lookups - hits};
  }

  /* The step in which the node gets its value, or its adjoint is complete. */
  stepOf(id) {
    if (isForward(id)) return this.valueAt.get(id) || 0;
    return this.createdAt.get(id) || 0;
  }

  doneAt(id) {
    const done = (this.history.get(id) || []).find((entry) => entry.status === 'done');
    return done ? done.step : null;
  }
}

const STEPS = {
  true: new Steps(data.sweep.events)
};
STEPS.false = new Steps(data.expansion.events, STEPS.true.sums);

/* The nodes that a step is about. */
function nodesOfStep(step) {
  if (!step) return [];
  return step.kind === 'rule' ? [step.node, step.consumer] : [step.node];
}

/* One sentence about a step, for all to read, with its formulas marked. */
function sentenceOf(step, memo) {
  if (!step) return 'Inputs and parameters have their values; all else is still to be computed. Press → to go on.';
  const node = nodes[step.node], adjoint = inFormula(adjointName(step.node));
  switch (step.kind) {
  case 'forward':
    return `${inFormula(`${node.name} = ${node.formula}`)}, of shape ${shapeText(node.shape)}.`;
  case 'seed':
    return `The sweep begins: ${adjoint} = 1, the derivative of ${inFormula(node.name)} by itself.`;
  case 'miss':
    return `Is ${adjoint} in the memo? Not yet. All that its consumers send has come in.`;
  case 'hit':
    return `Is ${adjoint} in the memo? Yes: it is used again. ` +
      `To form it anew would take ${plural(data.expansion.rules_of[step.node], 'rule')}.`;
  case 'rule': {
    const sent = inFormula(contributionText(step.contribution, step.node));
    const {op, name} = nodes[step.consumer];
    return `The rule of ${op}, at ${inFormula(name)}, sends ${sent} to ${adjoint}.`;
  }
  case 'sum':
    return `It is added to what ${adjoint} has already.`;
  default:
    return memo ? `${adjoint} is complete, and the memo keeps it.` : `${adjoint} is complete, and will be forgotten.`;
  }
}
