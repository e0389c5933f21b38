import type { Severity } from './rule.ts';

/** One alert: a rule, for one combination of labels. */
export interface Alert {
  /** The same for the same labels, in every process. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: 'pending' | 'firing' | 'resolved';
  /** `alertname`, `severity`, the rule's own and those of `by`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description?: string;
  readonly runbook?: string;
  /** What the condition was last evaluated to; missing for an absence. */
  readonly value?: number;
  /** Seconds since the Unix epoch: when the condition began to hold (`pending`), when it fired. */
  readonly since: number;
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** A silence covers it: it is evaluated and shown, but nobody is told. */
  readonly silenced: boolean;
}
