// Numbers as people read them. What is not known is a dash.

export const NONE = '–';

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three figures are what a glance takes in. */
function figures(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return grouped.format(value);
  if (size >= 10) return trimmed(value.toFixed(1));
  return trimmed(value.toFixed(2));
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** `950`, `12,345`, `1.23 M`. */
export function count(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 999.5e9) return `${figures(value / 1e12)} T`;
  if (size >= 999.5e6) return `${figures(value / 1e9)} G`;
  if (size >= 999.5e3) return `${figures(value / 1e6)} M`;
  return Number.isInteger(value) ? grouped.format(value) : figures(value);
}

/** `12.3 /s`; what happens less than once in ten seconds, by the minute. */
export function rate(perSecond: number | null | undefined): string {
  if (!known(perSecond)) return NONE;
  if (perSecond > 0 && perSecond < 0.1) return `${atLeast(perSecond * 60, 0.01)} /min`;
  return `${perSecond >= 999.5e3 ? count(perSecond) : figures(perSecond)} /s`;
}

function atLeast(value: number, least: number): string {
  return value < least ? `<${least}` : figures(value);
}

/** `850 µs`, `12.3 ms`, `1.2 s`, `3 min 20 s`, `5 h 3 min`, `2 d 4 h`. */
export function seconds(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size === 0) return '0 ms';
  if (size < 1e-6) return '<1 µs';
  if (size < 999.5e-6) return `${figures(value * 1e6)} µs`;
  if (size < 0.9995) return `${figures(value * 1e3)} ms`;
  if (size < 59.95) return `${figures(value)} s`;
  const whole = Math.round(value);
  if (size < 3_600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (size < 86_400) return pair(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min');
  return pair(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `512 B`, `1.5 kB`, `240 MB`: thousands, as networks and disks are sold. */
export function bytes(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size < 999.5) return `${figures(Math.round(value))} B`;
  if (size < 999.5e3) return `${figures(value / 1e3)} kB`;
  if (size < 999.5e6) return `${figures(value / 1e6)} MB`;
  if (size < 999.5e9) return `${figures(value / 1e9)} GB`;
  return `${figures(value / 1e12)} TB`;
}

export function bytesPerSecond(value: number | null | undefined): string {
  return known(value) ? `${bytes(value)}/s` : NONE;
}

/** `0 %`, `<0.01 %`, `0.25 %`, `12 %`, of a share from 0 to 1. */
export function percent(share: number | null | undefined): string {
  if (!known(share)) return NONE;
  if (share > 0 && share < 0.000_1) return '<0.01 %';
  const value = share * 100;
  return `${value >= 100 ? grouped.format(value) : trimmed(value.toFixed(value < 1 ? 2 : 1))} %`;
}

/** US dollars a month. */
export function money(dollars: number | null | undefined): string {
  if (!known(dollars)) return NONE;
  if (dollars === 0) return '$0';
  if (dollars < 0.01) return '<$0.01';
  return dollars < 1_000 ? `$${dollars.toFixed(2)}` : `$${grouped.format(dollars)}`;
}

/** `just now`, `12 s ago`, `3 min ago`. */
export function ago(time: number | null | undefined, now: number): string {
  if (!known(time)) return 'never';
  const passed = now - time;
  if (passed < 1) return 'just now';
  if (passed < 60) return `${Math.floor(passed)} s ago`;
  if (passed < 3_600) return `${Math.floor(passed / 60)} min ago`;
  if (passed < 86_400) return `${Math.floor(passed / 3_600)} h ago`;
  return `${Math.floor(passed / 86_400)} d ago`;
}

/** `14:03:09`, where the viewer is. */
export function clockTime(time: number): string {
  return new Date(time * 1_000).toLocaleTimeString('en-GB');
}

/** `1 process`, `3 processes`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
