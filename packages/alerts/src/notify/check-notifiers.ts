import { checkKeys, TelemetryError } from '@telltale/core';
import { labelMatcher } from '../label-match.ts';
import type { Notifier } from '../notifier.ts';

/** Parts of a name in `health()`. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** Node's timers know no more, as in the push loop. */
const MAX_SECONDS = 2_147_483;
const MAX_NOTIFIERS = 20;

/** Throws `ERR_OPTION` for notifiers that cannot be. */
export function checkNotifiers(notify: readonly Notifier[]): void {
  if (!Array.isArray(notify)) fail(`"notify" is no array; give an array of notifiers, such as \`[slack({ url })]\`.`);
  if (notify.length > MAX_NOTIFIERS) fail(`"notify" has ${notify.length} notifiers; at most ${MAX_NOTIFIERS} are.`);
  const names = new Set<string>();
  for (const [i, notifier] of notify.entries()) {
    const path = `notify[${i}]`;
    checkNotifier(path, notifier);
    if (names.has(notifier.name)) {
      fail(
        `Two notifiers are called "${notifier.name}"; names tell them apart in health and errors, so give one another \`name\`.`,
      );
    }
    names.add(notifier.name);
  }
}

function checkNotifier(path: string, notifier: Notifier): void {
  if (typeof notifier !== 'object' || notifier === null || typeof notifier.send !== 'function') {
    fail(
      `"${path}" is no notifier: it has no function \`send\`. Give what \`slack()\`, \`webhook()\` or another maker returns.`,
    );
  }
  const { name, repeatEvery, timeout, rateLimit, only } = notifier;
  if (typeof name !== 'string' || !NAME.test(name)) {
    fail(`"${path}.name" is ${JSON.stringify(name)}; give letters, digits, ".", "_" and "-", at most 64.`);
  }
  checkSeconds(`${path}.repeatEvery`, repeatEvery, true);
  checkSeconds(`${path}.timeout`, timeout, true);
  if (rateLimit !== undefined && !(typeof rateLimit === 'number' && rateLimit > 0)) {
    fail(`"${path}.rateLimit" is ${String(rateLimit)}; give how many requests a second, above 0.`);
  }
  if (only !== undefined) labelMatcher(`${path}.only`, only);
}

/** Labels to group by. Throws `ERR_OPTION` for what is none. */
export function checkGroupBy(groupBy: readonly string[]): readonly string[] {
  if (Array.isArray(groupBy) && groupBy.every((label) => typeof label === 'string' && label !== ''))
    return [...new Set(groupBy)];
  return fail(
    `"groupBy" is ${JSON.stringify(groupBy)}; give the names of labels, such as \`['alertname', 'service_name']\`, or \`[]\` to tell everything together.`,
  );
}

/** Throws `ERR_OPTION` for what is no duration. */
export function checkSeconds(path: string, value: unknown, positive = false): void {
  if (value === undefined) return;
  if (typeof value === 'number' && (positive ? value > 0 : value >= 0) && value <= MAX_SECONDS) return;
  fail(
    `"${path}" is ${String(value)}; give a number of seconds, ${positive ? 'above 0' : '0 or more'} and at most ${MAX_SECONDS}.`,
  );
}

/** What every maker of a notifier takes. */
export interface NotifierOptions extends Pick<Notifier, 'repeatEvery' | 'resolved' | 'only' | 'timeout'> {
  /** Unique among the notifiers; shows in `health()` as `alerts-<name>`. Default: the receiver's own. */
  readonly name?: string;
}

const COMMON: readonly string[] = ['name', 'repeatEvery', 'resolved', 'only', 'timeout'];

/** Throws `ERR_OPTION` for options that `maker` does not have. */
export function checkNotifierOptions(maker: string, options: NotifierOptions, own: readonly string[]): void {
  if (typeof options !== 'object' || options === null) fail(`${maker}() takes an object of options.`);
  checkKeys(maker, options, [...own, ...COMMON]);
  if (options.resolved !== undefined && typeof options.resolved !== 'boolean') {
    fail(`"${maker}.resolved" is ${String(options.resolved)}; give true or false.`);
  }
}

/** The notifier with the options that all take. */
export function notifierOf(maker: string, options: NotifierOptions, notifier: Notifier): Notifier {
  const { name, repeatEvery, resolved, only, timeout } = options;
  const made: Notifier = {
    ...notifier,
    ...(name !== undefined && { name }),
    ...(repeatEvery !== undefined && { repeatEvery }),
    ...(resolved !== undefined && { resolved }),
    ...(only !== undefined && { only }),
    ...(timeout !== undefined && { timeout }),
  };
  checkNotifier(maker, made);
  return made;
}

function fail(message: string): never {
  throw new TelemetryError('ERR_OPTION', message);
}
