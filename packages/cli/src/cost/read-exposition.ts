/** One line of a scrape. */
interface ExpositionSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** The samples of one metric, with its name and type as the scrape has them. */
export interface ExpositionFamily {
  readonly name: string;
  readonly type: string;
  readonly samples: readonly ExpositionSample[];
}

const METADATA = /^# (TYPE|HELP|UNIT) ("(?:[^"\\]|\\.)*"|\S+)(?: (.*))?$/;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:.]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const VALUE = /^\s+(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf(?:inity)?|NaN)(?:\s|$)/i;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['', '_info'],
};

/**
 * Reads what Prometheus scrapes, in its text format or as OpenMetrics: names, types and labels; values are only checked. Throws an error that
 * names the line for what is neither.
 */
export function readExposition(text: string): readonly ExpositionFamily[] {
  const families = new Map<string, { name: string; type: string; samples: ExpositionSample[] }>();
  let current: { name: string; type: string; samples: ExpositionSample[] } | undefined;
  text.split('\n').forEach((raw, i) => {
    const line = raw.trimEnd();
    if (line === '' || line === '# EOF') return;
    try {
      if (line.startsWith('#')) {
        const [, kind, name, rest] = METADATA.exec(line) ?? [];
        if (kind !== 'TYPE' || name === undefined) return;
        current = { name: unquoted(name), type: (rest ?? 'untyped').trim().toLowerCase(), samples: [] };
        families.set(current.name, current);
        return;
      }
      const sample = readSample(line);
      if (current === undefined || !isOf(sample.name, current)) {
        current = families.get(sample.name) ?? { name: sample.name, type: 'untyped', samples: [] };
        families.set(current.name, current);
      }
      current.samples.push(sample);
    } catch (error) {
      throw new Error(`line ${i + 1} (${line.slice(0, 60)}): ${(error as Error).message}`);
    }
  });
  return [...families.values()].filter(({ samples }) => samples.length > 0);
}

function isOf(sample: string, { name, type }: { readonly name: string; readonly type: string }): boolean {
  return (SUFFIXES[type] ?? ['']).some((suffix) => sample === name + suffix);
}

function readSample(line: string): ExpositionSample {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match !== null) at = pattern.lastIndex;
    return match ?? undefined;
  };
  const space = (): void => {
    while (line[at] === ' ' || line[at] === '\t') at++;
  };
  let name = take(NAME)?.[0];
  const labels = new Map<string, string>();
  space();
  if (line[at] === '{') {
    at++;
    for (space(); line[at] !== '}'; space()) {
      const quoted = take(QUOTED)?.[1];
      const key = quoted === undefined ? take(NAME)?.[0] : unescaped(quoted);
      if (key === undefined) throw new Error('a label has no name');
      space();
      if (line[at] === '=') {
        at++;
        space();
        const value = take(QUOTED)?.[1];
        if (value === undefined) throw new Error(`the label ${key} has no value in quotes`);
        if (labels.has(key)) throw new Error(`the label ${key} is there twice`);
        labels.set(key, unescaped(value));
      } else if (name === undefined && quoted !== undefined) {
        // Prometheus 3 writes names with dots like that.
        name = key;
      } else {
        throw new Error(`the label ${key} has no value`);
      }
      space();
      if (line[at] === ',') at++;
      else if (line[at] !== '}') throw new Error('the labels do not end');
    }
    at++;
  }
  if (name === undefined) throw new Error('it has no name');
  const rest = line.slice(at);
  if (!VALUE.test(/^\s/.test(rest) ? rest : ` ${rest}`)) throw new Error('it has no value');
  return { name, labels };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? unescaped(name.slice(1, -1)) : name;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
