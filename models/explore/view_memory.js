/* ---- view_memory.js: where a plan keeps its values while it runs, with all kept and with checkpoints ---- */

const PLANS = data.memory.plans.map((plan) => ({
  ...plan,
  steps: plan.steps.map(([node, offset, size, last, inPlace, alive]) => ({node, offset, size, last, inPlace, alive})),
}));
const POLICIES = {
  all: 'store all',
  sqrt: '√n',
  recursive: 'halving',
  binomial: 'binomial'
};

const memoryView = {
  key: 'm',
  title: 'Memory',

  build() {
    this.binomial = PLANS.map((plan, i) => i).filter((i) => PLANS[i].policy === 'binomial');
    this.policy = make('div', {class: 'segments', id: 'policy', role: 'radiogroup', 'aria-label': 'What is kept'},
      Object.entries(POLICIES)
        .filter(([key]) => PLANS.some((plan) => plan.policy === key))
        .map(([key, word]) => make('button', {
          type: 'button',
          role: 'radio',
          'data-policy': key,
          onclick: () => this.choosePolicy(key),
        },
               word)));
    this.slots = make('input', {
      id: 'slots',
      type: 'range',
      min: 0,
      max: Math.max(0, this.binomial.length - 1),
      step: 1,
      'aria-label': 'Slots for checkpoints',
      oninput: () => set({plan: this.binomial[Number(this.slots.value)]}),
    });
    this.slotsWord = make('output', { id: 'slots-word', for: 'slots' });
    this.facts = make('dl', {class: 'counters', id: 'plan-facts'});
    this.schedule = make('div', {class: 'chart', id: 'schedule', onclick: (event) => this.click(event)});
    this.alive = make('div', {class: 'chart', id: 'alive', onclick: (event) => this.click(event)});
    for (const chart of [this.schedule, this.alive]) new ResizeObserver(() => this.draw()).observe(chart);
    return make('div', {class: 'stack'},
      make('section', {class: 'card', 'aria-label': 'Plan'},
        make('div', {class: 'bar'}, this.policy, make('label', {class: 'slots'}, 'slots ', this.slots, this.slotsWord)),
        this.facts),
      make('section', {class: 'card', 'aria-label': 'Schedule'}, make('h2', null, 'Which values are kept, and when'),
        make('p', {class: 'note'},
          'From left to right the steps of the plan, from top to bottom the values of the forward pass. ' +
            'A bar is a value in memory; long bars are checkpoints. A tick alone never leaves the processor’s cache.'),
        this.schedule, scheduleLegend()),
      make('section', {class: 'card', 'aria-label': 'Bytes'}, make('h2', null, 'Bytes in use'), this.alive,
        make('p', {class: 'note'}, memoryNote())),
      make('section', {class: 'card', 'aria-label': 'All plans'}, make('h2', null, 'All plans'), this.table(),
        this.stepTable()));
  },

  choosePolicy(key) {
    const i =
      key === 'binomial' ? this.binomial[Number(this.slots.value)] : PLANS.findIndex((plan) => plan.policy === key);
    set({plan: i});
  },

  update(changed) {
    const plan = PLANS[state.plan];
    for (const button of this.policy.children) {
      const on = button.dataset.policy === plan.policy;
      button.setAttribute('aria-checked', String(on));
      button.tabIndex = on ? 0 : -1;
    }
    const place = this.binomial.indexOf(state.plan);
    if (place >= 0) this.slots.value = place;
    this.slots.disabled = !this.binomial.length;
    const shown = this.binomial[Number(this.slots.value)];
    this.slotsWord.textContent = shown === undefined ? '–' : PLANS[shown].slots;
    this.slots.setAttribute('aria-valuetext', shown === undefined ? 'none' : plural(PLANS[shown].slots, 'slot'));
    const item = (name, word, n, text) =>
      make('div', null, make('dt', null, word), make('dd', {'data-fact': name, 'data-number': n}, text));
    show(this.facts, item('bytes', 'bytes of the plan', plan.bytes, bytes(plan.bytes)),
      item('recomputed', 'steps computed again', plan.recomputed, count(plan.recomputed)),
      item('advances', 'stages run only to get further', plan.advances, count(plan.advances)),
      'formula' in plan ? item('formula', 'by Revolve’s formula', plan.formula, count(plan.formula)) : '',
      item('stages', 'stages', plan.stages, count(plan.stages)),
      item('steps', 'steps', plan.steps.length, count(plan.steps.length)),
      make('div', null, make('dt', null, 'gradients'),
        make('dd', null, plan.same_bits ? '✓ the same bits' : '✗ other bits')));
    for (const row of this.rows)
      row.setAttribute('aria-current', row.dataset.plan === String(state.plan) ? 'true' : 'false');
    if (changed.has('plan') || !this.drawn) this.draw();
    if (changed.has('plan')) this.list.setLength(plan.steps.length);
    this.list.render(true);
    this.mark();
  },

  /* The step of the plan that computes the node of the current step: the first one for a value, the last for an
   * adjoint. */
  position() {
    const step = currentStep(), plan = PLANS[state.plan];
    if (!step) return 0;
    if (step.kind === 'forward') return plan.steps.findIndex((s) => s.node === step.node);
    const id = step.after >= 0 ? step.after : step.adjoint;
    let found = -1;
    plan.steps.forEach((s, i) => {
      if (s.node === id) found = i;
    });
    if (found >= 0) return found;
    plan.steps.forEach((s, i) => {
      if (s.node <= id && s.node >= data.forward) found = Math.max(found, i);
    });
    return found >= 0 ? found : plan.steps.findIndex((s) => s.node >= data.forward);
  },

  draw() {
    const width = this.schedule.clientWidth;
    if (!width || state.view !== 'memory') return;
    this.drawn = true;
    drawSchedule(this.schedule, PLANS[state.plan], width);
    drawAlive(this.alive, PLANS[state.plan], width);
    this.mark();
  },

  mark() {
    const at = this.position(), plan = PLANS[state.plan];
    for (const chart of [this.schedule, this.alive]) {
      const line = chart.querySelector('.cursor');
      if (line)
        line.setAttribute('transform',
          `translate(${chartX(plan, chart.clientWidth, Math.max(0, at)) + chartStep(plan, chart.clientWidth) / 2} 0)`);
      chart.dataset.position = at;
    }
  },

  click(event) {
    const chart = event.currentTarget, plan = PLANS[state.plan], width = chart.clientWidth;
    const x = event.clientX - chart.getBoundingClientRect().left;
    const i = clamp(Math.floor((x - CHART.left) / chartStep(plan, width)), 0, plan.steps.length - 1);
    set({step: steps().stepOf(plan.steps[i].node)});
  },

  /* The steps of the plan, which the charts show, as a table. */
  stepTable() {
    this.list = new List({
      id: 'plan-steps',
      label: 'Steps of the plan',
      columns: [
        {title: 'step', name: 'id'}, {title: 'computes', name: 'name'}, {title: 'what', name: 'what'},
        {title: 'bytes', name: 'number'}, {title: 'at', name: 'number'}, {title: 'kept until step', name: 'number'},
        {title: 'bytes in use', name: 'number'}
      ],
      row: (i) => {
        const plan = PLANS[state.plan], s = plan.steps[i];
        return {
          attributes: {class: i === this.position() ? 'now' : ''},
          cells: [
            String(i), math(nodes[s.node].name),
            `${isForward(s.node) ? 'forward' : 'sweep'}${s.inPlace ? ', in place' : ''}${s.size ? '' : ', no memory'}`,
            count(s.size), count(s.offset), s.last < 0 ? 'the end' : count(s.last), count(s.alive)
          ],
        };
      },
      choose: (i) => set({step: steps().stepOf(PLANS[state.plan].steps[i].node)}),
    });
    return make('details', {ontoggle: () => this.list.setLength(PLANS[state.plan].steps.length)},
      make('summary', null, 'The steps of this plan as a table'), this.list.element);
  },

  table() {
    const most = Math.max(1, ...PLANS.map((plan) => plan.bytes));
    this.rows = PLANS.map(
      (plan, i) => make('tr', {'data-plan': i, onclick: () => set({plan: i})},
        make('th', {scope: 'row'},
          make('button', {type: 'button', class: 'link', onclick: () => set({plan: i})}, POLICIES[plan.policy])),
        make('td', null, 'slots' in plan ? count(plan.slots) : '–'),
        make('td', {'data-number': plan.bytes}, bytes(plan.bytes)),
        make('td', {class: 'meter'}, meter(plan.bytes / most)),
        make('td', {'data-number': plan.advances}, count(plan.advances)),
        make('td', null, 'formula' in plan ? count(plan.formula) : '–'),
        make('td', {'data-number': plan.recomputed}, count(plan.recomputed))));
    return make('div', {class: 'scroll'},
      make('table', {class: 'plain', id: 'plans', 'aria-label': 'All plans'},
        make('thead', null, make('tr', null, ['policy', 'slots', 'bytes', '', 'advances', 'formula',
          'computed again'].map((t) => make('th', {scope: 'col'}, t)))),
        make('tbody', null, this.rows)));
  },
};

function memoryNote() {
  const {leaf_bytes: leaves, left_out: leftOut} = data.memory;
  const note = `Beside them, inputs and parameters take ${bytes(leaves)} of the caller’s memory all the time.`;
  return leftOut ? `${note} Left out: ${plural(leftOut, 'plan')} with more steps than a page should hold.` : note;
}

function meter(share) {
  return makeSvg('svg', {width: 90, height: 10, 'aria-hidden': 'true'},
    makeSvg('rect', {width: Math.max(1, 90 * share), height: 10, class: 'meter-bar'}));
}
