import type { Match } from '@telltale/alerts';
import { prometheusLabel } from './prometheus-name.ts';

/** `{http_route="/a",http_response_status_code=~"5.*"}`, or nothing. `more` are matchers that are written already. */
export function matchers(where: Readonly<Record<string, Match>>, more: readonly string[] = []): string {
  const all = [...Object.entries(where).map(([key, match]) => `${prometheusLabel(key)}${matcher(match)}`), ...more];
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function matcher(match: Match): string {
  if (match === true) return '!=""';
  const isNot = typeof match === 'object' && 'not' in match;
  const values = [isNot ? match.not : match].flat().map(String);
  const [only] = values;
  if (values.length === 1 && only !== undefined && !only.includes('*')) return `${isNot ? '!=' : '='}"${quoted(only)}"`;
  return `${isNot ? '!~' : '=~'}"${quoted(values.map(pattern).join('|'))}"`;
}

/** A text alone that may be anything is still there: Prometheus does not tell an empty label from none. */
function pattern(text: string): string {
  return /^\*+$/.test(text) ? '.+' : text.split(/\*+/).map(escaped).join('.*');
}

/** For RE2. */
function escaped(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** For a string of PromQL. */
export function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
