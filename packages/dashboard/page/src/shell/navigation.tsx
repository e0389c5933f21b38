import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Frame } from '../../../src/frame.ts';
import { count } from '../format.ts';
import { type Address, hashOf, VIEWS, type ViewName } from './address.ts';

export const TITLES: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  routes: 'Routes',
  queues: 'Queues and workers',
  pools: 'Pools',
  map: 'Service map',
  runtime: 'Runtime',
  traces: 'Traces',
  exporters: 'Exporters',
  series: 'Series budget',
  alerts: 'Alerts',
};

/** The views as tabs: arrow keys go from one to the next, Tab goes on to the view. */
export function Navigation({ address, frame }: { address: Address; frame: Frame | undefined }): VNode {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Where the tabs are a row that scrolls.
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [address.view]);
  const go = (event: KeyboardEvent) => {
    const tabs = [...(list.current?.querySelectorAll<HTMLAnchorElement>('[role=tab]') ?? [])];
    const at = tabs.indexOf(document.activeElement as HTMLAnchorElement);
    const next = target(event.key, at, tabs.length);
    if (next === undefined || at < 0) return;
    event.preventDefault();
    tabs[next]?.focus();
    tabs[next]?.click();
  };
  return (
    <nav class="tabs" aria-label="Views">
      <div role="tablist" aria-label="Views" ref={list} onKeyDown={go}>
        {VIEWS.map((view) => {
          const selected = view === address.view;
          const badge = frame && badgeOf(view, frame);
          return (
            <a
              key={view}
              id={`tab-${view}`}
              role="tab"
              class="tab"
              href={hashOf({ view, ...(address.service === undefined ? {} : { service: address.service }) })}
              aria-selected={selected}
              aria-controls={selected ? 'view' : undefined}
              tabIndex={selected ? 0 : -1}
            >
              <span>{TITLES[view]}</span>
              {badge && (
                <span class={badge.wrong ? 'badge badge-wrong' : 'badge'}>
                  {count(badge.count)}
                  <span class="unseen"> {badge.what}</span>
                </span>
              )}
            </a>
          );
        })}
      </div>
    </nav>
  );
}

function target(key: string, at: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return (at + 1) % length;
    case 'ArrowUp':
    case 'ArrowLeft':
      return (at - 1 + length) % length;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}

function badgeOf(view: ViewName, frame: Frame): { count: number; what: string; wrong: boolean } | undefined {
  const wrong = (count: number, what: string) => (count > 0 ? { count, what, wrong: true } : undefined);
  switch (view) {
    case 'alerts':
      return wrong(
        frame.alerts?.filter(({ state, silenced }) => state === 'firing' && !silenced).length ?? 0,
        'firing',
      );
    case 'exporters':
      return wrong(frame.exporters.filter(({ status }) => status === 'failing').length, 'failing');
    case 'series':
      return wrong(frame.series.overflows.length, 'overflows');
    case 'traces':
      return frame.traces === 'off' || frame.traces.length === 0
        ? undefined
        : { count: frame.traces.length, what: 'slow or failed', wrong: false };
    default:
      return undefined;
  }
}
