import type { Alert } from '../alert.ts';
import type { AlertRule } from '../rule.ts';
import { filled } from './alert-text.ts';
import type { Verdict } from './condition.ts';
import { formatValue } from './format-value.ts';
import { fingerprintOf, type Group } from './group.ts';

/** Seconds for which what is over is still shown. */
const SHOWN_FOR = 900;

/** Both of one moment: durations are measured by the one that never goes back, people are told the other. */
export interface Instant {
  readonly now: number;
  /** Seconds since the Unix epoch. */
  readonly time: number;
}

interface State {
  readonly labels: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  phase: 'pending' | 'firing' | 'resolved';
  /** When the condition began to hold. */
  since: Instant;
  firedAt: number | undefined;
  resolvedAt: Instant | undefined;
  lastHeld: number;
  value: number | undefined;
  /** The value when the condition held last: what the alert is about. */
  heldValue: number | undefined;
  unit: string;
  /** What was over when this one began: shown again if nothing comes of it. */
  before: State | undefined;
}

/**
 * The alerts of one rule.
 *
 *             holds            held for `for`
 *   (nothing) ─────▶ pending ────────────────▶ firing ─┐ holds, or held within `keepFiringFor`
 *       ▲               │ does not hold          │  ▲──┘
 *       ├───────────────┘                        ▼
 *       └────────────── 15 minutes ────────── resolved
 */
export class AlertStates {
  private readonly rule: AlertRule;
  private readonly states = new Map<string, State>();

  constructor(rule: AlertRule) {
    this.rule = rule;
  }

  /** Whether an alert of the group is pending or firing. */
  isActive(key: string): boolean {
    const state = this.states.get(key);
    return state !== undefined && state.phase !== 'resolved';
  }

  update(group: Group, { holds, value }: Verdict, unit: string, instant: Instant): void {
    const { key } = group;
    let state = this.states.get(key);
    if (state === undefined || state.phase === 'resolved') {
      if (!holds) return;
      state = this.begun(group, unit, instant, state);
      this.states.set(key, state);
    }
    if (value !== undefined) state.value = value;
    if (holds) this.held(state, unit, instant);
    else this.ceased(key, state, instant);
  }

  /** Forgets what was over long ago. */
  tidy(now: number): void {
    for (const [key, { phase, resolvedAt }] of this.states) {
      if (phase === 'resolved' && now - (resolvedAt as Instant).now >= SHOWN_FOR) this.states.delete(key);
    }
  }

  clear(): void {
    this.states.clear();
  }

  *alerts(isSilenced: (labels: Readonly<Record<string, string>>) => boolean): Generator<Alert> {
    for (const state of this.states.values()) yield this.alertOf(state, isSilenced(state.labels));
  }

  private begun(group: Group, unit: string, since: Instant, before: State | undefined): State {
    const { name, severity = 'warning', labels: own } = this.rule;
    const labels = before?.labels ?? Object.freeze({ ...group.labels, ...own, alertname: name, severity });
    return {
      labels,
      fingerprint: before?.fingerprint ?? fingerprintOf(labels),
      phase: 'pending',
      since,
      firedAt: undefined,
      resolvedAt: undefined,
      lastHeld: since.now,
      value: undefined,
      heldValue: undefined,
      unit,
      before,
    };
  }

  private held(state: State, unit: string, { now, time }: Instant): void {
    state.lastHeld = now;
    state.heldValue = state.value;
    state.unit = unit;
    if (state.phase === 'pending' && now - state.since.now >= (this.rule.for ?? 0)) {
      state.phase = 'firing';
      state.firedAt = time;
      state.before = undefined;
    }
  }

  private ceased(key: string, state: State, instant: Instant): void {
    if (state.phase === 'pending') {
      if (state.before === undefined) this.states.delete(key);
      else this.states.set(key, state.before);
    } else if (instant.now - state.lastHeld >= (this.rule.keepFiringFor ?? 0)) {
      state.phase = 'resolved';
      state.resolvedAt = instant;
    }
  }

  private alertOf(state: State, silenced: boolean): Alert {
    const { name, severity = 'warning', summary, description, runbook } = this.rule;
    const { labels, fingerprint, phase, since, firedAt, resolvedAt, value, heldValue, unit } = state;
    const shown = heldValue === undefined ? undefined : formatValue(heldValue, unit);
    const text = (template: string): string => filled(template, labels, shown);
    return Object.freeze({
      fingerprint,
      rule: name,
      severity,
      state: phase,
      labels,
      summary: text(summary),
      ...(description !== undefined && { description: text(description) }),
      ...(runbook !== undefined && { runbook: text(runbook) }),
      ...(value !== undefined && { value }),
      since: since.time,
      ...(firedAt !== undefined && { firedAt }),
      ...(resolvedAt !== undefined && { resolvedAt: resolvedAt.time }),
      silenced,
    });
  }
}
