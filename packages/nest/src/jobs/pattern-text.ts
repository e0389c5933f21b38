/** A message pattern as `job.name`: `sum`, `{"cmd":"sum"}`, `HeroService/FindOne`. Patterns are written in code, so they are few. */
export function patternText(pattern: unknown): string {
  if (typeof pattern === 'string') return pattern;
  if (isRpc(pattern)) return `${pattern.service}/${pattern.rpc}`;
  try {
    return JSON.stringify(pattern) ?? String(pattern);
  } catch {
    return '(pattern)';
  }
}

/** What the decorators for gRPC make of a service and its method. */
export function isRpc(pattern: unknown): pattern is { readonly service: string; readonly rpc: string } {
  if (typeof pattern !== 'object' || pattern === null) return false;
  const { service, rpc, streaming } = pattern as Readonly<Record<string, unknown>>;
  return typeof service === 'string' && typeof rpc === 'string' && typeof streaming === 'string';
}
