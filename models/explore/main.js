/* ---- main.js: the frame: views as tabs, the step controls, keys, help ---- */

const PANELS = {
  tape: tapeView,
  ledger: ledgerView,
  cache: cacheView,
  derivation: derivationView,
  memory: memoryView,
  check: checkView,
  training: trainingView,
};

/* ---- Views ---- */

function buildFrame() {
  document.title = `${data.title} · wengert explore`;
  byId('title').replaceChildren(make('span', {class: 'what'}, data.title),
    data.subtitle ? make('span', {class: 'subtitle', title: data.subtitle}, data.subtitle) : '');
  VIEWS.forEach((name, i) => {
    byId('tabs').append(make('button', {
      type: 'button',
      role: 'tab',
      id: `tab-${name}`,
      'data-view': name,
      'aria-controls': `view-${name}`,
      onclick: () => set({view: name}),
    },
      make('span', {class: 'digit', 'aria-hidden': 'true'}, String(i + 1)), PANELS[name].title));
    byId('main').append(make('section', {
      class: 'view',
      role: 'tabpanel',
      id: `view-${name}`,
      'data-view': name,
      'aria-labelledby': `tab-${name}`,
      hidden: true
    }));
  });
}

function showView(changed) {
  for (const name of VIEWS) {
    const shown = name === state.view, tab = byId(`tab-${name}`), section = byId(`view-${name}`);
    tab.setAttribute('aria-selected', String(shown));
    tab.tabIndex = shown ? 0 : -1;
    section.hidden = !shown;
    if (shown && !section.firstChild) section.append(PANELS[name].build());
    if (shown) PANELS[name].update(changed);
    if (shown && changed.has('view')) tab.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }
}

/* ---- Steps ---- */

let timer = 0;

function showStep(changed) {
  const step = currentStep(), last = steps().last, slider = byId('slider');
  const sentence = sentenceOf(step, state.memo), text = withoutFormulas(sentence);
  const phase = !step ? 'start' : step.kind === 'forward' ? 'forward' : 'reverse';
  const word = phase !== 'reverse' ? phase : state.memo ? 'sweep' : 'without memo';
  show(byId('sentence'), make('span', {class: `phase ${phase}`}, word), ' ', withFormulas(sentence));
  slider.max = last;
  slider.value = state.step;
  slider.style.setProperty('--forward', `${(100 * steps().forward) / Math.max(1, last)}%`);
  slider.setAttribute('aria-valuetext', `step ${state.step} of ${last}. ${text}`);
  byId('count').textContent = `${count(state.step)} / ${count(last)}`;
  byId('first').disabled = byId('previous').disabled = state.step === 0;
  byId('last').disabled = byId('next').disabled = state.step === last;
  if (changed.has('step') && !state.playing) byId('announce').textContent = `Step ${state.step} of ${last}. ${text}`;
  if (state.step === last && state.playing) set({playing: false});
}

function showPlaying() {
  const button = byId('play');
  button.setAttribute('aria-pressed', String(state.playing));
  button.querySelector('path').setAttribute('d', state.playing ? 'M3 2h3.5v12H3zM9.5 2H13v12H9.5z' : 'M3 2l11 6-11 6z');
  button.querySelector('.word').textContent = state.playing ? 'Pause' : 'Play';
  clearInterval(timer);
  if (state.playing) timer = setInterval(() => set({step: state.step + 1}), clamp(60000 / steps().last, 200, 900));
}

function togglePlay() {
  if (!state.playing && state.step === steps().last) set({step: 0});
  set({playing: !state.playing});
}

const go = (by) => set({step: clamp(state.step + by, 0, steps().last), playing: false});

function bindControls() {
  byId('first').onclick = () => go(-Infinity);
  byId('previous').onclick = () => go(-1);
  byId('next').onclick = () => go(1);
  byId('last').onclick = () => go(Infinity);
  byId('play').onclick = togglePlay;
  byId('slider').oninput = (event) => set({step: Number(event.target.value), playing: false});
  byId('theme').onclick = () => set({theme: {auto: 'light', light: 'dark', dark: 'auto'}[state.theme]});
  byId('help').onclick = openHelp;
}

function showTheme() {
  if (state.theme === 'auto')
    document.documentElement.removeAttribute('data-theme');
  else
    document.documentElement.dataset.theme = state.theme;
  const word = {auto: 'Auto', light: 'Light', dark: 'Dark'}[state.theme];
  byId('theme').textContent = word;
  byId('theme').setAttribute('aria-label', `Colors: ${word}`);
}

/* ---- Keys ---- */

const KEYS = [
  ['→ ↓', 'the next step'],
  ['← ↑', 'the step before'],
  ['Page Down, Page Up', 'ten steps'],
  ['Home, End', 'the first, the last step'],
  ['s', 'the beginning of the sweep'],
  ['space', 'play and pause'],
  ['1 … 7', 'a view: tape, ledger, cache, derivation, memory, check, training'],
  ['t l c d m g r', 'the same by letter; g is the gradient check, r the training'],
  ['o', 'memo on and off'],
  ['/', 'search the tape'],
  ['[ ]', 'slots in the memory view, epochs in the training'],
  ['p', 'play the training'],
  ['Tab, then ↓ ↑ and Enter', 'in a list: from row to row, and choose'],
  ['Escape', 'let the chosen node go'],
  ['x', 'colors: auto, light, dark'],
  ['?', 'this help'],
];

function side(by) {
  if (state.view === 'memory') set({plan: state.plan + by});
  if (state.view === 'training') set({frame: state.frame + by});
}

function actionOf(key) {
  const view = VIEWS[Number(key) - 1] || VIEWS.find((name) => PANELS[name].key === key);
  if (view) return () => set({view});
  return {
    ArrowRight: () => go(1),
    ArrowDown: () => go(1),
    ArrowLeft: () => go(-1),
    ArrowUp: () => go(-1),
    PageDown: () => go(10),
    PageUp: () => go(-10),
    Home: () => go(-Infinity),
    End: () => go(Infinity),
    ' ': togglePlay,
    o: () => set({memo: !state.memo}),
    '?': openHelp,
    Escape: () => set({node: null}),
    x: () => byId('theme').click(),
    s: () => set({step: steps().forward + 1, playing: false}),
    p: () => state.view === 'training' && trainingView.player && trainingView.togglePlay(),
    '[': () => side(-1),
    ']': () => side(1),
    '/': openSearch,
  }[key];
}

function openSearch() {
  set({view: 'tape'});
  byId('search').focus();
}

/* Keys that an element has a use for itself are left to it. */
function isTaken(event) {
  const {target, key} = event;
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help-dialog').open) return true;
  if (target.matches('input[type=search]')) return key !== 'Escape';
  if (target.matches('input[type=range]') && target.id !== 'slider') return !/^[a-z?]$/.test(key);
  if (target.matches('.scroller') && ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Enter', ' '].includes(key))
    return true;
  if (key === ' ' || key === 'Enter') return target.matches('button, summary, a');
  if (target.matches('[role=tab], [role=radio]') && key.startsWith('Arrow')) return true;
  return false;
}

/* Arrows move along tabs and radio buttons, as such groups are used elsewhere. */
function moveInGroup(event) {
  const group = event.target.closest('[role=tablist], [role=radiogroup]');
  if (!group || !event.target.matches('[role=tab], [role=radio]') || !event.key.startsWith('Arrow')) return;
  const items = [...group.children], by = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : -1;
  const next = items[(items.indexOf(event.target) + by + items.length) % items.length];
  event.preventDefault();
  next.click();
  next.focus();
}

function onKey(event) {
  moveInGroup(event);
  if (isTaken(event)) return;
  const action = actionOf(event.key);
  if (!action) return;
  event.preventDefault();
  if (event.key === 'Escape' && event.target.matches('input')) event.target.blur();
  action();
}

const HELP = [
  'One step cursor moves through the whole computation: first forward, an operation a step, then the reverse sweep, ' +
    'event by event. Every view shows the same step. All numbers were computed by the engine when this page was ' +
    'written; point at one to see all its digits.',
  'The address holds the step and the view: copy it to come back to this place. Large tensors are shown as a corner ' +
    'and a summary, large graphs as one layer and its neighbors.',
];

function openHelp() {
  const dialog = byId('help-dialog');
  if (!dialog.firstChild) {
    const row = ([keys, what]) => make('tr', null, make('th', {scope: 'row'}, keys), make('td', null, what));
    dialog.append(make('h2', {id: 'help-title'}, 'Help'), make('p', null, HELP[0]),
      make('table', {class: 'plain keys', 'aria-label': 'Keys'}, make('tbody', null, KEYS.map(row))),
      make('p', {class: 'note'}, HELP[1]),
      make('form', {method: 'dialog'}, make('button', {autofocus: true}, 'Close')));
  }
  dialog.showModal();
}

/* ---- Begin ---- */

makeMarkers();
buildFrame();
bindControls();
onChange(showView);
onChange(showStep);
onChange((changed) => {
  if (changed.has('playing')) showPlaying();
});
onChange((changed) => {
  if (changed.has('theme')) showTheme();
});
state.frame = lastFrame();
readAddress();
const everything = new Set(Object.keys(state));
showTheme();
showView(everything);
showStep(everything);
byId('announce').textContent = '';
document.addEventListener('keydown', onKey);
window.addEventListener('hashchange', readAddress);
document.documentElement.dataset.ready = 'yes';
