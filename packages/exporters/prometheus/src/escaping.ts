/** How names with other characters than Prometheus 2 knew are written; Prometheus, "UTF-8 metric and label name escaping schemes". */
export const ESCAPINGS = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;
export type Escaping = (typeof ESCAPINGS)[number];

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a name of a metric needs no quotes. */
export function isPlainMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Whether a name of a label needs no quotes: colons are for metrics. */
export function isPlainLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/**
 * A name that is not empty, as the scheme has it. What `values` gives can be turned back; of `dots`, the dots and underscores can.
 * Where the page and Prometheus's own code differ (other characters under `dots`), this is what the code does.
 */
export function escapeName(name: string, escaping: Escaping, isPlain: (name: string) => boolean): string {
  switch (escaping) {
    case 'allow-utf-8':
      return name;
    case 'underscores':
      return isPlain(name) ? name : mapped(name, isPlain, () => '_');
    case 'dots':
      return mapped(name, isPlain, (character) => (character === '.' ? '_dot_' : '__'));
    case 'values':
      return isPlain(name)
        ? name
        : `U__${mapped(name, isPlain, (character) => (character === '_' ? '__' : codePoint(character)))}`;
  }
}

/** Underscores are also given to `other`, which decides about them but under `underscores`, where they are what all becomes. */
function mapped(name: string, isPlain: (name: string) => boolean, other: (character: string) => string): string {
  let result = '';
  let isFirst = true;
  for (const character of name) {
    const stays = character !== '_' && isPlain(isFirst ? character : `_${character}`);
    result += stays ? character : other(character);
    isFirst = false;
  }
  return result;
}

function codePoint(character: string): string {
  return `_${character.codePointAt(0)!.toString(16)}_`;
}
