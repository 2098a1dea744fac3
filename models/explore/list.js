/* ---- list.js: a table of any number of rows, of which only those in sight are elements ----
 *
 * With the focus on it, arrows move a mark from row to row, and Enter chooses the marked one, as a click does. */

class List {
  /* columns: [{title, name}…]; row(i) returns {attributes, cells}; choose(i) is called for the row chosen, point(i) for the
   * row that the pointer or the mark is on, and point(null) when there is none. */
  constructor({id, label, columns, row, choose, point, rowHeight = 30}) {
    Object.assign(this, {id, columns, row, choose, point, rowHeight, length: 0, shown: '', marked: null});
    this.body = make('div', {class: 'rows', role: 'presentation'});
    this.scroller =
      make('div', {class: 'scroller', tabindex: '0', role: 'rowgroup', 'aria-label': `${label}: rows`}, this.body);
    const titles = columns.map((column) => make('span', {role: 'columnheader', class: column.name}, column.title));
    this.element = make('div', {id, class: 'list', role: 'grid', 'aria-label': label},
      make('div', {role: 'rowgroup'}, make('div', {class: 'row head', role: 'row'}, titles)), this.scroller);
    this.scroller.addEventListener('scroll', () => this.render());
    this.scroller.addEventListener('keydown', (event) => this.onKey(event));
    this.scroller.addEventListener('blur', () => this.mark(null));
    this.body.addEventListener('click', (event) => this.choose && this.withRow(event, this.choose));
    this.body.addEventListener('pointerover', (event) => this.point && this.withRow(event, this.point));
    this.body.addEventListener('pointerleave', () => this.point && this.point(null));
    new ResizeObserver(() => this.render()).observe(this.scroller);
  }

  withRow(event, act) {
    const row = event.target.closest('[data-row]');
    if (row) act(Number(row.dataset.row));
  }

  setLength(length) {
    this.length = length;
    this.body.style.height = `${length * this.rowHeight}px`;
    this.scroller.style.setProperty('--content', `${length * this.rowHeight + 2}px`);
    this.element.setAttribute('aria-rowcount', length + 1);
    this.render(true);
  }

  /* Makes the rows in sight anew; without `all` only those that came into sight: a row that stays is the same element, so
   * that a press on it and the release still make a click when the list scrolls in between. */
  render(all) {
    const height = this.scroller.clientHeight, top = this.scroller.scrollTop;
    if (!this.scroller.offsetParent) return;
    const first = Math.max(0, Math.floor(top / this.rowHeight) - 4);
    const end = Math.min(this.length, Math.ceil((top + height) / this.rowHeight) + 4);
    if (!all && this.shown === `${first}-${end}`) return;
    this.shown = `${first}-${end}`;
    for (const element of [...this.body.children]) {
      const i = Number(element.dataset.row);
      if (all || i < first || i >= end) element.remove();
    }
    let next = this.body.firstElementChild;
    for (let i = first; i < end; i++) {
      if (next && Number(next.dataset.row) === i)
        next = next.nextElementSibling;
      else
        this.body.insertBefore(this.rowElement(i), next);
    }
  }

  rowElement(i) {
    const {attributes, cells} = this.row(i);
    const look = `row ${attributes.class || ''}${i === this.marked ? ' marked' : ''}`;
    const element = make('div',
      {role: 'row', id: `${this.id}-${i}`, 'data-row': i, 'aria-rowindex': i + 2, ...attributes, class: look},
      cells.map((cell, k) => make('span', {role: 'gridcell', class: this.columns[k].name}, cell)));
    element.style.top = `${i * this.rowHeight}px`;
    element.style.height = `${this.rowHeight}px`;
    return element;
  }

  reveal(i) {
    if (i === null || i < 0 || i >= this.length) return;
    const {scrollTop, clientHeight} = this.scroller, top = i * this.rowHeight;
    if (top < scrollTop + this.rowHeight || top + 2 * this.rowHeight > scrollTop + clientHeight)
      this.scroller.scrollTop = Math.max(0, top - clientHeight / 2 + this.rowHeight / 2);
  }

  mark(i) {
    this.marked = i;
    this.reveal(i);
    this.render(true);
    if (i === null)
      this.scroller.removeAttribute('aria-activedescendant');
    else
      this.scroller.setAttribute('aria-activedescendant', `${this.id}-${i}`);
    if (this.point) this.point(i);
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 1);
    const by = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page}[event.key];
    const from = this.marked ?? Math.floor(this.scroller.scrollTop / this.rowHeight) - (by > 0 ? 1 : 0);
    if (by)
      this.mark(clamp(from + by, 0, this.length - 1));
    else if ((event.key === 'Enter' || event.key === ' ') && this.marked !== null && this.choose)
      this.choose(this.marked);
    else
      return;
    event.preventDefault();
  }
}
