import type { SeriesAttributes } from '@telltale/core';
import type { Gauge } from './gauge.ts';
import { JobLive, QueueLive } from './job-rows.ts';
import { attributeOf, type Bindings, type Place } from './place.ts';
import { nameOf } from './row-table.ts';
import { TrackedRate, TrackedValue } from './tracked-numbers.ts';
import { TrackedTraffic, type TrafficTarget } from './tracked-traffic.ts';

/** Jobs and queues of Telltale, and what OpenTelemetry's conventions have of messages that are processed. */
export function jobBindings(place: Place): Bindings {
  const { slots, forms, tables, service } = place;
  const queueOf = (attributes: SeriesAttributes): string =>
    nameOf(attributeOf(attributes, 'job.queue', 'messaging.destination.name', 'messaging.destination.template'), '');
  const queue = (attributes: SeriesAttributes): QueueLive => {
    const name = queueOf(attributes);
    return tables.queues.get([service.name, name], (id) => new QueueLive(id, service.name, name, slots));
  };
  const job = (attributes: SeriesAttributes): JobLive => {
    const names = {
      service: service.name,
      queue: queueOf(attributes),
      job: nameOf(attributeOf(attributes, 'job.name', 'messaging.operation.name'), 'process'),
    };
    return tables.jobs.get(
      [names.service, names.queue, names.job],
      (id) => new JobLive(id, names, slots, tables.jobs.hasRoom),
    );
  };
  const of = (failed: (attributes: SeriesAttributes) => boolean) => () =>
    new TrackedTraffic(
      forms,
      (attributes): TrafficTarget => ({
        traffics: [job(attributes).traffic, service.jobs],
        failed: failed(attributes),
      }),
    );
  const gauge = (choose: (row: QueueLive) => Gauge) => () =>
    new TrackedValue((attributes) => choose(queue(attributes)).set);
  return {
    'job.duration': of((attributes) => attributes['job.outcome'] === 'failed'),
    'messaging.process.duration': of((attributes) => attributes['error.type'] !== undefined),
    'job.wait.duration': () =>
      new TrackedTraffic(forms, (attributes) => ({ traffics: [job(attributes).wait], failed: false })),
    'job.active': () =>
      new TrackedValue((attributes) => {
        const { active } = job(attributes);
        return (value) => {
          active.set(value);
          service.activeJobs.set(value);
        };
      }),
    'job.retries': () => new TrackedRate((attributes) => job(attributes).retries),
    'job.stalled': () => new TrackedRate((attributes) => queue(attributes).stalled),
    'queue.depth': () =>
      new TrackedValue(
        (attributes) => queue(attributes).depthOf(nameOf(attributeOf(attributes, 'job.state'), 'waiting'))?.set,
      ),
    'queue.oldest_job.age': gauge(({ oldest }) => oldest),
    'queue.workers': gauge(({ workers }) => workers),
    'queue.paused': gauge(({ paused }) => paused),
    'queue.overdue': gauge(({ overdue }) => overdue),
  };
}
