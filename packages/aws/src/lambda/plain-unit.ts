import { startPlainSpan } from './plain-span.ts';
import { xrayOfInvocation } from './senders.ts';
import type { Unit, UnitStart } from './unit.ts';

/** An invocation of which nothing is known: called by hand, by another service, by a source that is not known here. */
export function startPlainUnit(start: UnitStart): Unit {
  const { telemetry } = start.home;
  const plain = startPlainSpan(start, xrayOfInvocation(start.xray) ?? telemetry.activeContext(), {});
  return {
    trigger: 'other',
    span: plain.span,
    run: (work) => telemetry.withContext(plain.context, work),
    end: (end) => plain.end(end),
  };
}
