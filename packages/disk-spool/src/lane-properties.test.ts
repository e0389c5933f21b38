import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { SpooledEntry, SpoolLane } from '@telltale/core';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import {
  afterCrash,
  drain,
  entryOf,
  filesIn,
  openLane,
  passingDirectory,
  removeDirectories,
  type TestLane,
} from './lanes.test-support.ts';

vi.setConfig({ testTimeout: 120_000 });
afterEach(removeDirectories);

/** What happens to a spool, one after the other. `torn`: the crash comes while an entry is being written. */
type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'sending' }
  | { readonly do: 'returned' }
  | { readonly do: 'remove' }
  | { readonly do: 'settled'; readonly share: number }
  | { readonly do: 'crash'; readonly torn: boolean }
  | { readonly do: 'close' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('sending' as const, 'returned' as const, 'remove' as const) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('settled' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), torn: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

interface Expected {
  readonly items: readonly number[];
  readonly settled: Set<number>;
  sending: boolean;
}

/** A spool, and what it must have. */
class Story {
  private directory = passingDirectory();
  private opened: TestLane | undefined;
  private expected: Expected[] = [];
  private next = 0;

  async run(steps: readonly Step[]): Promise<void> {
    this.opened = await openLane(this.directory, { inTest: false });
    for (const step of steps) {
      await this.take(step);
      expect(this.lane.entries).toBe(this.expected.length);
    }
    await this.crash(false);
    const given = await drain(this.lane);
    expect(given).toEqual(
      this.expected.map(({ items, settled, sending }) => ({
        items,
        settled: [...settled].sort((a, b) => a - b),
        interrupted: sending,
      })),
    );
    expect(this.lane.lost()).toBe(0);
    await this.opened.spool.close();
  }

  private get lane(): SpoolLane {
    return (this.opened as TestLane).lane;
  }

  private async take(step: Step): Promise<void> {
    if (step.do === 'append') return this.append(step.count);
    if (step.do === 'crash') return this.crash(step.torn);
    if (step.do === 'close') return this.reopen();
    const entry = await this.lane.first();
    const [first] = this.expected;
    expect(itemsOf(entry)).toEqual(first?.items);
    if (first === undefined) return;
    if (step.do === 'sending') {
      await this.lane.sending();
      first.sending = true;
    } else if (step.do === 'returned') {
      await this.lane.returned();
      first.sending = false;
    } else if (step.do === 'remove') {
      await this.lane.remove();
      this.expected.shift();
    } else if (step.do === 'settled') {
      const numbers = [...first.items.keys()].slice(0, Math.floor(step.share * first.items.length));
      await this.lane.settled(numbers);
      for (const number of numbers) first.settled.add(number);
      if (first.settled.size < first.items.length) return;
      await this.lane.remove();
      this.expected.shift();
    }
  }

  private async append(count: number): Promise<void> {
    const items = Array.from({ length: count }, () => this.next++);
    await this.lane.append(entryOf(...items));
    this.expected.push({ items, settled: new Set(), sending: false });
  }

  private async crash(torn: boolean): Promise<void> {
    const before = this.opened as TestLane;
    const item = this.next;
    const writing = torn ? before.lane.append(entryOf(this.next++)) : undefined;
    // At any moment of the writing.
    for (let turns = item % 4; torn && turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    this.directory = afterCrash(this.directory);
    await writing;
    await before.spool.close();
    this.opened = await openLane(this.directory, { inTest: false });
    if (!torn) return;
    const given = (await drain(this.lane)).map(({ items }) => items);
    const expected = this.expected.map(({ items }) => items);
    expect([expected, [...expected, [item]]]).toContainEqual(given);
    expect(this.lane.lost()).toBeLessThanOrEqual(given.length > expected.length ? 0 : 1);
    this.expected = [];
  }

  private async reopen(): Promise<void> {
    await (this.opened as TestLane).spool.close();
    this.opened = await openLane(this.directory, { inTest: false });
  }
}

test('Whatever happens in whatever order, no entry on disk is lost, none that is settled is given again, and the order is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) => new Story().run(steps)),
    { numRuns: 60 },
  );
});

test('Whatever is cut off or garbled of its files, what is given is what was written, in order, and the rest is counted', async () => {
  const damage = fc.record({
    file: fc.nat({ max: 7 }),
    kind: fc.constantFrom('cut', 'flip', 'pad'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      const directory = passingDirectory();
      const before = await openLane(directory, { inTest: false });
      for (let item = 0; item < 8; item++) await before.lane.append(entryOf(item, item, item));
      const crashed = afterCrash(directory);
      await before.spool.close();
      const files = filesIn(crashed, '.entry');
      for (const { file, kind, at } of damages) damageFile(files[file] as string, kind, at);
      const { lane, spool } = await openLane(crashed, { inTest: false });
      const given = await drain(lane);
      const numbers = given.map(({ items }) => items[0] as number);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      for (const { items } of given) expect(items).toEqual([items[0], items[0], items[0]]);
      const damaged = new Set(damages.map(({ file }) => file));
      for (let item = 0; item < 8; item++) if (!damaged.has(item)) expect(numbers).toContain(item);
      expect(lane.lost()).toBe(3 * (8 - given.length));
      await spool.close();
    }),
    { numRuns: 60 },
  );
});

function itemsOf(entry: SpooledEntry | undefined): unknown {
  return entry?.source ?? entry?.parts[0];
}

/** Anywhere but in the state and the bits, which are of no use garbled, and are not read when the rest is. */
function damageFile(path: string, kind: string, at: number): void {
  const bytes = readFileSync(path);
  const index = Math.floor(at * bytes.length);
  if (kind === 'cut') truncateSync(path, index);
  else if (kind === 'pad') writeFileSync(path, Buffer.concat([bytes, Buffer.from('more')]));
  else if (index < 28 || index >= 33) {
    bytes[index] = (bytes[index] as number) ^ 0x10;
    writeFileSync(path, bytes);
  }
}
