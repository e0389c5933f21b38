/** Datadog's names of units, of https://docs.datadoghq.com/metrics/units/. */
const UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  ms: 'millisecond',
  us: 'microsecond',
  ns: 'nanosecond',
  min: 'minute',
  h: 'hour',
  By: 'byte',
  KiBy: 'kibibyte',
  MiBy: 'mebibyte',
  bit: 'bit',
  '%': 'percent',
  '1': 'fraction',
  '{request}': 'request',
  '{error}': 'error',
  '{message}': 'message',
  '{task}': 'task',
  '{job}': 'job',
  '{worker}': 'worker',
  '{thread}': 'thread',
  '{connection}': 'connection',
  '{item}': 'item',
  '{record}': 'record',
};

/** The unit as Datadog calls it; without one it shows the number alone. */
export function datadogUnit(unit: string): string | undefined {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
}
