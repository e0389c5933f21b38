import { Component, type ComponentChildren, type VNode } from 'preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { LiveState } from '../live/live-state.ts';
import { AlertsView } from '../views/alerts-view.tsx';
import { ExportersView } from '../views/exporters-view.tsx';
import { MapView } from '../views/map-view.tsx';
import { OverviewView } from '../views/overview-view.tsx';
import { PoolsView } from '../views/pools-view.tsx';
import { QueuesView } from '../views/queues-view.tsx';
import { RoutesView } from '../views/routes-view.tsx';
import { RuntimeView } from '../views/runtime-view.tsx';
import { SeriesView } from '../views/series-view.tsx';
import { TracesView } from '../views/traces-view.tsx';
import { type Address, addressOf, hashOf, type ViewName } from './address.ts';
import { Empty } from './empty.tsx';
import { Header, SPANS } from './header.tsx';
import { Navigation, TITLES } from './navigation.tsx';
import { PageContext } from './page-context.ts';
import { useTheme } from './theme.ts';

const COMPONENTS: Readonly<Record<ViewName, () => VNode>> = {
  overview: OverviewView,
  routes: RoutesView,
  queues: QueuesView,
  pools: PoolsView,
  map: MapView,
  runtime: RuntimeView,
  traces: TracesView,
  exporters: ExportersView,
  series: SeriesView,
  alerts: AlertsView,
};

/** The whole page. */
export function App({ live }: { live: LiveState }): VNode {
  const [, update] = useReducer((times: number) => times + 1, 0);
  useEffect(() => live.subscribe(() => update(undefined)), [live]);
  const address = useAddress();
  const [span, setSpan] = useState(SPANS[0]!.seconds);
  const { theme, colours, setTheme } = useTheme();
  const { frame } = live;
  const View = COMPONENTS[address.view];
  const title = frame?.title ?? 'Telltale';
  useEffect(() => {
    document.title = `${TITLES[address.view]} · ${title}`;
  }, [address.view, title]);
  useClosingByEscape(address);
  return (
    <>
      <button type="button" class="button skip" onClick={() => document.getElementById('view')?.focus()}>
        Skip to the view
      </button>
      <Header live={live} address={address} span={span} setSpan={setSpan} theme={theme} setTheme={setTheme} />
      <Navigation address={address} frame={frame} />
      <main>
        <div id="view" role="tabpanel" aria-labelledby={`tab-${address.view}`} tabIndex={-1}>
          <h2>{TITLES[address.view]}</h2>
          {live.mode === 'refused' && (
            <Empty title="This page needs its token.">
              <button type="button" class="button" onClick={() => location.reload()}>
                Load again
              </button>{' '}
              and enter it, or open the address with <code>?token=</code> at its end.
            </Empty>
          )}
          {live.mode !== 'refused' && !frame && <Empty title="Waiting for the first numbers…" />}
          {frame && (
            <PageContext.Provider value={{ live, frame, address, span, theme: colours }}>
              <Boundary key={address.view}>
                <View />
              </Boundary>
            </PageContext.Provider>
          )}
        </div>
      </main>
    </>
  );
}

/** A view that cannot draw something leaves the others alone, and tries again with the next frame. */
class Boundary extends Component<{ children: ComponentChildren }, { error?: string }> {
  static override getDerivedStateFromError(error: unknown): { error: string } {
    return { error: String(error) };
  }

  render(): ComponentChildren {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Empty title="This view could not be drawn.">
        {this.state.error}{' '}
        <button type="button" class="button" onClick={() => this.setState({} as { error?: string })}>
          Try again
        </button>
      </Empty>
    );
  }
}

function useAddress(): Address {
  const [address, setAddress] = useState(() => addressOf(location.hash));
  useEffect(() => {
    const changed = () => setAddress(addressOf(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return address;
}

/** Esc closes what is open, and gives the focus back to the row that opened it. */
function useClosingByEscape(address: Address): void {
  useEffect(() => {
    const { open, ...closed } = address;
    if (open === undefined) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      const hash = hashOf(address);
      location.hash = hashOf(closed);
      requestAnimationFrame(() =>
        requestAnimationFrame(() =>
          document.querySelector<HTMLElement>(`#view a[href="${CSS.escape(hash)}"]`)?.focus(),
        ),
      );
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [address]);
}
