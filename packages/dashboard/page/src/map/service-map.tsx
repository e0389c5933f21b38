import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CallRow } from '../../../src/frame.ts';
import { percent, rate, seconds } from '../format.ts';
import { hashOf, isOpen } from '../shell/address.ts';
import { usePage } from '../shell/page-context.ts';
import { errorShare, isFailing } from '../views/error-share.ts';
import { LABEL, type MapArrow, mapLayout, NODE } from './map-layout.ts';

/** More arrows than this are no picture; the table has them all. */
export const MAX_ARROWS = 60;

const MAX_NAME = 18;

/** Who calls whom. An arrow is a link to its operations. */
export function ServiceMap({ calls }: { calls: readonly CallRow[] }): VNode {
  const { frame, address } = usePage();
  const direction = useDirection();
  // The busiest; drawn in the order of their ids, so that the picture stays when rates change.
  const drawn = [...calls]
    .sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.count - a.count)
    .slice(0, MAX_ARROWS)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const shape = JSON.stringify(drawn.map(({ id, from, to }): MapArrow => ({ id, from, to })));
  const layout = useMemo(() => mapLayout(JSON.parse(shape) as MapArrow[], direction), [shape, direction]);
  const rows = new Map(drawn.map((row) => [row.id, row]));
  const services = new Map(frame.services.rows.map((row) => [row.service, row]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
    <section class="map" aria-label="Map" tabIndex={0}>
      <svg
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        width={layout.width}
        height={layout.height}
        style={{ '--natural': `${layout.width}px` }}
        aria-label="Arrows between services"
      >
        <defs>
          {['calm', 'failing', 'current'].map((kind) => (
            <marker
              key={kind}
              id={`arrow-${kind}`}
              class={`arrow-head arrow-${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 0 8 4 0 8Z" />
            </marker>
          ))}
        </defs>
        {layout.arrows.map(({ id, path, label }) => {
          const row = rows.get(id);
          if (!row) return null;
          const failing = isFailing(row);
          // What is seen is part of what is said.
          const detail = `${failing ? '▲ ' : ''}${percent(errorShare(row))} err · p95 ${seconds(row.p95)}`;
          const kind = isOpen(address.open, id) ? 'current' : failing ? 'failing' : 'calm';
          return (
            <a
              key={id}
              class={`arrow arrow-${kind}`}
              href={hashOf({ ...address, open: id })}
              aria-label={`${row.from} calls ${row.to}${row.protocol && `, ${row.protocol}`}: ${rate(row.rate)} ${detail}`}
            >
              <path class="arrow-hit" d={path} />
              <path class="arrow-line" d={path} stroke-width={thickness(row.rate)} marker-end={`url(#arrow-${kind})`} />
              <g transform={`translate(${label.x - LABEL.width / 2} ${label.y - LABEL.height / 2})`}>
                <rect class="arrow-label" width={LABEL.width} height={LABEL.height} rx="4" />
                <text x={LABEL.width / 2} y="15">
                  {rate(row.rate)}
                </text>{' '}
                <text class="arrow-small" x={LABEL.width / 2} y="29">
                  {detail}
                </text>
              </g>
            </a>
          );
        })}
        {layout.nodes.map(({ name, x, y }) => {
          const service = services.get(name);
          return (
            <g
              key={name}
              class={service ? 'node' : 'node node-outside'}
              transform={`translate(${x - NODE.width / 2} ${y - NODE.height / 2})`}
            >
              <title>{name}</title>
              <rect width={NODE.width} height={NODE.height} rx="6" />
              <text x={NODE.width / 2} y="21">
                {shortened(name)}
              </text>
              <text class="node-small" x={NODE.width / 2} y="37">
                {service ? `${rate(service.requests.rate)} requests` : 'not observed'}
              </text>
            </g>
          );
        })}
      </svg>
    </section>
  );
}

/** Thicker is busier: one pixel more for ten times as much. */
function thickness(perSecond: number | null): number {
  return 1.25 + Math.max(0, Math.min(3, Math.log10((perSecond ?? 0) + 1)));
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length > MAX_NAME ? `${letters.slice(0, MAX_NAME - 1).join('')}…` : name;
}

/** From left to right where there is room, else from top to bottom. */
function useDirection(): 'LR' | 'TB' {
  const [query] = useState(() => matchMedia('(max-width: 60rem)'));
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const changed = () => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [query]);
  return narrow ? 'TB' : 'LR';
}
