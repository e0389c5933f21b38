import type { VNode } from 'preact';
import type { AlertRow } from '../../../src/frame.ts';
import { ago, clockTime, count } from '../format.ts';
import { Empty } from '../shell/empty.tsx';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { type State, StateMark } from '../shell/state-mark.tsx';

const STATES = ['firing', 'pending', 'resolved'] as const;
const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
const TITLES = {
  firing: 'Firing',
  pending: 'Pending: true, but not yet for long enough',
  resolved: 'Resolved',
} as const;

/** Alerts by what has become of them. */
export function AlertsView(): VNode {
  const { frame, address } = usePage();
  if (!frame.alerts) {
    return (
      <Empty title="No alerts here.">
        dashboard(telemetry, {'{ alerts: alerts(telemetry) }'}) of @telltale/alerts shows them.
      </Empty>
    );
  }
  const mine = frame.alerts.filter(
    ({ labels }) => address.service === undefined || labels.service_name === address.service,
  );
  if (mine.length === 0) {
    return (
      <section class="card concerns" aria-label="Alerts">
        <p class="quiet">
          <StateMark state="ok">No alert is pending or firing</StateMark>
        </p>
      </section>
    );
  }
  return (
    <>
      {STATES.map((state) => {
        const rows = mine.filter((alert) => alert.state === state).sort(worstFirst);
        if (rows.length === 0) return null;
        return (
          <section key={state} class="card alerts" aria-label={TITLES[state]}>
            <h3>
              {TITLES[state]} <span class="table-count">{count(rows.length)}</span>
            </h3>
            <ul>
              {rows.map((alert) => (
                <Alert key={alert.id} alert={alert} />
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function worstFirst(a: AlertRow, b: AlertRow): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.since - a.since;
}

function Alert({ alert }: { alert: AlertRow }): VNode {
  const { live } = usePage();
  const mark: State = alert.state === 'resolved' ? 'ok' : alert.silenced ? 'idle' : alert.severity;
  return (
    <li class="alert">
      <StateMark state={mark}>
        {alert.severity}
        {alert.silenced && ', silenced'}
      </StateMark>
      <div class="alert-body">
        <h4>
          <Name text={alert.rule} wrap />
        </h4>
        <p>
          <Name text={alert.summary} wrap />
        </p>
        <p class="alert-since">
          since {clockTime(alert.since)}, {ago(alert.since, live.now())}
        </p>
        <ul class="labels">
          {Object.entries(alert.labels).map(([key, value]) => (
            <li key={key}>
              <Name text={`${key}=${value}`} />
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
