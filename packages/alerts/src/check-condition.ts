import { checkKeys, nearestOf } from '@telltale/core';
import { checkNumber, fail, shown } from './check-value.ts';
import { labelName } from './evaluation/alert-text.ts';
import type { Absence, BurnRate, Comparison, Condition, Percentile, Rate, Ratio, Selector, Threshold } from './rule.ts';

const COMPARISONS: readonly Comparison[] = ['>', '>=', '<', '<='];
const AGGREGATES = ['sum', 'max', 'min', 'avg'];
const MAX_BY = 10;
const MAX_WINDOWS = 8;
/** Seconds: windows are kept in memory, and what is older than a month is not watched but studied. */
const MAX_WINDOW = 31 * 86_400;

type Checks = {
  readonly [C in Condition as C['type']]: {
    readonly keys: readonly (keyof C)[];
    check(path: string, condition: C): void;
  };
};

const COMPARED = ['is', 'value', 'by'] as const;

const CHECKS: Checks = {
  threshold: {
    keys: ['type', 'metric', 'where', ...COMPARED, 'aggregate'],
    check: (path, condition: Threshold) => {
      checkSelector(path, condition);
      checkCompared(path, condition);
      const { aggregate } = condition;
      if (aggregate !== undefined && !AGGREGATES.includes(aggregate)) {
        fail(`${path}.aggregate`, aggregate, `one of ${AGGREGATES.join(', ')}`);
      }
    },
  },
  rate: {
    keys: ['type', 'metric', 'where', ...COMPARED, 'over'],
    check: (path, condition: Rate) => {
      checkSelector(path, condition);
      checkCompared(path, condition);
      checkWindow(`${path}.over`, condition.over);
    },
  },
  ratio: {
    keys: ['type', 'part', 'of', ...COMPARED, 'over', 'atLeast'],
    check: (path, condition: Ratio) => {
      checkInnerSelector(`${path}.part`, condition.part);
      checkInnerSelector(`${path}.of`, condition.of);
      checkCompared(path, condition);
      checkWindow(`${path}.over`, condition.over);
      checkAtLeast(path, condition);
    },
  },
  percentile: {
    keys: ['type', 'metric', 'where', ...COMPARED, 'quantile', 'over', 'atLeast'],
    check: (path, condition: Percentile) => {
      checkSelector(path, condition);
      checkCompared(path, condition);
      checkNumber(`${path}.quantile`, condition.quantile, { above: 0, below: 1 });
      checkWindow(`${path}.over`, condition.over);
      checkAtLeast(path, condition);
    },
  },
  absence: {
    keys: ['type', 'metric', 'where', 'over', 'by'],
    check: (path, condition: Absence) => {
      checkSelector(path, condition);
      checkWindow(`${path}.over`, condition.over);
      checkBy(path, condition);
    },
  },
  'burn-rate': {
    keys: ['type', 'bad', 'of', 'objective', 'windows', 'by', 'atLeast'],
    check: (path, condition: BurnRate) => {
      checkInnerSelector(`${path}.bad`, condition.bad);
      checkInnerSelector(`${path}.of`, condition.of);
      checkNumber(`${path}.objective`, condition.objective, { above: 0, below: 1 });
      checkWindows(`${path}.windows`, condition);
      checkBy(path, condition);
      checkAtLeast(path, condition);
    },
  },
};

const TYPES = Object.keys(CHECKS) as readonly Condition['type'][];

/** Throws `ERR_OPTION` for the first thing that is wrong. */
export function checkCondition(path: string, condition: Condition): void {
  if (typeof condition !== 'object' || condition === null) {
    fail(path, condition, `a condition, such as { type: 'threshold', metric: 'queue.depth', is: '>', value: 100 }`);
  }
  const { type } = condition;
  if (!TYPES.includes(type)) {
    const nearest = nearestOf(String(type), TYPES);
    const hint = nearest === undefined ? undefined : `did you mean "${nearest}"?`;
    fail(`${path}.type`, type, `one of ${TYPES.join(', ')}`, hint);
  }
  const { keys, check } = CHECKS[type];
  checkKeys(path, condition, keys);
  check(path, condition as never);
}

function checkInnerSelector(path: string, selector: Selector): void {
  checkKeys(path, selector, ['metric', 'where']);
  checkSelector(path, selector);
}

function checkSelector(path: string, { metric, where = {} }: Selector): void {
  if (typeof metric !== 'string' || !/^[A-Za-z][\w./-]{0,254}$/.test(metric)) {
    fail(`${path}.metric`, metric, "the name of a metric with its dots, such as 'http.server.request.duration'");
  }
  if (typeof where !== 'object' || where === null || Array.isArray(where)) {
    fail(`${path}.where`, where, "attributes and what they must be, such as { 'http.route': '/cart*' }");
  }
  for (const [key, match] of Object.entries<unknown>(where)) checkMatch(`${path}.where["${key}"]`, match);
}

function checkMatch(path: string, match: unknown): void {
  if (match === true) return;
  if (typeof match === 'object' && match !== null && !Array.isArray(match)) {
    checkKeys(path, match, ['not']);
    checkValues(`${path}.not`, (match as { readonly not?: unknown }).not);
  } else checkValues(path, match);
}

function checkValues(path: string, values: unknown): void {
  const all: readonly unknown[] = Array.isArray(values) ? values : [values];
  const isValue = (value: unknown): boolean =>
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
  if (all.length > 0 && all.every(isValue)) return;
  fail(path, values, 'a text (with * for any), a number, true or false, an array of these, or { not: … }');
}

function checkCompared(
  path: string,
  compared: { readonly is: Comparison; readonly value: number; readonly by?: readonly string[] },
): void {
  const { is, value } = compared;
  if (!COMPARISONS.includes(is)) fail(`${path}.is`, is, `one of ${COMPARISONS.map((one) => `"${one}"`).join(', ')}`);
  checkNumber(`${path}.value`, value, {});
  checkBy(path, compared);
}

function checkBy(path: string, { by }: { readonly by?: readonly string[] }): void {
  if (by === undefined) return;
  const isKey = (key: unknown): boolean => typeof key === 'string' && key !== '' && key.length <= 255;
  if (!Array.isArray(by) || by.length > MAX_BY || !by.every(isKey)) {
    fail(`${path}.by`, by, `at most ${MAX_BY} names of attributes, such as ['service.name', 'http.route']`);
  }
  const labels = by.map(labelName);
  const twice = by.find((_, i) => labels.indexOf(labels[i] as string) !== i);
  if (twice !== undefined) fail(`${path}.by`, by, `names that differ as labels: "${labelName(twice)}" is there twice`);
  const reserved = by.find((key) => ['alertname', 'severity', 'value'].includes(labelName(key)));
  if (reserved !== undefined)
    fail(`${path}.by`, by, `no attribute "${reserved}": alerts have a label of that name already`);
}

function checkWindow(path: string, over: unknown): void {
  checkNumber(path, over, { from: 1, to: MAX_WINDOW }, 'seconds');
}

function checkAtLeast(path: string, { atLeast }: { readonly atLeast?: number }): void {
  if (atLeast !== undefined) checkNumber(`${path}.atLeast`, atLeast, { from: 0 });
}

function checkWindows(path: string, { windows, objective }: BurnRate): void {
  if (!Array.isArray(windows) || windows.length === 0 || windows.length > MAX_WINDOWS) {
    fail(path, windows, `1 to ${MAX_WINDOWS} pairs, such as [{ long: 3600, short: 300, factor: 14.4 }]`);
  }
  for (const [i, window] of windows.entries()) {
    checkKeys(`${path}[${i}]`, window, ['long', 'short', 'factor']);
    checkWindow(`${path}[${i}].long`, window.long);
    checkWindow(`${path}[${i}].short`, window.short);
    if (window.short >= window.long)
      fail(`${path}[${i}].short`, window.short, `less than its long window, ${window.long}`);
    checkNumber(`${path}[${i}].factor`, window.factor, { above: 0 });
    // A ratio is at most 1.
    if (window.factor * (1 - objective) >= 1) {
      fail(
        `${path}[${i}].factor`,
        window.factor,
        `less than ${shown(Number((1 / (1 - objective)).toPrecision(3)))}: at an objective of ${objective} no budget can be used up faster, so it would never fire`,
      );
    }
  }
}
