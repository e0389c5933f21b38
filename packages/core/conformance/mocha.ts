/** The names that mocha's tests find, with vitest behind them: mocha's hooks are called otherwise, and a function with a parameter is given `done`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';

type Done = (error?: unknown) => void;
type Work = (this: object, done: Done) => unknown;

/** What mocha hands over as `this`; vitest has its time limit from the configuration. */
const MOCHA = { timeout: () => MOCHA };

function promised(work: Work): () => unknown {
  if (work.length === 0) return () => (work as () => unknown).call(MOCHA);
  return () =>
    new Promise<void>((resolve, reject) => {
      work.call(MOCHA, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
}

const hook =
  (of: (work: () => unknown) => void) =>
  (...args: [Work] | [string, Work]): void =>
    of(promised(args.at(-1) as Work));

Object.assign(globalThis, {
  describe,
  it: Object.assign((title: string, work: Work) => it(title, promised(work)), { skip: it.skip }),
  before: hook(beforeAll as (work: () => unknown) => void),
  after: hook(afterAll as (work: () => unknown) => void),
  beforeEach: hook(beforeEach as (work: () => unknown) => void),
  afterEach: hook(afterEach as (work: () => unknown) => void),
});
