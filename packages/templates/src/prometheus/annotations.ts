import type { AlertRule, Condition } from '@telltale/alerts';
import type { OwnMetric } from '../target.ts';
import { duration } from './duration.ts';

/** What people are told, in Prometheus' language of templates. */
export function annotationsOf(
  { summary, description, runbook, when }: AlertRule,
  metricNamed: (name: string) => OwnMetric,
): Readonly<Record<string, string>> {
  const value = valueText(when, metricNamed);
  const text = (written: string): string =>
    written
      .split(/(\{\{\s*\w+\s*\}\})/)
      .map((part, i) => (i % 2 === 0 ? literally(part) : placeholder(part, value)))
      .join('');
  return {
    summary: text(summary),
    ...(description !== undefined && { description: text(description) }),
    ...(runbook !== undefined && { runbook_url: literally(runbook) }),
  };
}

function placeholder(written: string, value: string): string {
  const name = written.replace(/[{}\s]/g, '');
  return name === 'value' ? value : `{{ $labels.${name} }}`;
}

/** Braces that are no placeholder would be read as one. */
function literally(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function valueText(when: Condition, metricNamed: (name: string) => OwnMetric): string {
  switch (when.type) {
    case 'absence':
      return duration(when.over);
    case 'ratio':
    case 'burn-rate':
      return '{{ $value | humanizePercentage }}';
    case 'rate': {
      const metric = metricNamed(when.metric);
      const unit = metric.type === 'counter' ? metric.unit : '';
      return unit === 'By' ? '{{ $value | humanize1024 }}B/s' : '{{ $value | humanize }}/s';
    }
    case 'threshold':
    case 'percentile':
      return withUnit(metricNamed(when.metric));
  }
}

function withUnit({ name, type, unit }: OwnMetric): string {
  if (unit === 's') return '{{ $value | humanizeDuration }}';
  if (unit === 'By') return '{{ $value | humanize1024 }}B';
  if ((unit === '1' && type === 'gauge') || name.endsWith('.utilization')) return '{{ $value | humanizePercentage }}';
  return '{{ $value | humanize }}';
}
