import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { TraceDetail } from '../../../src/frame.ts';
import { plural, seconds } from '../format.ts';
import { hashOf } from '../shell/address.ts';
import { Icon } from '../shell/icons.tsx';
import { Name } from '../shell/name.tsx';

type Span = TraceDetail['spans'][number];

/** More only on demand: a browser draws thousands of rows slowly. */
const FIRST_SPANS = 300;

/** Deeper is not indented further, or there would be no room for names. */
const MAX_INDENT = 12;

/** Spans in the order of their tree, each a bar on the same axis of time; one opens to what it carries. */
export function Waterfall({ trace }: { trace: TraceDetail }): VNode {
  const [all, setAll] = useState(false);
  const spans = all ? trace.spans : trace.spans.slice(0, FIRST_SPANS);
  const services = [...new Set(trace.spans.map(({ service }) => service))];
  // What is awaited after the root has ended makes a trace longer than its first span.
  const total = Math.max(trace.seconds, ...spans.map(({ offset, seconds }) => offset + seconds), 1e-9);
  return (
    <div class="waterfall">
      <div class="axis" aria-hidden="true">
        <span class="axis-name">{plural(services.length, 'service')}</span>
        <div class="axis-ticks">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <span key={share}>{seconds(total * share)}</span>
          ))}
        </div>
      </div>
      <ol>
        {spans.map((span) => (
          <SpanRow key={span.spanId} span={span} total={total} tint={services.indexOf(span.service) % 6} />
        ))}
      </ol>
      {spans.length < trace.spans.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          Show {plural(trace.spans.length - spans.length, 'more span')}
        </button>
      )}
    </div>
  );
}

function SpanRow({ span, total, tint }: { span: Span; total: number; tint: number }): VNode {
  const [open, setOpen] = useState(false);
  const failed = span.status === 'error';
  return (
    <li class={failed ? 'span span-failed' : 'span'}>
      <button
        type="button"
        class="span-row"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        style={{
          '--depth': String(Math.min(span.depth, MAX_INDENT)),
          '--offset': String(clamped(span.offset / total)),
          '--length': String(clamped(span.seconds / total)),
        }}
      >
        <span class="span-name">
          {failed && <Icon name="error" />}
          {failed && <span class="unseen">failed: </span>}
          <Name text={span.name} />
          <small>
            <Name text={span.service} />
          </small>
        </span>
        <span class="span-track" aria-hidden="true">
          <span class={`span-bar tint-${tint}`} />
          {span.events.map((event, i) => (
            <span key={i} class="span-event" style={{ '--offset': String(clamped(event.offset / total)) }} />
          ))}
        </span>
        <span class="span-time">{seconds(span.seconds)}</span>
      </button>
      {open && <SpanDetail span={span} />}
    </li>
  );
}

function SpanDetail({ span }: { span: Span }): VNode {
  return (
    <div class="span-detail">
      {span.message && (
        <p class="span-message">
          <Name text={span.message} wrap />
        </p>
      )}
      <Attributes
        attributes={{
          kind: span.kind,
          status: span.status,
          starts: `${seconds(span.offset)} after the first span`,
          'span id': span.spanId,
          ...span.attributes,
        }}
      />
      {span.events.length > 0 && (
        <>
          <h4>Events</h4>
          <ol class="events">
            {span.events.map((event, i) => (
              <li key={i}>
                <p>
                  <strong>
                    <Name text={event.name} wrap />
                  </strong>{' '}
                  at {seconds(event.offset)}
                </p>
                <Attributes attributes={event.attributes} />
              </li>
            ))}
          </ol>
        </>
      )}
      {span.links.length > 0 && (
        <>
          <h4>Links</h4>
          <ul class="links">
            {span.links.map(({ traceId, spanId }) => (
              <li key={`${traceId} ${spanId}`}>
                <a href={hashOf({ view: 'traces', open: traceId })}>
                  <Name text={traceId} wrap />
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Attributes({ attributes }: { attributes: Readonly<Record<string, string>> }): VNode | null {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return null;
  return (
    <dl class="attributes">
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt>
            <Name text={key} wrap />
          </dt>
          <dd>
            <Name text={value} wrap />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function clamped(share: number): number {
  return Math.max(0, Math.min(1, share));
}
