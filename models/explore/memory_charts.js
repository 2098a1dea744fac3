/* ---- memory_charts.js: the schedule of a plan, and its bytes in use ---- */

const CHART = {
  left: 64,
  right: 12,
  top: 8,
  bottom: 24
};

const chartStep = (plan, width) => (width - CHART.left - CHART.right) / Math.max(1, plan.steps.length);
const chartX = (plan, width, i) => CHART.left + i * chartStep(plan, width);

/* When the value of each step is gone: after its last reader, or when another takes over its place. */
function endsOf(plan) {
  const ends = plan.steps.map((s) => (s.last < 0 ? plan.steps.length : s.last + 1));
  const at = new Map();
  plan.steps.forEach((s, i) => {
    if (s.inPlace && at.has(s.offset)) ends[at.get(s.offset)] = Math.min(ends[at.get(s.offset)], i);
    at.set(s.offset, i);
  });
  return ends;
}

function textAt(x, y, className, text) { return makeSvg('text', {x, y, class: className}, text); }

/* One path for all bars of a kind: many thousand are then drawn at once. */
function barPath(bars, className) {
  const bar = ([x, y, width, height]) => {
    const w = Math.max(0.8, width).toFixed(2);
    return `M${x.toFixed(2)} ${y.toFixed(2)}h${w}v${height.toFixed(2)}h-${w}z`;
  };
  return makeSvg('path', {class: className, d: bars.map(bar).join('')});
}

function scheduleRows(plan) {
  const forward = [...new Set(plan.steps.filter((s) => isForward(s.node)).map((s) => s.node))].sort((a, b) => a - b);
  return new Map(forward.map((id, row) => [id, row]));
}

function drawSchedule(container, plan, width) {
  const rows = scheduleRows(plan), ends = endsOf(plan), step = chartStep(plan, width);
  const rowHeight = Math.min(18, 300 / (rows.size + 1)), backRow = rows.size;
  const height = Math.ceil(CHART.top + (rows.size + 1) * rowHeight + CHART.bottom);
  const seen = new Set(), kinds = {first: [], again: [], back: [], made: []};
  plan.steps.forEach((s, i) => {
    const row = rows.get(s.node), x = chartX(plan, width, i), thick = Math.max(1.2, rowHeight * 0.62);
    const y = CHART.top + (row ?? backRow) * rowHeight + (rowHeight - thick) / 2;
    if (row === undefined) {
      kinds.back.push([x, y, step * 0.9, thick]);
      return;
    }
    if (s.size) kinds[seen.has(s.node) ? 'again' : 'first'].push([x, y, (ends[i] - i) * step, thick]);
    kinds.made.push([x, y, Math.max(1.5, Math.min(step * 0.5, 4)), thick]);
    seen.add(s.node);
  });
  const svg =
    makeSvg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': scheduleWords(plan)});
  svg.append(makeSvg('defs', null,
    makeSvg('pattern',
      {id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
      makeSvg('rect', {width: 5, height: 5, class: 'hatch-ground'}),
      makeSvg('rect', {width: 2, height: 5, class: 'hatch-line'}))));
  const every = Math.max(1, Math.ceil(14 / rowHeight));
  for (const [id, row] of rows)
    if (row % every === 0)
      svg.append(svgMath({x: CHART.left - 8, y: CHART.top + row * rowHeight + rowHeight / 2 + 4, class: 'label'},
        cut(nodes[id].name, 7)));
  svg.append(textAt(
    CHART.left - 8, CHART.top + backRow * rowHeight + rowHeight / 2 + (rowHeight < 14 ? 14 : 5), 'label', 'sweep'));
  svg.append(barPath(kinds.first, 'span-first'), barPath(kinds.again, 'span-again'), barPath(kinds.made, 'span-made'),
    barPath(kinds.back, 'span-back'));
  svg.append(...timeAxis(plan, width, height), cursorLine(height));
  show(container, svg);
}

function drawAlive(container, plan, width) {
  const height = 150, most = Math.max(...PLANS.map((p) => p.bytes), 1), floor = height - CHART.bottom;
  const y = (n) => floor - (n / most) * (floor - 16);
  const step = chartStep(plan, width);
  let d = `M${CHART.left} ${floor}`;
  plan.steps.forEach((s, i) => { d += `V${y(s.alive).toFixed(1)}H${(CHART.left + (i + 1) * step).toFixed(2)}`; });
  const peak = Math.max(0, ...plan.steps.map((s) => s.alive));
  const svg = makeSvg('svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': `Bytes in use over ${plural(plan.steps.length, 'step')}, at most ${bytes(peak)}; ` +
      `the plan has ${bytes(plan.bytes)}.`
  },
    makeSvg('path', {class: 'used', d: `${d}V${floor}z`}),
    makeSvg('path', {class: 'limit', d: `M${CHART.left} ${y(plan.bytes)}H${width - CHART.right}`}),
    textAt(width - CHART.right, y(plan.bytes) - 5, 'axis end', `the plan: ${bytes(plan.bytes)}`),
    textAt(CHART.left - 8, floor + 4, 'axis end', '0'));
  if (plan.bytes < most * 0.9)
    svg.append(makeSvg('path', {class: 'limit other', d: `M${CHART.left} ${y(most)}H${width - CHART.right}`}),
      textAt(width - CHART.right, y(most) - 5, 'axis end', `the largest plan: ${bytes(most)}`));
  svg.append(...timeAxis(plan, width, height), cursorLine(height));
  show(container, svg);
}

function timeAxis(plan, width, height) {
  const n = plan.steps.length, size = niceStep(n / 8), marks = [];
  for (let i = 0; i <= n; i += size) {
    marks.push(makeSvg('path', {class: 'tick', d: `M${chartX(plan, width, i)} ${height - CHART.bottom}v4`}));
    const x = chartX(plan, width, i), end = x > width - CHART.right - 14;
    marks.push(textAt(x, height - 6, end ? 'axis end' : 'axis middle', count(i)));
  }
  return marks;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  return Math.max(1, [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough));
}

function cursorLine(height) { return makeSvg('path', {class: 'cursor', d: `M0 2V${height - CHART.bottom + 4}`}); }

function scheduleWords(plan) {
  const slots = 'slots' in plan ? ` with ${plural(plan.slots, 'slot')}` : '';
  return `Schedule of the plan ${POLICIES[plan.policy]}${slots}: ${plural(plan.steps.length, 'step')}, ` +
    `${count(plan.recomputed)} of them computed again. The table of all plans has the numbers.`;
}

function scheduleLegend() {
  return make('ul', {class: 'legend'},
    [['span-first', 'computed'], ['span-again', 'computed again'], ['span-back', 'a step of the sweep']].map(
      ([name, text]) => make('li', null, make('span', {class: `key ${name}`, 'aria-hidden': 'true'}), text)));
}
