/** An own strict reader of both formats, written from their specifications and sharing nothing with the exporter. */

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
  readonly exemplar: string | undefined;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string | undefined;
  readonly samples: readonly ParsedSample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  info: ['_info'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
};
const VALUE = /^([+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?|NaN|\+Inf|-Inf)$/;

/** Throws for everything a scraper may refuse, and for what `promtool` misses: series that are there twice and families in pieces. */
export function parseExposition(body: string, openMetrics: boolean): readonly ParsedFamily[] {
  if (!body.endsWith('\n') && body !== '') throw new Error('the last line has no end');
  const lines = body.split('\n').slice(0, -1);
  if (openMetrics && lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  const families: { name: string; type: string; unit?: string; help?: string; samples: ParsedSample[] }[] = [];
  const series = new Set<string>();
  let metadata: { name: string; type?: string; unit?: string; help?: string; isOpen: boolean } | undefined;
  for (const line of lines) {
    const comment = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\["\\n])+") (.*)$/.exec(line);
    if (comment) {
      const [, kind, written, text] = comment as unknown as [string, string, string, string];
      const name = nameOf(written, METRIC_NAME);
      if (metadata?.name !== name || !metadata.isOpen) metadata = { name, isOpen: true };
      if (kind === 'TYPE') {
        if (families.some((family) => family.name === name)) throw new Error(`family ${name} is there twice`);
        metadata.type = text;
        families.push({ name, type: text, samples: [], ...(metadata.help !== undefined && { help: metadata.help }) });
      } else if (kind === 'HELP') {
        metadata.help = text;
      } else {
        if (!openMetrics || !name.endsWith(`_${text}`)) throw new Error(`bad unit: ${line}`);
        families.at(-1)!.unit = text;
      }
      continue;
    }
    if (line.startsWith('#')) throw new Error(`unexpected comment: ${line}`);
    if (metadata) metadata.isOpen = false;
    const sample = parseSample(line, openMetrics);
    const family = families.at(-1);
    const suffixes = !openMetrics && family?.type === 'counter' ? [''] : (SUFFIXES[family?.type ?? ''] ?? []);
    if (!family || !suffixes.some((suffix) => family.name + suffix === sample.name)) {
      throw new Error(`sample ${sample.name} is not of family ${family?.name} (${family?.type})`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) throw new Error(`series is there twice: ${line}`);
    series.add(key);
    family.samples.push(sample);
  }
  return families.map((family) => ({ unit: undefined, help: undefined, ...family }));
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A name in quotes must be one that needs them. */
function nameOf(written: string, plain: RegExp): string {
  if (!written.startsWith('"')) return written;
  const name = unescaped(written.slice(1, -1));
  if (plain.test(name)) throw new Error(`${written} needs no quotes`);
  return name;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function parseSample(line: string, openMetrics: boolean): ParsedSample {
  const quoted = /^\{("(?:[^"\\]|\\["\\n])+")(,|(?=}))/.exec(line);
  const name = quoted ? nameOf(quoted[1]!, METRIC_NAME) : /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  const labels: Record<string, string> = Object.create(null);
  let at = quoted ? quoted[0].length : name.length;
  if (quoted || line[at] === '{') {
    if (!quoted) at++;
    while (line[at] !== '}') {
      const label =
        /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\["\\n])+")="((?:[^"\\]|\\["\\n])*)"(,(?=[a-zA-Z_"])|(?=}))/.exec(
          line.slice(at),
        );
      if (!label) throw new Error(`bad label at ${at}: ${line}`);
      const [text, writtenKey, value] = label as unknown as [string, string, string];
      const key = nameOf(writtenKey, LABEL_NAME);
      if (key in labels) throw new Error(`label ${key} is there twice: ${line}`);
      if (value === '') throw new Error(`label ${key} is empty: ${line}`);
      labels[key] = unescaped(value);
      at += text.length;
    }
    at++;
  }
  const rest = /^ (\S+)( # .+)?$/.exec(line.slice(at));
  if (!rest || !VALUE.test(rest[1]!)) throw new Error(`bad value: ${line}`);
  if (rest[2] !== undefined && !openMetrics) throw new Error(`an exemplar in the text format: ${line}`);
  return { name, labels, value: rest[1]!, exemplar: rest[2]?.slice(3) };
}
