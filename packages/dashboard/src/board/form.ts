/** How a histogram is divided; one object for all that are divided alike. */
export interface Form {
  /** Upper bounds of all buckets but the last, rising, in seconds. */
  readonly bounds: readonly number[];
}

/** Four buckets per doubling, from a microsecond to 36 hours: every exponential histogram is put on this. */
const PER_DOUBLING = 4;
const LOWEST = -20 * PER_DOUBLING;
const HIGHEST = 17 * PER_DOUBLING;
const SCALE = Math.log2(PER_DOUBLING);

/** The forms of a dashboard. Bounded: past it, a histogram of yet another form has no quantiles. */
const MAX_FORMS = 100;

const EXPONENTIAL_BOUNDS = Array.from({ length: HIGHEST - LOWEST + 1 }, (_, i) => 2 ** ((LOWEST + i) / PER_DOUBLING));

export class Forms {
  /** The one of all exponential histograms. */
  readonly exponential: Form = { bounds: EXPONENTIAL_BOUNDS };
  private readonly forms = new Map<string, Form>();

  /** `unit`: seconds in one of the unit in which the boundaries are. */
  of(boundaries: readonly number[], unit: number): Form | undefined {
    const bounds = boundaries.map((bound) => bound * unit);
    const text = bounds.join();
    let form = this.forms.get(text);
    if (form === undefined && this.forms.size < MAX_FORMS) {
      form = { bounds };
      this.forms.set(text, form);
    }
    return form;
  }
}

interface ExponentialCounts {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly counts: readonly number[] };
}

/** The counts on the grid of `Forms.exponential`: `counts[i]` belongs to bucket `from + i` of it. */
export interface GridCounts {
  readonly from: number;
  readonly counts: readonly number[];
}

/** Puts exponential buckets on the grid: exactly where they are finer, spread evenly where they are coarser. `unit`: seconds in one of theirs. */
export function onGrid({ scale, zeroCount, positive }: ExponentialCounts, unit: number): GridCounts {
  const last = EXPONENTIAL_BOUNDS.length;
  const shift = Math.round(Math.log2(unit) * PER_DOUBLING);
  const bucketOf = (cell: number): number => Math.min(last, Math.max(0, cell + shift + 1 - LOWEST));
  const cells = scale >= SCALE ? 1 : 2 ** (SCALE - scale);
  const cellOf = (index: number): number => Math.floor(index * 2 ** (SCALE - scale));
  const { offset, counts } = positive;
  let from = counts.length === 0 ? 0 : bucketOf(cellOf(offset));
  const to = counts.length === 0 ? 0 : bucketOf(cellOf(offset + counts.length - 1) + cells - 1);
  if (zeroCount > 0) from = 0;
  const grid = new Array<number>(to - from + 1).fill(0);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    const cell = cellOf(offset + i);
    // A histogram this coarse has few buckets, each of which covers all there is.
    const step = Math.max(1, cells / 256);
    const parts = Math.ceil(cells / step);
    for (let part = 0; part < parts; part++) {
      const at = bucketOf(cell + Math.floor(part * step)) - from;
      grid[at] = (grid[at] as number) + count / parts;
    }
  }
  if (zeroCount > 0) grid[0] = (grid[0] as number) + zeroCount;
  return { from, counts: grid };
}
