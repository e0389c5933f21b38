import type { Metric, MetricsSnapshot } from '@telltale/core';
import { SAMPLE_TIME, sampleResource } from '@telltale/testing';

export const RESOURCE = {
  attributes: { ...sampleResource.attributes, 'service.instance.id': 'task-7', 'cloud.region': 'europe-west1' },
};

type GivenMetric = { [M in Metric as M['type']]: Pick<M, 'type' | 'points'> & Partial<M> }[Metric['type']];

/** A snapshot with these metrics; what is not given is as simple as can be. */
export function snapshotOf(metrics: readonly GivenMetric[], time = SAMPLE_TIME): MetricsSnapshot {
  const whole = metrics.map((metric) => ({
    name: 'orders',
    description: '',
    unit: '',
    scope: { name: 'test' },
    resource: RESOURCE,
    temporality: 'cumulative',
    ...metric,
  }));
  return { time, resource: RESOURCE, metrics: whole as readonly Metric[] };
}

/** A point of a counter, up-down counter or gauge. */
export function numberPoint(value: number, attributes: Readonly<Record<string, string | number | boolean>> = {}) {
  return { attributes, startTime: SAMPLE_TIME - 60, time: SAMPLE_TIME, value };
}

export const timed = { attributes: {}, startTime: SAMPLE_TIME - 60, time: SAMPLE_TIME };
