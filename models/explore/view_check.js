/* ---- view_check.js: the gradient check as a map: an element a square, its color the relative difference ---- */

const SIGNS = {
  PASS: '',
  FAIL: '✗',
  KINK: '∧',
  UNRESOLVED: '?'
};
const LEVELS = [1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6];
const MAP_MAX = 1600;

const checkView = {
  key: 'g',
  title: 'Check',

  build() {
    const {check} = data;
    if (check.missing)
      return make('section', {class: 'card'}, make('h2', null, 'No gradient check'),
        make('p', {id: 'check-missing'}, check.missing));
    this.tip = make('p', {class: 'tip', id: 'check-tip', role: 'status'}, 'Point at a square for its numbers.');
    const {counts} = check;
    const item = (name, word, n, text) =>
      make('div', null, make('dt', null, word), make('dd', {'data-fact': name, 'data-number': n}, text));
    return make('div', {class: 'stack'},
      make('section', {class: 'card', 'aria-label': 'Result'},
        make('h2', null, 'The reverse sweep against central differences'),
        make('dl', {class: 'counters'}, item('verdict', 'verdict', check.verdict, check.verdict),
          item('tried', 'elements tried', check.tried, `${count(check.tried)} of ${count(check.elements)}`),
          item('error', 'largest relative difference', check.error_max, number(check.error_max, 3)),
          item('pass', 'pass', counts.PASS, count(counts.PASS)),
          item('fail', '✗ fail', counts.FAIL, count(counts.FAIL)),
          item('kink', '∧ kink', counts.KINK, count(counts.KINK)),
          item('unresolved', '? unresolved', counts.UNRESOLVED, count(counts.UNRESOLVED))),
        scaleLegend(check.tolerance), this.tip),
      make('section', {class: 'card', 'aria-label': 'Maps'},
        make('div', {class: 'maps', id: 'maps', onpointerover: (e) => this.point(e), onclick: (e) => this.point(e)},
          check.results.slice(0, 60).map((result) => this.map(result)),
          check.results.length > 60
            ? make('p', {class: 'note'},
                `Maps of the first 60 of ${count(check.results.length)} parameters; the table has all.`)
            : null)),
      make(
        'section', {class: 'card grow', 'aria-label': 'All elements'}, make('h2', null, 'All elements'), this.table()));
  },

  /* The last two axes as rows and columns; what was not tried stays empty. */
  map({node, entries}) {
    const shape = nodes[node].shape, columns = shape.length ? shape[shape.length - 1] : 1;
    const total = shape.reduce((n, size) => n * size, 1), rows = columns ? total / columns : 0;
    const tooLarge = total > MAP_MAX, cells = new Map(entries.map((entry) => [entry[0], entry]));
    const size = clamp(Math.floor(360 / Math.max(columns, 1)), 6, 30);
    const list = tooLarge ? entries.map((entry, i) => [i % 40, Math.floor(i / 40), entry])
                          : Array.from({length: total}, (_, i) => [i % columns, Math.floor(i / columns), cells.get(i)]);
    const width = tooLarge ? Math.min(40, entries.length) : columns,
          height = tooLarge ? Math.ceil(entries.length / 40) : rows;
    const side = tooLarge ? 12 : size;
    const svg = makeSvg('svg', {
      width: width * side + 2,
      height: height * side + 2,
      role: 'img',
      'aria-label':
        `Map of ${nodes[node].name}: ${plural(entries.length, 'element')} tried. The table below has the numbers.`
    });
    for (const [c, r, entry] of list) svg.append(this.square(node, entry, 1 + c * side, 1 + r * side, side));
    return make('figure', {class: 'map', 'data-map': node},
      make('figcaption', null, math(adjointName(node)), make('span', {class: 'shape'}, shapeText(shape)),
        tooLarge ? make('span', {class: 'quiet'}, ' those tried, in order') : null),
      svg);
  },

  square(node, entry, x, y, side) {
    if (!entry) return makeSvg('rect', {class: 'square untried', x, y, width: side - 1.5, height: side - 1.5});
    const [index, , , error, verdict] = entry, level = levelOf(error);
    return makeSvg('g', {class: `square ${verdict}`, 'data-element': `${node}:${index}`, 'data-verdict': verdict},
      makeSvg('rect', {
        class: verdict === 'KINK' || verdict === 'UNRESOLVED' ? 'undecided' : `level${level}`,
        x,
        y,
        width: side - 1.5,
        height: side - 1.5,
        rx: side > 12 ? 2 : 0
      }),
      SIGNS[verdict] && side >= 12
        ? makeSvg('text', {x: x + side / 2 - 0.75, y: y + side / 2 + 4, class: 'sign'}, SIGNS[verdict])
        : null);
  },

  point(event) {
    const square = event.target.closest('[data-element]');
    if (!square) return;
    const [node, index] = square.dataset.element.split(':').map(Number);
    const entry = data.check.results.find((r) => r.node === node).entries.find((e) => e[0] === index);
    show(this.tip, make('b', null, elementName(node, index)), ` ${entry[4]}: reverse `, numberCell('span', entry[1], 8),
      ', difference ', numberCell('span', entry[2], 8), ', relative ', numberCell('span', entry[3], 3));
  },

  table() {
    this.entries = data.check.results.flatMap(({node, entries}) => entries.map((entry) => [node, ...entry]));
    this.list = new List({
      id: 'check-list',
      label: 'All elements of the check',
      columns: [
        {title: 'element', name: 'name'}, {title: 'reverse', name: 'number'}, {title: 'difference', name: 'number'},
        {title: 'relative', name: 'number'}, {title: 'verdict', name: 'what'}
      ],
      row: (i) => {
        const [node, index, reverse, difference, error, verdict] = this.entries[i];
        return {
          attributes: {class: verdict},
          cells: [
            elementName(node, index), numberCell('span', reverse, 8), numberCell('span', difference, 8),
            numberCell('span', error, 3), `${SIGNS[verdict]} ${verdict}`.trim()
          ]
        };
      },
    });
    return this.list.element;
  },

  update() {
    if (!this.list) return;
    if (this.list.length !== this.entries.length) this.list.setLength(this.entries.length);
    this.list.render(true);
  },
};

/* 0 for exact … 7 beyond the tolerance. */
function levelOf(error) {
  const e = Number(error);
  if (Number.isNaN(e)) return 7;
  const level = LEVELS.findIndex((limit) => e <= limit);
  return level < 0 ? 7 : level;
}

/* "W1[0,3]". */
function elementName(node, index) {
  const at = [];
  for (const size of [...nodes[node].shape].reverse()) {
    at.unshift(index % size);
    index = Math.floor(index / size);
  }
  return `${nodes[node].name}[${at.join(',')}]`;
}

function scaleLegend() {
  return make('ul', {class: 'legend scale', 'aria-label': 'Relative difference'},
    [...LEVELS, null].map(
      (limit, level) => make('li', null, make('span', {class: `key level${level}`, 'aria-hidden': 'true'}),
        limit ? `≤ ${number(limit, 1)}` : 'more, or not a number')),
    make('li', null, make('span', {class: 'key undecided', 'aria-hidden': 'true'}, '∧ ?'), 'kink, unresolved'));
}
