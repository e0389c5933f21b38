import type { VNode } from 'preact';
import { clockTime } from '../format.ts';
import type { Mode } from '../live/connection.ts';
import type { LiveState } from '../live/live-state.ts';
import { type Address, hashOf } from './address.ts';
import { Icon, Mark } from './icons.tsx';
import { Name } from './name.tsx';
import { type State, StateMark } from './state-mark.tsx';
import { THEMES, type Theme } from './theme.ts';

export const SPANS: readonly { readonly seconds: number; readonly name: string }[] = [
  { seconds: 300, name: '5 minutes' },
  { seconds: 900, name: '15 minutes' },
  { seconds: 3_600, name: '1 hour' },
];

const MODES: Readonly<Record<Mode, { readonly state: State; readonly words: string }>> = {
  connecting: { state: 'idle', words: 'connecting' },
  live: { state: 'ok', words: 'live' },
  polling: { state: 'info', words: 'polling' },
  reconnecting: { state: 'warning', words: 'reconnecting' },
  refused: { state: 'error', words: 'token needed' },
  off: { state: 'idle', words: 'paused' },
};

interface HeaderProps {
  readonly live: LiveState;
  readonly address: Address;
  readonly span: number;
  readonly setSpan: (seconds: number) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

/** Whose page this is, whether it is up to date, and what all views have in common. */
export function Header({ live, address, span, setSpan, theme, setTheme }: HeaderProps): VNode {
  const { frame } = live;
  const services = [...new Set(frame?.services.rows.map(({ service }) => service))].sort();
  if (address.service !== undefined && !services.includes(address.service)) services.push(address.service);
  const mode = MODES[live.mode];
  const stale = live.mode === 'reconnecting' && frame !== undefined;
  return (
    <header class="header">
      <div class="brand">
        <Mark />
        <h1>
          <Name text={frame?.title ?? 'Telltale'} />
        </h1>
      </div>
      <p class="connection" role="status">
        <StateMark state={mode.state}>{mode.words}</StateMark>
        {stale && <span class="stale">stale since {clockTime(live.heard)}</span>}
      </p>
      <div class="controls">
        <label class="field">
          <span>Service</span>
          <select
            value={address.service ?? ''}
            onChange={(event) => {
              const service = event.currentTarget.value;
              location.hash = hashOf({ view: address.view, ...(service === '' ? {} : { service }) });
            }}
          >
            <option value="">All</option>
            {services.map((service) => (
              <option key={service} value={service}>
                {service.length > 60 ? `${service.slice(0, 60)}…` : service}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Charts</span>
          <select value={String(span)} onChange={(event) => setSpan(Number(event.currentTarget.value))}>
            {SPANS.map(({ seconds, name }) => (
              <option key={seconds} value={String(seconds)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Theme</span>
          <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
            {THEMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" aria-pressed={live.paused} onClick={() => live.setPaused(!live.paused)}>
          <Icon name={live.paused ? 'play' : 'pause'} />
          <span>{live.paused ? 'Go on' : 'Pause'}</span>
        </button>
      </div>
    </header>
  );
}
