/* ---- text.js: elements, formulas and numbers as they are shown ---- */

/* An element: make('button', {id: 'play', onclick: f}, 'Play', more…). Children that are null or false are left out. */
function make(tag, attributes, ...children) { return fill(document.createElement(tag), attributes, children); }

function makeSvg(tag, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function')
      element[name] = value;
    else
      element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/* Text with formulas in it, which stand between two FORMULA signs; and the same as plain text. */
const FORMULA = '\ue000';
const inFormula = (formula) => FORMULA + formula + FORMULA;
const withFormulas = (text) => text.split(FORMULA).map((part, i) => (i % 2 ? math(part) : part));
const withoutFormulas = (text) => text.replaceAll(FORMULA, '');

/* Makes these the children of an element; null and false are left out. */
function show(element, ...children) {
  element.replaceChildren();
  return fill(element, null, children);
}

const byId = (id) => document.getElementById(id);

/* ---- Formulas: as the engine writes them, set as mathematics is ----
 *
 * A letter with its number is a variable, Z2: in italics, the number below the line. Words such as SM, max or Wdown1 stand
 * upright. Σ_rows, permute_{0,1}, x^3 and Aᵀ have indices. */

const LETTER = '[A-Za-z\\u0370-\\u03ff\\u00c0-\\u024f]';
const PIECES =
  new RegExp(`(?<word>${LETTER}{2,}[\\d\\w]*)|(?<letter>${LETTER}\\u0302?)(?<digits>\\d*)|_\\{(?<list>[^}]*)\\}|` +
      `(?<![\\w\\d])_(?<index>[a-z\\d]+)|\\^(?<power>\\d+)|(?<transposed>ᵀ)`,
    'gu');
const UPRIGHT = 'ΣσΠΔ'; /* and the e of 1e-30 */

function math(formula) {
  const out = make('span', {class: 'math'});
  let end = 0;
  const put = (match, ...elements) => {
    out.append(formula.slice(end, match.index), ...elements);
    end = match.index + match[0].length;
  };
  for (const match of formula.matchAll(PIECES)) {
    const {letter, digits, list, index, power, transposed} = match.groups;
    if (letter && !UPRIGHT.includes(letter) && !/[\d.]/.test(formula[match.index - 1] || '')) {
      put(match, make('i', null, letter), ...(digits ? [make('sub', null, digits)] : []));
    } else if (list !== undefined || index) {
      put(match, make('sub', null, list ?? index));
    } else if (power || transposed) {
      put(match, make('sup', null, power || 'T'));
    }
  }
  out.append(formula.slice(end));
  return out;
}

/* ---- Numbers: the engine's, with fewer digits for the eye; all digits are in the title ---- */

const SUPERSCRIPTS = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹'
};
const superscript = (n) => [...String(n)].map((c) => SUPERSCRIPTS[c]).join('');

function number(x, digits = 4) {
  x = Number(x);
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
  const size = Math.abs(x);
  let text;
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa, power] = x.toExponential(Math.max(0, digits - 2)).split('e');
    text = `${mantissa === '1' ? '' : `${mantissa}·`}10${superscript(Number(power))}`;
  } else if (Number.isInteger(x)) {
    text = String(x);
  } else {
    text = size >= 10 ** digits ? x.toFixed(0) : x.toPrecision(digits);
  }
  return text.replace('-', '−');
}

/* "12 345 678", and the powers of ten that stand for numbers with more digits: "1.0737e33". */
function count(digits) {
  const text = String(digits);
  const power = text.match(/^(\d\.\d+)e(\d+)$/);
  if (power) return `${power[1]}·10${superscript(power[2])}`;
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
}

function bytes(n) {
  if (n < 10000) return `${count(n)} B`;
  return n < 1e7 ? `${number(n / 1e3)} kB` : `${number(n / 1e6)} MB`;
}

const shapeText = (shape) => `(${shape.join(',')})`;
const plural = (n, one, many) => `${count(n)} ${Number(n) === 1 ? one : many || `${one}s`}`;
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
