import { TelemetryError } from '@telltale/core';

/** Labels and what they must be: a text in which `*` stands for any, or one of several. A label that is missing is as if empty. */
export type LabelMatch = Readonly<Record<string, string | readonly string[]>>;

/** Whether labels are as `match` says. Throws `ERR_OPTION`, naming `name`, for what is no match. */
export function labelMatcher(name: string, match: LabelMatch): (labels: Readonly<Record<string, string>>) => boolean {
  if (typeof match !== 'object' || match === null || Array.isArray(match)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${name}" is no object; give labels, such as \`{ alertname: 'SlowCalls', service_name: 'pay*' }\`.`,
    );
  }
  const wanted = Object.entries(match).map(([label, value]) => {
    const patterns: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (patterns.length > 0 && patterns.every((pattern) => typeof pattern === 'string')) {
      return { label, patterns: patterns.map((pattern) => pattern.split('*')) };
    }
    throw new TelemetryError(
      'ERR_OPTION',
      `"${name}.${label}" is ${JSON.stringify(value)}; give a text, in which \`*\` stands for any, or an array of them.`,
    );
  });
  return (labels) =>
    wanted.every(({ label, patterns }) => {
      const value = Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
      return patterns.some((parts) => matches(value, parts));
    });
}

/** Of what stands between the asterisks, each is looked for after the one before: linear, whatever the pattern. */
function matches(value: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}
