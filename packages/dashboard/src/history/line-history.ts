import { MAX_LINES } from '../board/lines.ts';
import type { History, Reading } from '../frame.ts';

/** Seconds between two samples, and how many there are: an hour. */
export const STEP = 5;
export const SAMPLES = 720;

/** Samples between two looks at the time while text is made: about a line. */
type Rest = () => Promise<void> | undefined;

/**
 * The last hour, as numbers in arrays that are as large as they will ever be: 400 lines of 720 floats and 720 times, 1,157,760 bytes. Of more
 * lines, those that had no value for longest go.
 */
export class LineHistory {
  private readonly values = new Float32Array(MAX_LINES * SAMPLES).fill(Number.NaN);
  private readonly times = new Float64Array(SAMPLES);
  /** By key: the place of a line, in the order in which they were last given a value. */
  private readonly places = new Map<string, number>();
  /** How many samples were taken. */
  private taken = 0;

  /** Bytes of the arrays, for ever. */
  get byteLength(): number {
    return this.values.byteLength + this.times.byteLength;
  }

  /** How many lines there are. */
  get size(): number {
    return this.places.size;
  }

  record(time: number, lines: ReadonlyMap<string, Reading>): void {
    const at = this.taken % SAMPLES;
    this.times[at] = time;
    for (const place of this.places.values()) this.values[place * SAMPLES + at] = Number.NaN;
    for (const [key, value] of lines) {
      const place = this.placeOf(key);
      this.values[place * SAMPLES + at] = value ?? Number.NaN;
    }
    this.taken++;
  }

  /** As JSON text of a `History`, made in slices: `rest` is asked after each line. */
  async text(epoch: string, rest: Rest): Promise<string> {
    const count = Math.min(this.taken, SAMPLES);
    const first = this.taken - count;
    const times = Array.from(
      { length: count },
      (_, i) => Math.round((this.times[(first + i) % SAMPLES] as number) * 1000) / 1000,
    );
    const parts: string[] = [];
    for (const [key, place] of [...this.places]) {
      parts.push(`${JSON.stringify(key)}:[${this.lineText(place, first, count)}]`);
      await rest();
    }
    return `{"epoch":${JSON.stringify(epoch)},"times":${JSON.stringify(times)},"lines":{${parts.join(',')}}}`;
  }

  /** As data, at once. */
  read(epoch: string): Promise<History> {
    return this.text(epoch, () => undefined).then((text) => JSON.parse(text) as History);
  }

  private lineText(place: number, first: number, count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) {
      const value = this.values[place * SAMPLES + ((first + i) % SAMPLES)] as number;
      if (i > 0) text += ',';
      // A float says no more than seven digits.
      text += Number.isNaN(value) ? 'null' : Number(value.toPrecision(6));
    }
    return text;
  }

  private placeOf(key: string): number {
    let place = this.places.get(key);
    // Deleted and set again: the last of the map is the one that was used last.
    if (place !== undefined) this.places.delete(key);
    else if (this.places.size < MAX_LINES) place = this.places.size;
    else {
      const [oldest, free] = this.places.entries().next().value as [string, number];
      this.places.delete(oldest);
      place = free;
      this.values.fill(Number.NaN, place * SAMPLES, (place + 1) * SAMPLES);
    }
    this.places.set(key, place);
    return place;
  }
}
