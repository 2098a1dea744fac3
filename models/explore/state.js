/* ---- state.js: where the reader is: one step cursor for all views, in the address too ----
 *
 * The contract with whoever drives the page (tests, other scripts):
 *
 * window.wengert
 *   .data            what the engine wrote (data.js has the format)
 *   .state           {step, view, memo, node, plan, frame, playing, theme}: read it, change it with set
 *   .set(changes)    as if the reader had done it: set({step: 12, view: 'cache'}); what is out of range is clamped
 *   .steps           {count, forward}: the last position, and the last one of the forward pass
 *   .step()          the current step: null at 0, else {kind: forward|seed|hit|miss|rule|sum|done, node, consumer, input,
 *                    contribution, adjoint, before, after}
 *   .counters()      {visited, rules, sums, lookups, hits, misses} after the current step, with the memo on or off
 *   .adjoint(node)   {adjoint, status: none|partial|done, times} after the current step
 *   .views           their names, in the order of the keys 1 to 7
 *
 * Elements
 *   #tabs button[data-view=NAME] role=tab; #view-NAME role=tabpanel, hidden unless shown
 *   #first #previous #play #next #last #slider #count; #sentence for the eye, #announce for screen readers
 *   #theme (auto, light, dark; the choice is html[data-theme]) and #help, which opens #help-dialog
 *   [data-node=ID] in graphs (with data-value=yes|no and data-adjoint=none|partial|done) and lists
 *   [data-step=N] in the rows of the tape and the ledger; aria-current="step" on the current one
 *   #search in the tape; #memo switches the memo; [data-counter=NAME] the counters of the cache, data-number the number
 *   #expansion [data-occurrence=I] the tree; data-state=done|partial|now|waiting|hit|answer|saved
 *   [data-line="engine:I"], [data-line="lecture:I"] of the derivation
 *   #policy and #slots of the memory; #plans table; [data-element="NODE:INDEX"] of the check's maps
 *   #epoch, the scrubber of the training, #epoch-play; #boundary, #loss
 *   [data-number] holds all digits of a number that is shown with fewer
 *
 * Address: #step=12&view=cache&memo=off&node=7&plan=3&frame=4&theme=dark; what is left out is as at the beginning. */

const VIEWS = ['tape', 'ledger', 'cache', 'derivation', 'memory', 'check', 'training'];

const state = {
  step: 0,
  view: 'tape',
  memo: true,
  node: null,
  plan: 0,
  frame: 0,
  playing: false,
  theme: 'auto'
};
const listeners = [];
const onChange = (listener) => listeners.push(listener);

const steps = () => STEPS[state.memo];
const currentStep = () => steps().list[state.step];

function lastFrame() {
  const {frames, epochs} = data.training;
  return Math.max(0, (frames || epochs || [0]).length - 1);
}

function whole(value, low, high, otherwise) {
  const n = Number(value);
  return Number.isInteger(n) ? clamp(n, low, high) : otherwise;
}

/* The place in the other row of steps that is most like this one. */
function stepWithMemo(memo) {
  const to = STEPS[memo], now = currentStep();
  if (!now || now.kind === 'forward') return state.step;
  const same = (e, kind) =>
    e && e.kind === kind && e.node === now.node && (kind !== 'rule' || e.consumer === now.consumer);
  let found = to.list.findIndex((e) => same(e, now.kind));
  if (found < 0) found = to.list.findIndex((e) => same(e, 'done'));
  return found < 0 ? to.forward : found;
}

function set(changes) {
  const before = {...state};
  if ('memo' in changes && Boolean(changes.memo) !== state.memo) {
    const step = stepWithMemo(Boolean(changes.memo));
    state.memo = Boolean(changes.memo);
    state.step = step;
  }
  if ('step' in changes) state.step = whole(changes.step, 0, steps().last, state.step);
  if (VIEWS.includes(changes.view)) state.view = changes.view;
  if ('node' in changes) state.node = nodes[changes.node] ? Number(changes.node) : null;
  if ('plan' in changes) state.plan = whole(changes.plan, 0, Math.max(0, data.memory.plans.length - 1), state.plan);
  if ('frame' in changes) state.frame = whole(changes.frame, 0, lastFrame(), state.frame);
  if ('playing' in changes) state.playing = Boolean(changes.playing);
  if (['auto', 'light', 'dark'].includes(changes.theme)) state.theme = changes.theme;
  const changed = new Set(Object.keys(state).filter((key) => state[key] !== before[key]));
  if (changed.size === 0) return;
  for (const listener of listeners) listener(changed);
  writeAddress();
}

/* ---- The address: written some times a second at most, since browsers stop listening to a page that writes more ---- */

const ADDRESSES_MAX = 15;
let addresses = 0;

function writeAddress() {
  if (++addresses <= ADDRESSES_MAX) writeAddressNow();
  if (addresses > 1) return;
  setTimeout(() => {
    const late = addresses > ADDRESSES_MAX;
    addresses = 0;
    if (late) writeAddress();
  }, 1000);
}

function writeAddressNow() {
  const parts = [`step=${state.step}`, `view=${state.view}`];
  if (!state.memo) parts.push('memo=off');
  if (state.node !== null) parts.push(`node=${state.node}`);
  if (state.plan) parts.push(`plan=${state.plan}`);
  if (state.frame !== lastFrame()) parts.push(`frame=${state.frame}`);
  if (state.theme !== 'auto') parts.push(`theme=${state.theme}`);
  const address = `#${parts.join('&')}`;
  if (address !== location.hash) history.replaceState(null, '', address);
}

function readAddress() {
  const parts = new Map(location.hash.slice(1).split('&').map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  }));
  const changes = {memo: parts.get('memo') !== 'off', node: null, plan: 0, frame: lastFrame(), step: 0};
  for (const key of ['view', 'node', 'plan', 'frame', 'step', 'theme'])
    if (parts.has(key)) changes[key] = parts.get(key);
  set(changes);
}

window.wengert = {
  data,
  set,
  state,
  views: VIEWS,
  get steps() { return {count: steps().last, forward: steps().forward}; },
  step: currentStep,
  counters: () => steps().counts(state.step),
  adjoint: (node) => steps().adjointOf(node, state.step),
};
