import { messageOf } from '@telltale/core';
import type { BackendIntegration } from './backend-integration.ts';
import type { ParsedExporterEntry } from './exporter-entry.ts';
import { INTEGRATIONS } from './integrations.ts';

/** Options that are beside `config`, and what some are called there. */
const BESIDE: Readonly<Record<string, string>> = {
  name: 'name',
  interval: 'interval',
  timeout: 'timeout',
  signals: 'signals',
  sampling: 'sampling',
  rateLimit: 'rateLimit',
  adaptiveInterval: 'adaptiveInterval',
  circuitBreaker: 'circuitBreaker',
  budget: 'budget',
  spool: 'spool',
  prefix: 'metrics.prefix',
  filter: 'metrics',
};

/** Why an exporter could not be made: source, path and the maker's own sentence, with options called as the file has them. */
export function problemText(
  error: unknown,
  { source, path, entry }: { readonly source: string; readonly path: string; readonly entry: ParsedExporterEntry },
): string {
  const one: BackendIntegration | undefined = INTEGRATIONS.find(({ type }) => type === entry.type);
  // Makers write "cloudwatch.namespace".
  const option = new RegExp(`"${one?.maker}\\.([A-Za-z]+)`, 'g');
  const sentence = messageOf(error).replace(option, (_, key: string) => {
    const beside = !one?.bare && Object.hasOwn(BESIDE, key) ? BESIDE[key] : undefined;
    return `"${path}.${beside ?? `config.${key}`}`;
  });
  return `${source}: ${sentence.includes(path) ? '' : `${path} (${entry.type}): `}${sentence}`;
}
