import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, hashOf, isOpen, VIEWS } from '../../page/src/shell/address.ts';
import { type Cell, heldOrder, matches, sorted } from '../../page/src/table/sorting.ts';

const rows = (...cells: Cell[]) => cells.map((cell, i) => ({ id: `row ${i}`, cell }));
const order = (cells: readonly Cell[], descending: boolean) =>
  sorted(rows(...cells), ({ cell }) => cell, descending).map(({ cell }) => cell);

describe('tables', () => {
  it('sort numbers by size and text by the numbers in it', () => {
    expect(order([3, 20, 1], false)).toEqual([1, 3, 20]);
    expect(order([3, 20, 1], true)).toEqual([20, 3, 1]);
    expect(order(['q10', 'Q9', 'a'], false)).toEqual(['a', 'Q9', 'q10']);
  });

  it('put what is not known last, however they are sorted', () => {
    expect(order([null, 2, undefined, 1], false)).toEqual([1, 2, null, undefined]);
    expect(order([null, 2, undefined, 1], true)).toEqual([2, 1, null, undefined]);
  });

  it('leave rows that are equal in the order of their ids', () => {
    const same = [{ id: 'b' }, { id: 'a' }, { id: 'c' }];
    expect(sorted(same, () => 0, true).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('hold an order that was, with new rows at the end', () => {
    const held = heldOrder([{ id: 'new' }, { id: 'a' }, { id: 'b' }], ['b', 'gone', 'a']);
    expect(held.map(({ id }) => id)).toEqual(['b', 'a', 'new']);
  });

  it('find rows by all words of a filter, in any case', () => {
    expect(matches('GET /Orders/:id checkout', 'orders get')).toBe(true);
    expect(matches('GET /orders', 'orders post')).toBe(false);
    expect(matches('anything', '  ')).toBe(true);
  });
});

describe('addresses', () => {
  it('are read as they were written, whatever a row is called', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...VIEWS), text, text, (view, open, service) => {
        const read = addressOf(hashOf({ view, open, service }));
        expect(read).toEqual({ view, open: open.toWellFormed(), service: service.toWellFormed() });
        expect(isOpen(read.open, open)).toBe(true);
      }),
    );
  });

  it('that name no view are the overview', () => {
    expect(['', '#', '#/', '#/nonsense/x', '#%', 'view'].map((hash) => addressOf(hash).view)).toEqual(
      Array(6).fill('overview'),
    );
    expect(addressOf('#/routes/%E0%A4%A')).toEqual({ view: 'routes', open: '%E0%A4%A' });
  });
});
