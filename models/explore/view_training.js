/* ---- view_training.js: the loss over the epochs, and the plane as the net divides it at some of them ---- */

const CLASS_COLORS = 8;
const MARKS = [
  'm-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  'm-3.6-3.6h7.2v7.2h-7.2z',
  'm0-4.8l4.6 8h-9.2z',
  'm0-5l5 5l-5 5l-5-5z',
  'm-1.5-4.6h3v3.1h3.1v3h-3.1v3.1h-3v-3.1h-3.1v-3h3.1z',
  'm0 4.8l4.6-8h-9.2z',
  'm-4.6-1.2h9.2v2.4h-9.2z',
  'm-2.5-4.3h5l2.5 4.3l-2.5 4.3h-5l-2.5-4.3z',
];

const trainingView = {
  key: 'r',
  title: 'Training',

  build() {
    const {training} = data;
    if (training.missing)
      return make('section', {class: 'card'}, make('h2', null, 'No training'),
        make('p', {id: 'training-missing'}, training.missing));
    this.epochs =
      training.frames ? training.frames.map((frame) => frame.epoch) : training.epochs.map(([epoch]) => epoch);
    this.slider = make('input', {
      id: 'epoch',
      type: 'range',
      min: 0,
      max: this.epochs.length - 1,
      step: 1,
      'aria-label': 'Epoch',
      oninput: () => set({frame: Number(this.slider.value)}),
    });
    this.word = make('output', { id: 'epoch-word', for: 'epoch' });
    this.player = make(
      'button', {id: 'epoch-play', type: 'button', 'aria-pressed': 'false', onclick: () => this.togglePlay()}, 'Play');
    this.timer = 0;
    this.facts = make('dl', {class: 'counters', id: 'training-facts'});
    this.loss = make('div', {class: 'chart', id: 'loss', onclick: (event) => this.click(event)});
    new ResizeObserver(() => this.draw()).observe(this.loss);
    this.boundary = training.frames ? make('div', {class: 'boundary', id: 'boundary'}) : null;
    const frames = training.frames
      ? make('section', {class: 'card', 'aria-label': 'Decision boundary'},
          make('h2', null, 'The plane as the net divides it'), this.boundary, classLegend())
      : make('section', {class: 'card', 'aria-label': 'Decision boundary'},
          make('h2', null, 'The plane as the net divides it'),
          make('p', {class: 'note'}, 'There is no picture of the plane: the samples have other than two features.'));
    const batches = training.batch ? `batches of ${count(training.batch)}` : 'all samples in every step';
    return make('div', {class: 'stack'},
      make('section', {class: 'card', 'aria-label': 'Epoch'},
        make('div', {class: 'bar'}, make('label', {class: 'epoch'}, 'epoch ', this.slider, this.word), this.player),
        this.facts, training.failure ? make('p', {class: 'warning', id: 'training-failure'}, training.failure) : null),
      make('div', {class: 'split even'},
        make('section', {class: 'card', 'aria-label': 'Loss'}, make('h2', null, 'Loss over the epochs'), this.loss,
          make('p', {class: 'note'},
            `W ← W − α·∂W with α = ${number(training.rate)}, ${batches}, ${plural(training.samples, 'sample')}.`),
          this.table()),
        frames));
  },

  /* From the first picture if the last is shown. Ends at the last, and when another view comes. */
  togglePlay() {
    if (this.timer) {
      this.stop();
      return;
    }
    if (state.frame === lastFrame()) set({frame: 0});
    this.player.textContent = 'Pause';
    this.player.setAttribute('aria-pressed', 'true');
    this.timer = setInterval(() => {
      if (state.frame === lastFrame() || state.view !== 'training')
        this.stop();
      else
        set({frame: state.frame + 1});
    }, clamp(15000 / (lastFrame() + 1), 60, 300));
  },

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.player.textContent = 'Play';
    this.player.setAttribute('aria-pressed', 'false');
  },

  /* The report of the epoch, or the last one before it. */
  report() {
    const epoch = this.epochs[state.frame];
    return data.training.epochs.filter(([e]) => e <= epoch).pop() || data.training.epochs[0];
  },

  update(changed) {
    if (!this.loss) return;
    const [epoch, loss, accuracy] = this.report();
    this.slider.value = state.frame;
    this.slider.setAttribute('aria-valuetext', `epoch ${epoch}`);
    this.word.textContent = count(this.epochs[state.frame]);
    const item = (name, word, n, text) =>
      make('div', null, make('dt', null, word), make('dd', {'data-fact': name, 'data-number': n}, text));
    show(this.facts, item('epoch', 'epoch', epoch, count(epoch)), item('loss', 'loss J', loss, number(loss, 5)),
      item('accuracy', 'right', accuracy, `${number(100 * accuracy, 4)} %`));
    if (!this.drawn) this.draw();
    this.mark();
    if (this.boundary && (changed.has('frame') || !this.boundary.firstChild))
      drawBoundary(this.boundary, data.training, state.frame);
  },

  draw() {
    const width = this.loss.clientWidth;
    if (!width || state.view !== 'training') return;
    this.drawn = true;
    drawLoss(this.loss, data.training, width);
    this.mark();
  },

  mark() {
    const dot = this.loss.querySelector('.dot');
    if (!dot) return;
    const [epoch, loss] = this.report();
    const [x, y] = this.loss.plot(epoch, Number(loss));
    dot.setAttribute('cx', x);
    dot.setAttribute('cy', y);
    this.loss.querySelector('.cursor').setAttribute('transform', `translate(${x} 0)`);
  },

  click(event) {
    const x = event.clientX - this.loss.getBoundingClientRect().left;
    const epoch = this.loss.epochAt(x);
    let best = 0;
    this.epochs.forEach((e, i) => {
      if (Math.abs(e - epoch) < Math.abs(this.epochs[best] - epoch)) best = i;
    });
    set({frame: best});
  },

  table() {
    const rows = data.training.epochs, stride = Math.max(1, Math.ceil(rows.length / 60));
    const shown = rows.filter((_, i) => i % stride === 0 || i === rows.length - 1);
    return make('details', null, make('summary', null, 'As a table'),
      make('table', {class: 'plain', id: 'losses', 'aria-label': 'Losses'},
        make('thead', null, make('tr', null, ['epoch', 'loss', 'right'].map((t) => make('th', {scope: 'col'}, t)))),
        make('tbody', null,
          shown.map(([epoch, loss, accuracy]) => make('tr', null, make('th', {scope: 'row'}, count(epoch)),
                      numberCell('td', loss, 6), numberCell('td', accuracy, 4))))));
  },
};

/* On a logarithmic scale, since losses fall by factors; the axis says so. */
function drawLoss(container, training, width) {
  const height = 300, left = 58, right = 14, top = 12, bottom = 34;
  const points = training.epochs.map(([epoch, loss]) => [epoch, Number(loss)]).filter(([,
    loss]) => Number.isFinite(loss) && loss > 0);
  const losses = points.map(([, loss]) => loss), last = Math.max(1, points.length ? points[points.length - 1][0] : 1);
  let low = Math.log10(Math.min(...losses, 1e300)), high = Math.log10(Math.max(...losses, 1e-300));
  if (!points.length) [low, high] = [-1, 0];
  if (high - low < 0.05) [low, high] = [low - 0.05, high + 0.05];
  const x = (epoch) => left + (epoch / last) * (width - left - right);
  const y = (loss) => top + ((high - Math.log10(loss)) / (high - low)) * (height - top - bottom);
  container.plot = (epoch, loss) => [x(epoch), y(loss)];
  container.epochAt = (px) => ((px - left) / (width - left - right)) * last;
  const svg = makeSvg('svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': `Loss over ${plural(last, 'epoch')}, from ${number(losses[0])} ` +
      `to ${number(losses[losses.length - 1])}. The table below has the numbers.`
  });
  for (const tick of logTicks(low, high)) {
    svg.append(makeSvg('path', {class: 'grid', d: `M${left} ${y(tick)}H${width - right}`}),
      textAt(left - 8, y(tick) + 4, 'axis end', number(tick, 2)));
  }
  const size = niceStep(last / 5);
  for (let e = 0; e <= last; e += size)
    svg.append(makeSvg('path', {class: 'tick', d: `M${x(e)} ${height - bottom}v4`}),
      textAt(Math.min(x(e), width - right), height - bottom + 18,
        x(e) > width - right - 16 ? 'axis end' : 'axis middle', count(e)));
  svg.append(textAt(width - right, height - 2, 'axis end', 'epoch; the loss on a logarithmic scale'),
    makeSvg('path', {class: 'frame', d: `M${left} ${top}V${height - bottom}H${width - right}`}), makeSvg('path', {
      class: 'curve',
      d: points.map(([epoch, loss], i) => `${i ? 'L' : 'M'}${x(epoch).toFixed(1)} ${y(loss).toFixed(1)}`).join('')
    }),
    makeSvg('path', {class: 'cursor', d: `M0 ${top}V${height - bottom}`}), makeSvg('circle', {class: 'dot', r: 5}));
  show(container, svg);
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(low); power <= high; power++)
    for (const k of high - low > 3 ? [1] : high - low > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const tick = k * 10 ** power;
      if (Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9) ticks.push(tick);
    }
  return ticks;
}

/* Areas as runs of cells, lines between classes, and the samples on top, each class with a color and a mark of its own. */
function drawBoundary(container, training, index) {
  const {width, height, frames, range, points, features} = training, side = 440, cellW = side / width,
                                               cellH = side / height;
  const cells = frames[index].cells.map((row) => {
    const out = [];
    for (let i = 0; i < row.length; i += 2)
      for (let k = 0; k < row[i + 1]; k++) out.push(row[i]);
    return out;
  });
  const areas = new Map(), square = `h${cellW.toFixed(3)}v${cellH.toFixed(3)}h-${cellW.toFixed(3)}z`;
  let lines = '';
  cells.forEach((row, r) => row.forEach((label, c) => {
    areas.set(label, `${areas.get(label) || ''}M${(c * cellW).toFixed(2)} ${(r * cellH).toFixed(2)}${square}`);
    if (c + 1 < width && row[c + 1] !== label)
      lines += `M${((c + 1) * cellW).toFixed(2)} ${(r * cellH).toFixed(2)}v${cellH.toFixed(3)}`;
    if (r + 1 < height && cells[r + 1][c] !== label)
      lines += `M${(c * cellW).toFixed(2)} ${((r + 1) * cellH).toFixed(2)}h${cellW.toFixed(3)}`;
  }));
  const words = frames[index].counts.map((n, label) => `${training.classes[label] ?? label}: ${count(n)}`);
  const svg = makeSvg('svg', {
    viewBox: `0 0 ${side} ${side}`,
    role: 'img',
    'data-epoch': frames[index].epoch,
    'aria-label':
      `Epoch ${frames[index].epoch}: ${plural(width * height, 'cell')} of the plane by class, ${words.join(', ')}.`
  });
  const ground = makeSvg('g', {'shape-rendering': 'crispEdges'});
  for (const [label, d] of areas)
    ground.append(makeSvg('path', {class: `area${label < 0 ? 'none' : label % CLASS_COLORS}`, d}));
  svg.append(ground, makeSvg('path', {class: 'between', d: lines}));
  const [x0, x1, y0, y1] = range, marks = new Map();
  for (const [px, py, label] of points) {
    const x = ((px - x0) / (x1 - x0)) * side, y = ((y1 - py) / (y1 - y0)) * side;
    marks.set(label, `${marks.get(label) || ''}M${x.toFixed(1)} ${y.toFixed(1)}${MARKS[label % MARKS.length]}`);
  }
  for (const [label, d] of marks) svg.append(makeSvg('path', {class: `sample sample${label % CLASS_COLORS}`, d}));
  show(container, svg,
    make('p', {class: 'note'}, math(features[0]), ` from ${number(x0, 3)} to ${number(x1, 3)}, `, math(features[1]),
      ` from ${number(y0, 3)} to ${number(y1, 3)}`));
}

function classLegend() {
  return make('ul', {class: 'legend'},
    data.training.classes.slice(0, 24).map(
      (name, k) => make('li', null,
        makeSvg('svg', {width: 20, height: 20, viewBox: '-10 -10 20 20', 'aria-hidden': 'true'},
          makeSvg('rect', {x: -10, y: -10, width: 20, height: 20, class: `area${k % CLASS_COLORS}`}),
          makeSvg('path', {class: `sample sample${k % CLASS_COLORS}`, d: `M0 0${MARKS[k % MARKS.length]}`})),
        ` ${name}`)));
}
