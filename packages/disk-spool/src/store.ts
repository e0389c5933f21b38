import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signal } from '@telltale/core';

/** A folder with entries of one signal, written by one process; it changes its owner by being renamed, which one process alone can do. */
export interface Store {
  readonly signal: Signal;
  /** Milliseconds since 1970, or more: later than that of all that were there before. */
  readonly created: number;
  readonly id: string;
}

/** The file of an entry, as its name tells it. */
export interface Filed {
  readonly store: Store;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly count: number;
  /** As `onDisk` says. */
  readonly bytes: number;
}

const STORE = /^(metrics|spans|events)\.(\d{1,15})\.([0-9a-f]{16})\.([0-9a-f-]+[sb]-[0-9a-f]+)$/;
const ENTRY = /^(\d{1,15})\.(\d{1,15})\.(\d{1,10})\.(\d{1,15})\.entry$/;

/** Comes after all stores in the folder, whatever the time of day is said to be. Rejects as the file system does. */
export async function newStore(folder: string, signal: Signal, now: number): Promise<Store> {
  const latest = (await readdir(folder)).map((name) => parseStore(name)?.store.created ?? 0);
  return {
    signal,
    created: Math.max(now, ...latest.map((created) => created + 1)),
    id: randomBytes(8).toString('hex'),
  };
}

export function storeName({ signal, created, id }: Store, owner: string): string {
  return `${signal}.${created}.${id}.${owner}`;
}

/** `undefined`: a name of something else. */
export function parseStore(name: string): { readonly store: Store; readonly owner: string } | undefined {
  const [, signal, created, id = '', owner = ''] = STORE.exec(name) ?? [];
  return signal === undefined
    ? undefined
    : { store: { signal: signal as Signal, created: Number(created), id }, owner };
}

function entryName({ sequence, time, count, bytes }: Filed): string {
  return `${String(sequence).padStart(12, '0')}.${time}.${count}.${bytes}.entry`;
}

/** The entries of a store, oldest first. Rejects as the file system does. */
export async function entriesOf(folder: string, store: Store): Promise<readonly Filed[]> {
  const entries: Filed[] = [];
  for (const name of await readdir(folder)) {
    const [, sequence, time, count, bytes] = ENTRY.exec(name) ?? [];
    if (sequence === undefined) continue;
    entries.push({ store, sequence: Number(sequence), time: Number(time), count: Number(count), bytes: Number(bytes) });
  }
  return entries.sort((a, b) => a.sequence - b.sequence);
}

/** What a process left goes before what came later; what this process writes goes last. */
export function isBefore(a: Filed, b: Filed, own: Store): boolean {
  if (a.store === b.store) return a.sequence < b.sequence;
  if (a.store === own || b.store === own) return b.store === own;
  return a.store.created < b.store.created;
}

export function pathOf(folder: string, owner: string, filed: Filed): string {
  return join(folder, storeName(filed.store, owner), entryName(filed));
}
