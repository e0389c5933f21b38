/** On the functions that replace a queue's or a worker's own. */
const OBSERVED = Symbol.for('telltale.bullmq.observed');

export function markObserved<F extends object>(replacement: F): F {
  return Object.assign(replacement, { [OBSERVED]: true });
}

export function isObserved(method: object): boolean {
  return OBSERVED in method;
}
