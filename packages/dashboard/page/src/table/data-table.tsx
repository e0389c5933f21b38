import type { ComponentChildren, VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { count, plural } from '../format.ts';
import { hashOf, isOpen } from '../shell/address.ts';
import { Empty } from '../shell/empty.tsx';
import { usePage } from '../shell/page-context.ts';
import { type Cell, heldOrder, matches, type Sorting, sorted } from './sorting.ts';

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  /** What the number is, for who does not know. */
  readonly hint?: string;
  /** Text is aligned left and first sorted upwards, numbers right and downwards. */
  readonly text?: boolean;
  /** In rem, where the usual is too little; the first column takes what is left. */
  readonly width?: number;
  /** What is sorted by. */
  readonly value: (row: R) => Cell;
  readonly show: (row: R) => ComponentChildren;
  /** Of the cell; `bad` marks a number that somebody should look at. */
  readonly mark?: (row: R) => 'bad' | undefined;
}

interface DataTableProps<R> {
  /** Names the table. */
  readonly caption: string;
  readonly rows: readonly R[];
  readonly more: number;
  /** The first one names the row. */
  readonly columns: readonly Column<R>[];
  readonly sort: Sorting;
  /** Shows a field to filter by this text. */
  readonly filter?: (row: R) => string;
  /** Rows can be opened: their address is this view's, with their id. */
  readonly opens?: boolean;
  /** Id of the row that is marked, when it is not the one that the address names. */
  readonly current?: string | undefined;
  /** What to do when there are none. */
  readonly empty: ComponentChildren;
}

/**
 * A table that is sorted and filtered here. While the pointer is over it or the focus is in it, rows keep their places and only numbers change,
 * so that nobody clicks on what was elsewhere a moment ago.
 */
export function DataTable<R extends { readonly id: string }>(props: DataTableProps<R>): VNode {
  const { caption, columns, more } = props;
  const { address } = usePage();
  const [sort, setSort] = useState(props.sort);
  const [filter, setFilter] = useState('');
  const order = useRef<{ ids: readonly string[]; by: string }>({ ids: [], by: '' });
  const held = useRef({ pointer: false, focus: false });
  const body = useRef<HTMLTableSectionElement>(null);
  const [entry, setEntry] = useState<string>();

  const column = columns.find(({ key }) => key === sort.column) ?? columns[0]!;
  const shown =
    props.filter && filter !== '' ? props.rows.filter((row) => matches(props.filter!(row), filter)) : props.rows;
  const by = `${sort.column} ${sort.descending} ${filter}`;
  const keeps = (held.current.pointer || held.current.focus) && order.current.by === by;
  const rows = keeps ? heldOrder(shown, order.current.ids) : sorted(shown, column.value, sort.descending);
  order.current = { ids: rows.map(({ id }) => id), by };

  const sortBy = ({ key, text }: Column<R>) =>
    setSort((old) => ({ column: key, descending: old.column === key ? !old.descending : !text }));

  const move = (event: KeyboardEvent) => {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a.row-link') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (at < 0) return;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: links.length - 1,
      PageDown: Math.min(links.length - 1, at + 10),
      PageUp: Math.max(0, at - 10),
    };
    const next = links[steps[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  const [, ...others] = columns;
  const least = others.reduce((sum, one) => sum + widthOf(one), FIRST_WIDTH);
  if (props.rows.length === 0) return <Empty title={`No ${caption.toLowerCase()} yet.`}>{props.empty}</Empty>;
  // One row of the table is where Tab enters it.
  const entryId = rows.some(({ id }) => id === entry) ? entry : rows[0]?.id;
  return (
    <section class="card table-card" aria-label={caption}>
      <div class="table-head">
        <h3>{caption}</h3>
        <p class="table-count">
          {filter === '' ? count(props.rows.length) : `${count(rows.length)} of ${count(props.rows.length)}`}
          {more > 0 && ` busiest, ${plural(more, 'other')} not shown`}
        </p>
        {props.filter && (
          <input
            type="search"
            class="filter"
            placeholder="Filter"
            aria-label={`Filter ${caption.toLowerCase()}`}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        )}
      </div>
      <div
        class="table-scroll"
        onPointerEnter={() => {
          held.current.pointer = true;
        }}
        onPointerLeave={() => {
          held.current.pointer = false;
        }}
      >
        <table style={{ '--least': `${least}rem` }}>
          <caption class="unseen">{caption}</caption>
          <colgroup>
            <col />
            {others.map((one) => (
              <col key={one.key} style={{ '--width': `${widthOf(one)}rem` }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {columns.map((one) => {
                const active = one.key === column.key;
                return (
                  <th
                    key={one.key}
                    scope="col"
                    class={one.text ? undefined : 'number'}
                    aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : undefined}
                    title={one.hint}
                  >
                    <button type="button" class="sort" onClick={() => sortBy(one)}>
                      {one.title}
                      {active && <span class="sort-mark" aria-hidden="true" />}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody
            ref={body}
            onKeyDown={move}
            onFocusIn={() => {
              held.current.focus = true;
            }}
            onFocusOut={() => {
              held.current.focus = false;
            }}
          >
            {rows.map((row) => (
              <Row
                key={row.id}
                row={row}
                columns={columns}
                href={props.opens ? hashOf({ ...address, open: row.id }) : undefined}
                current={isOpen(props.current ?? address.open, row.id)}
                entry={row.id === entryId}
                setEntry={setEntry}
              />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="no-match">Nothing fits this filter.</p>}
      </div>
    </section>
  );
}

/** Columns have widths of their own, in rem, so that no number moves them. */
const FIRST_WIDTH = 9.5;

function widthOf({ width, text }: { readonly width?: number; readonly text?: boolean }): number {
  return width ?? (text ? 7 : 5);
}

interface RowProps<R> {
  readonly row: R;
  readonly columns: readonly Column<R>[];
  readonly href: string | undefined;
  readonly current: boolean;
  readonly entry: boolean;
  readonly setEntry: (id: string) => void;
}

function Row<R extends { readonly id: string }>({ row, columns, href, current, entry, setEntry }: RowProps<R>): VNode {
  const [first, ...rest] = columns;
  return (
    <tr
      class={href ? (current ? 'opens current' : 'opens') : undefined}
      onClick={
        href
          ? (event) => {
              if (!(event.target as Element).closest('a') && getSelection()?.isCollapsed !== false)
                location.hash = href;
            }
          : undefined
      }
    >
      <th scope="row">
        {href ? (
          <a
            class="row-link"
            href={href}
            aria-current={current ? 'true' : undefined}
            tabIndex={entry ? 0 : -1}
            onFocus={() => setEntry(row.id)}
          >
            {first!.show(row)}
          </a>
        ) : (
          first!.show(row)
        )}
      </th>
      {rest.map((column) => (
        <td key={column.key} class={cellClass(column.text, column.mark?.(row))}>
          {column.show(row)}
        </td>
      ))}
    </tr>
  );
}

function cellClass(text: boolean | undefined, mark: 'bad' | undefined): string | undefined {
  if (mark) return text ? 'bad' : 'number bad';
  return text ? undefined : 'number';
}
