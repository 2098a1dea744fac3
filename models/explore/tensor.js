/* ---- tensor.js: the elements of a tensor, as a table and as a small picture ---- */

/* All digits stand in data-number and in the title. */
function numberCell(tag, x, digits) { return make(tag, {'data-number': x, title: String(x)}, number(x, digits)); }

function summaryOf(value, shape) {
  if (!value.count) return make('p', {class: 'summary'}, 'no elements');
  if (value.count === 1) return null;
  const item = (term, x) => make('div', null, make('dt', null, term), numberCell('dd', x, 3));
  const all = value.rows * value.columns === value.count;
  return [
    make('dl', {class: 'summary'}, item('least', value.min), item('mean', value.mean), item('greatest', value.max),
      item('norm', value.norm)),
    value.nan
      ? make('p', {class: 'warning'}, `${plural(value.nan, 'element')} of ${count(value.count)} are not a number`)
      : null,
    all ? null : make('p', {class: 'note'}, cornerNote(value, shape)),
  ];
}

function cornerNote(value, shape) {
  const rest = `${value.rows}×${value.columns} of ${count(value.count)} elements`;
  return shape.length > 2 ? `${rest}, the first of the other axes` : rest;
}

/* The corner of a tensor that the page has, as a table of numbers. */
function cornerTable(value, shape, label) {
  const rank = shape.length,
        more = rank > 0 && value.columns<shape[rank - 1], moreRows = rank>1 && value.rows < shape[rank - 2];
  const rows = [];
  for (let r = 0; r < value.rows; r++) {
    const cells = [];
    for (let c = 0; c < value.columns; c++) cells.push(numberCell('td', value.corner[r * value.columns + c], 4));
    if (more) cells.push(make('td', {class: 'more', 'aria-label': 'and more'}, '…'));
    rows.push(make('tr', null, cells));
  }
  if (moreRows)
    rows.push(
      make('tr', null, make('td', {class: 'more', colspan: value.columns + more, 'aria-label': 'and more rows'}, '⋮')));
  return make('div', {class: 'scroll'}, make('table', {class: 'tensor', 'aria-label': label}, rows));
}

/* A tensor with its name: {title: an element, id: of the node that has the values, empty: what to say without}. */
function tensorFigure({title, id, empty, kind}) {
  const value = valueOf(id);
  const shape = id >= 0 ? nodes[id].shape : [];
  const head = make('figcaption', null, title, id >= 0 ? make('span', {class: 'shape'}, shapeText(shape)) : null);
  const body = !value
    ? make('p', {class: 'empty'}, empty || 'no value')
    : [value.count ? cornerTable(value, shape, `${nodes[id].name}, first elements`) : null, summaryOf(value, shape)];
  return make('figure', {class: `tensor ${kind || ''}`, 'data-tensor': id}, head, body);
}

/* The first elements in a line. */
function firstNumbers(id, most) {
  const value = valueOf(id);
  if (!value) return '';
  if (!value.count) return 'empty';
  const shown = value.corner.slice(0, most).map((x) => number(x, 3)).join('  ');
  return value.count > most ? `${shown} …` : shown;
}

/* The corner as small squares in a box: teal above zero, purple and smaller below, the stronger the larger. */
function thumbnail(id, x, y, width, height) {
  const value = valueOf(id), group = makeSvg('g', {class: 'thumbnail'});
  if (!value || !value.count) return group;
  const rows = Math.min(value.rows, 5), columns = Math.min(value.columns, 8);
  const cell = Math.min(width / columns, height / rows, 9);
  const largest = Math.max(Math.abs(Number(value.min)), Math.abs(Number(value.max))) || 1;
  const left = x + (width - cell * columns) / 2, top = y + (height - cell * rows) / 2;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const number = Number(value.corner[r * value.columns + c]);
      const strength = Number.isFinite(number) && Number.isFinite(largest) ? Math.sqrt(Math.abs(number) / largest) : 1;
      const side = (cell - 0.6) * (number < 0 ? 0.66 : 1), inset = (cell - side) / 2;
      group.append(makeSvg('rect', {
        x: left + c * cell + inset,
        y: top + r * cell + inset,
        width: side,
        height: side,
        class: Number.isNaN(number) ? 'nan'
          : number < 0              ? 'below'
                                    : 'above',
        'fill-opacity': (0.12 + 0.88 * strength).toFixed(2),
      }));
    }
  return group;
}
