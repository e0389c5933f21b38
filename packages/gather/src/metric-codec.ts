import type { MetricDescriptor, MetricType, Resource } from '@telltale/core';
import { decodeAttributes, encodeAttributes, list, number, numbers, text } from './point-codec.ts';

/** A metric without its points. */
export interface MetricHead extends Omit<MetricDescriptor, 'resource'> {
  readonly type: MetricType;
  /** Of histograms with explicit buckets; of all others, none. */
  readonly boundaries: readonly number[];
}

export interface NumberedMetric {
  readonly number: number;
  readonly head: MetricHead;
  readonly resource: Resource['attributes'];
}

const TYPES: readonly string[] = ['counter', 'upDownCounter', 'gauge', 'histogram', 'exponentialHistogram', 'summary'];

type Encodable = MetricDescriptor & { readonly type: MetricType; readonly boundaries?: readonly number[] };

export function encodeMetric(number: number, metric: Encodable): readonly unknown[] {
  const { name, description, unit, scope, type, boundaries = [], resource } = metric;
  return [
    ...[number, name, description, unit, type, boundaries],
    ...[scope.name, scope.version, scope.schemaUrl, encodeAttributes(resource.attributes)],
    scope.attributes && encodeAttributes(scope.attributes),
  ];
}

/** Throws for what no process of ours sends. */
export function decodeMetric(encoded: unknown): NumberedMetric {
  const [id, name, description, unit, type, boundaries, ...origin] = list(encoded);
  const [scope, version, schemaUrl, resource, scopeAttributes] = origin;
  if (!TYPES.includes(text(type))) throw new Error(`the metric type ${String(type)}`);
  return {
    number: number(id),
    head: {
      name: text(name),
      description: text(description),
      unit: text(unit),
      type: type as MetricType,
      boundaries: Object.freeze(numbers(boundaries)),
      scope: Object.freeze({
        name: text(scope),
        ...(version !== undefined && { version: text(version) }),
        ...(schemaUrl !== undefined && { schemaUrl: text(schemaUrl) }),
        ...(scopeAttributes !== undefined && { attributes: decodeAttributes(scopeAttributes) }),
      }),
    },
    resource: decodeAttributes(resource),
  };
}
