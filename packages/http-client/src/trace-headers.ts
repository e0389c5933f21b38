import type { BoundaryOperation } from '@telltale/core';

/** How headers of a client's requests are reached. */
export interface HeaderAccess<Request> {
  /** `name` in lower case. */
  has(request: Request, name: string): boolean;
  add(request: Request, name: string, value: string): void;
}

const BAGGAGE = 'baggage';

/**
 * Writes the call's trace context and baggage into the request, unless it has a trace context already: of another instrumentation, or the
 * service's own. A header that is there stays as it is. Gives whether any was added.
 */
export function addTraceHeaders<Request>(
  operation: BoundaryOperation,
  request: Request,
  headers: HeaderAccess<Request>,
): boolean {
  const carrier: Record<string, unknown> = {};
  operation.inject(carrier);
  let added = false;
  for (const name in carrier) if (name !== BAGGAGE && headers.has(request, name.toLowerCase())) return false;
  for (const name in carrier) {
    const value = carrier[name];
    if (typeof value !== 'string' || headers.has(request, name.toLowerCase())) continue;
    headers.add(request, name, value);
    added = true;
  }
  return added;
}
