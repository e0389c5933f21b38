import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TraceDetail } from '../../../src/frame.ts';
import { clockTime, count, plural, seconds } from '../format.ts';
import { fetchTrace } from '../live/browser-parts.ts';
import { Refused } from '../live/connection.ts';
import { hashOf } from '../shell/address.ts';
import { Empty } from '../shell/empty.tsx';
import { Facts } from '../shell/facts.tsx';
import { Icon } from '../shell/icons.tsx';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { Waterfall } from './waterfall.tsx';

type Loaded = { readonly trace: TraceDetail | undefined } | { readonly problem: string };

/** One trace, fetched when it is opened. */
export function TraceView({ traceId }: { traceId: string }): VNode {
  const { address } = usePage();
  const { open, ...closed } = address;
  const [loaded, setLoaded] = useState<Loaded>();
  const [tries, setTries] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    const abort = new AbortController();
    fetchTrace(traceId, abort.signal).then(
      (trace) => setLoaded({ trace }),
      (error: unknown) => {
        if (!abort.signal.aborted)
          setLoaded({ problem: error instanceof Refused ? 'It needs a token.' : String(error) });
      },
    );
    return () => abort.abort();
  }, [traceId, tries]);

  let body: ComponentChildren;
  if (!loaded) body = <Empty title="Fetching the trace…" />;
  else if ('problem' in loaded) {
    body = (
      <Empty title="The trace could not be fetched.">
        {loaded.problem}{' '}
        <button
          type="button"
          class="button"
          onClick={() => {
            setLoaded(undefined);
            setTries(tries + 1);
          }}
        >
          Try again
        </button>
      </Empty>
    );
  } else if (!loaded.trace) {
    body = (
      <Empty title="The service keeps this trace no longer.">Only the newest slow and failed ones are kept.</Empty>
    );
  } else body = <Trace trace={loaded.trace} />;

  return (
    <section class="card detail trace" aria-label="Trace">
      <div class="detail-head">
        <a class="button" href={hashOf(closed)}>
          <Icon name="back" />
          All traces
        </a>
        <h3 ref={heading} tabIndex={-1}>
          Trace <Name text={traceId} wrap />
        </h3>
      </div>
      {body}
    </section>
  );
}

function Trace({ trace }: { trace: TraceDetail }): VNode {
  const failed = trace.spans.filter(({ status }) => status === 'error').length;
  const services = new Set(trace.spans.map(({ service }) => service));
  return (
    <>
      <Facts
        facts={[
          ['started', clockTime(trace.start)],
          ['took', seconds(trace.seconds)],
          ['spans', count(trace.spans.length)],
          ['services', count(services.size)],
          ['failed', failed > 0 ? <StateMark state="error">{plural(failed, 'span')}</StateMark> : 'none'],
          ...(trace.dropped > 0 ? [['left out', plural(trace.dropped, 'span')] as const] : []),
        ]}
      />
      <Waterfall trace={trace} />
    </>
  );
}
