import { duration } from './duration.ts';
import { prometheusLabel } from './prometheus-name.ts';
import type { PrometheusRulesOptions } from './prometheus-options.ts';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** Which services a target tells of, now and before. */
const CURRENT = 'telltale:target:current';
const PAST = 'telltale:target:past';
/** What is to be said of the series of a target, of those without `service_name` and of those with it. */
const TARGET = 'telltale:target:info';
/** Whose series were there at a time, so that one that was not began at 0 since then. */
const PRESENT = 'telltale:target:present';

const ON = 'on (job, instance, service_name)';

/** How series get the attributes of their service, which our exporter has in `target_info`. */
export class ServiceOf {
  /** Resource attributes that rules use besides `service.name`, as labels. */
  private readonly more = new Set<string>();
  private readonly source: NonNullable<PrometheusRulesOptions['service']>;

  constructor(source: NonNullable<PrometheusRulesOptions['service']>) {
    this.source = source;
  }

  /** The expression with these attributes of the service as labels, of services for which the `matchers` hold. */
  joined(expression: string, resourceAttributes: readonly string[], matchers = ''): string {
    if (this.source === 'label' || resourceAttributes.length === 0) return expression;
    const more = resourceAttributes.map(prometheusLabel).filter((label) => label !== 'service_name');
    for (const label of more) this.more.add(label);
    const product = `(${expression}) * ${ON} group_left (${['service', ...more].join(', ')}) ${TARGET}${matchers}`;
    return `label_replace(${product}, "service_name", "$1", "service", "(.+)")`;
  }

  /** To be put behind a vector: of it, what belongs to a service that was there `seconds` ago. */
  presentSince(seconds: number): string {
    return `and ${ON} ${PRESENT} offset ${duration(seconds)}`;
  }

  /** What the expressions above look at. `memory`: seconds for which a target that is gone is still known. */
  recordings(memory: number): readonly RecordingRule[] {
    const present = [
      'group by (job, instance, service_name) (target_info)',
      'group by (job, instance) (target_info)',
      'group by (job, instance) (up == 1)',
    ].join('\nor\n');
    if (this.source === 'label') return [{ record: PRESENT, expr: present }];
    const labels = ['job', 'instance', 'service_name', ...this.more].join(', ');
    const window = duration(memory);
    return [
      { record: CURRENT, expr: `group by (${labels}) (target_info)` },
      { record: PAST, expr: `group by (${labels}) (last_over_time(target_info[${window}]))` },
      { record: TARGET, expr: this.target(window) },
      { record: PRESENT, expr: present },
    ];
  }

  /** Each alternative after an `or` is for what those before know nothing of. */
  private target(window: string): string {
    const more = [...this.more].map((label) => `, ${label}`).join('');
    const named = (vector: string): string => `label_replace(${vector}, "service", "$1", "service_name", "(.+)")`;
    const either = `(${CURRENT} or ${ON} ${PAST})`;
    const others =
      more === ''
        ? [named(either)]
        : // Several instances of a service behind one target: what differs between them cannot be told.
          [
            named(`(${either} unless ${ON} (count by (job, instance, service_name) (${either}) > 1))`),
            `or ${ON} ${named(`(group by (job, instance, service_name) (${either}))`)}`,
          ];
    const only = (vector: string): string =>
      `group by (job, instance, service${more}) (${named(`(${vector} unless on (job, instance) (count by (job, instance) (${vector}) > 1))`)})`;
    // A target that tells of several services does not say which of them its series without a name belong to.
    const own =
      this.source === 'target_info'
        ? [`or ${ON} ${only(CURRENT)}`, `or ${ON} (${only(PAST)} unless on (job, instance) ${CURRENT})`]
        : [];
    const targets = `(group by (job, instance) (last_over_time(up[${window}])) or group by (job, instance) (last_over_time(target_info[${window}])))`;
    return [...others, ...own, `or ${ON} label_replace(${targets}, "service", "$1", "job", "(.+)")`].join('\n');
  }
}
