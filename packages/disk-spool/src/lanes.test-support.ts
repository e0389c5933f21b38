import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signal, Spool, SpoolEntry, SpoolHost, SpoolLane } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import { diskSpool } from './index.ts';

const made: string[] = [];

/** A folder of one test, away with it. */
export function testDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The same for properties, which are many in one test. */
export function passingDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  made.push(directory);
  return directory;
}

export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export interface TestHost extends SpoolHost {
  readonly clock: ManualClock;
  readonly problems: string[];
}

export function hostOf(more: Partial<SpoolHost> = {}): TestHost {
  const problems: string[] = [];
  const told = new Set<string>();
  return {
    exporter: 'backend',
    service: 'checkout',
    shape: 1,
    ...more,
    clock: new ManualClock(),
    problems,
    problem: (subject, message) => {
      if (!told.has(subject)) problems.push(message);
      told.add(subject);
    },
  };
}

export interface TestLane {
  readonly spool: Spool;
  readonly lane: SpoolLane;
  readonly host: TestHost;
}

/** Opens a spool and takes over what is left there. */
export async function openLane(
  directory: string,
  options: {
    readonly maxBytes?: number;
    readonly signal?: Signal;
    readonly host?: TestHost;
    readonly inTest?: boolean;
  } = {},
): Promise<TestLane> {
  const { signal = 'metrics', host = hostOf(), inTest = true, ...limit } = options;
  const spool = diskSpool({ directory, ...limit });
  if (inTest) onTestFinished(() => spool.close());
  const lane = await spool.open(host, signal);
  await lane.takeOver();
  return { spool, lane, host };
}

/** Numbers as items. */
export function entryOf(...items: readonly number[]): SpoolEntry {
  return { count: items.length, source: items, parts: [items] };
}

/** What would be left, had the process been killed now: to be opened by another. Sockets do not outlive their process. */
export function afterCrash(directory: string): string {
  const copy = passingDirectory();
  cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.lock') && !path.endsWith('.alive') });
  return copy;
}

export interface Given {
  readonly items: readonly number[];
  readonly settled: readonly number[];
  readonly interrupted: boolean;
}

/** All that a lane gives, oldest first; it is empty then. */
export async function drain(lane: SpoolLane): Promise<readonly Given[]> {
  const given: Given[] = [];
  for (let entry = await lane.first(); entry !== undefined; entry = await lane.first()) {
    const items = (entry.source ?? entry.parts[0]) as readonly number[];
    given.push({ items, settled: [...entry.settled], interrupted: entry.interrupted });
    await lane.remove();
  }
  return given;
}

/** Files and folders below, with their paths. */
export function filesIn(directory: string, end = ''): readonly string[] {
  return (readdirSync(directory, { recursive: true }) as string[])
    .filter((name) => name.endsWith(end))
    .map((name) => join(directory, name))
    .sort();
}
