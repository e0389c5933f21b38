// What threads of the tests do. A file that loads nothing, as each thread loads it.

/** Where a task says that it has started, and waits until it may end. */
export interface Gate {
  readonly id: string;
  readonly cells: Int32Array;
}

const [STARTED, OPEN] = [0, 1];

export function gate(id: string): Gate {
  return { id, cells: new Int32Array(new SharedArrayBuffer(8)) };
}

export function hasStarted({ cells }: Gate): boolean {
  return Atomics.load(cells, STARTED) === 1;
}

export function open({ cells }: Gate): void {
  Atomics.store(cells, OPEN, 1);
  Atomics.notify(cells, OPEN);
}

/** Holds its thread until the gate is opened. */
export function hold({ id, cells }: Gate): string {
  Atomics.store(cells, STARTED, 1);
  Atomics.wait(cells, OPEN, 0);
  return id;
}

/** The same, without holding up the thread's event loop. */
export async function wait({ id, cells }: Gate): Promise<string> {
  Atomics.store(cells, STARTED, 1);
  while (Atomics.load(cells, OPEN) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return id;
}

export function fail(message: string): never {
  throw new RangeError(message);
}

/** Fails where nobody waits for it, which ends the thread. */
export function crash(message: string): Promise<never> {
  setImmediate(() => fail(message));
  return new Promise(() => {});
}

export function leave(code: number): never {
  process.exit(code);
}

/** What a task is given, as text, since it has crossed one border already. */
export function describe(payload: unknown): string {
  if (payload instanceof Map) return `Map ${JSON.stringify([...payload])}`;
  if (payload instanceof ArrayBuffer) return `ArrayBuffer ${payload.byteLength}`;
  if (payload instanceof Uint8Array) return `Uint8Array ${payload.join()}`;
  return `${typeof payload} ${JSON.stringify(payload)}`;
}
