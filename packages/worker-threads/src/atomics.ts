/** What pools are made with, as far as it says how their threads wait for tasks. */
interface WaitingOptions {
  /** Of piscina from 5 on. */
  readonly atomics?: unknown;
  /** Of piscina before, and of tinypool. */
  readonly useAtomics?: unknown;
  readonly runtime?: unknown;
}

/** Whether threads wait in `Atomics.wait`: their event loops stand still then, and look busy to whoever asks them. */
export function waitsByAtomics({ atomics, useAtomics, runtime }: WaitingOptions): boolean {
  if (runtime === 'child_process') return false;
  if (process.env.PISCINA_DISABLE_ATOMICS === '1') return false;
  return atomics === undefined ? useAtomics !== false : atomics === 'sync';
}

/** The option by which they do not. */
export function withoutAtomics({ atomics }: WaitingOptions): string {
  return atomics === undefined ? 'useAtomics: false' : "atomics: 'async'";
}
