import { TelemetryError } from '../errors.ts';
import { checkDelivery, MAX_SECONDS } from './check-delivery.ts';
import type { Exporter } from './exporter.ts';
import { EXPORT_METHODS } from './signal.ts';

const METHODS = ['start', ...Object.values(EXPORT_METHODS)] as const;
const SIGNALS: readonly string[] = Object.keys(EXPORT_METHODS);

/** Throws `ERR_EXPORTER` with the mend for what cannot work. Exporters may come from JavaScript, so nothing is taken for granted. */
export function checkExporters(exporters: readonly Exporter[], taken: readonly string[] = []): void {
  if (!Array.isArray(exporters)) fail('`exporters` must be an array, such as `exporters: [prometheus()]`.');
  const names = new Set(taken);
  exporters.forEach((exporter: Exporter, i) => {
    checkExporter(exporter, i);
    const { name } = exporter;
    if (names.has(name))
      fail(
        `Two exporters are called "${name}"; names tell them apart in health and errors, so give one of them another name.`,
      );
    names.add(name);
  });
}

function checkExporter(exporter: Exporter, i: number): void {
  if (typeof exporter !== 'object' || exporter === null) {
    fail(
      `exporters[${i}] is ${String(exporter)}, not an exporter; call the function that makes it, such as \`prometheus()\`.`,
    );
  }
  const { name, temporality, timeout, whenUnknown } = exporter;
  if (typeof name !== 'string' || name === '')
    fail(`exporters[${i}] has no name; give it a \`name\` that is unique among the exporters.`);
  for (const method of [...METHODS, 'shutdown', 'isDelta'] as const) {
    const value: unknown = exporter[method];
    if (value !== undefined && typeof value !== 'function')
      fail(`\`${method}\` of the exporter "${name}" must be a function; it is ${typeof value}.`);
  }
  if (METHODS.every((method) => exporter[method] === undefined)) {
    fail(
      `The exporter "${name}" takes nothing; implement at least one of ${METHODS.map((method) => `\`${method}\``).join(', ')}.`,
    );
  }
  if (temporality !== undefined && temporality !== 'cumulative' && temporality !== 'delta') {
    fail(`\`temporality\` of the exporter "${name}" is "${String(temporality)}"; it must be "cumulative" or "delta".`);
  }
  checkWhenUnknown(name, whenUnknown);
  checkSeconds(name, 'timeout', timeout);
  checkInterval(exporter);
  checkDelivery(exporter);
}

function checkWhenUnknown(exporter: string, whenUnknown: unknown): void {
  const isObject = typeof whenUnknown === 'object' && whenUnknown !== null;
  const rules: readonly (readonly [string, unknown])[] = isObject ? Object.entries(whenUnknown) : [['', whenUnknown]];
  for (const [signal, rule] of rules) {
    const path = signal === '' ? 'whenUnknown' : `whenUnknown.${signal}`;
    if (signal !== '' && !SIGNALS.includes(signal))
      fail(`\`${path}\` of the exporter "${exporter}" is no signal; the signals are ${SIGNALS.join(', ')}.`);
    if (rule !== undefined && rule !== 'again' && rule !== 'give-up')
      fail(`\`${path}\` of the exporter "${exporter}" is "${String(rule)}"; it must be "again" or "give-up".`);
  }
}

function checkInterval({ name, interval }: Exporter): void {
  if (typeof interval !== 'object' || interval === null) {
    checkSeconds(name, 'interval', interval);
    return;
  }
  for (const [signal, seconds] of Object.entries(interval)) {
    if (!SIGNALS.includes(signal))
      fail(`\`interval.${signal}\` of the exporter "${name}" is no signal; the signals are ${SIGNALS.join(', ')}.`);
    checkSeconds(name, `interval.${signal}`, seconds);
  }
}

function checkSeconds(name: string, option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value > 0 && value <= MAX_SECONDS)) return;
  fail(
    `\`${option}\` of the exporter "${name}" is ${String(value)}; it must be a number of seconds above 0, at most ${MAX_SECONDS}.`,
  );
}

function fail(message: string): never {
  throw new TelemetryError('ERR_EXPORTER', message);
}
