import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PROGRAM = new URL('./memory-program.test-support.ts', import.meta.url);

/** Bytes of memory, measured in a process of its own that can collect its garbage. */
export async function measure(): Promise<{ readonly growth: number; readonly widest: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROGRAM.pathname]);
  return JSON.parse(stdout) as { growth: number; widest: number };
}
