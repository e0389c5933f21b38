import type { QueueObserver, Telemetry } from '@telltale/core';
import { Tracing } from './bullmq-telemetry.ts';
import { JobContext, matterOf } from './context.ts';
import { failSpan, MESSAGE_COUNT, MESSAGE_ID, startMessagingSpan } from './messaging-span.ts';
import { isObserved, markObserved } from './observed.ts';

/** A job of a flow that is to be added. */
interface FlowNode {
  readonly name: string;
  readonly queueName: string;
  readonly opts?: { readonly telemetry?: { readonly metadata?: string; readonly omitContext?: boolean } | undefined };
  readonly children?: readonly FlowNode[];
}

/** A job of a flow that was added. */
export interface AddedNode {
  readonly job: { readonly id?: string | undefined; readonly name: string; readonly queueName: string };
  readonly children?: readonly AddedNode[] | undefined;
}

/** What is needed of a BullMQ `FlowProducer`. */
export interface ObservableFlowProducer {
  readonly opts: { readonly telemetry?: unknown };
  add(...args: never[]): Promise<AddedNode>;
  addBulk(...args: never[]): Promise<AddedNode[]>;
}

/**
 * Counts the jobs that this flow producer puts into queues, each in its own. With `bullmqTelemetry` as its `telemetry` option, each call is one
 * `send` span, and all jobs belong to it, with or without `opts`. Returns the same flow producer; observing it again changes nothing.
 */
export function observeFlowProducer<F extends ObservableFlowProducer>(flows: F, telemetry: Telemetry): F {
  if (!telemetry.observes('job') || isObserved(flows.add)) return flows;
  const observer = new FlowObserver(flows, telemetry);
  const { add, addBulk } = flows as {
    add(flow: FlowNode, ...rest: unknown[]): Promise<AddedNode>;
    addBulk(all: readonly FlowNode[], ...rest: unknown[]): Promise<AddedNode[]>;
  };
  return Object.assign(flows, {
    add: markObserved(async (flow: FlowNode, ...rest: unknown[]) => {
      const added = await observer.send([flow], async ([own]) => [await add.call(flows, own as FlowNode, ...rest)]);
      return added[0];
    }),
    addBulk: (all: readonly FlowNode[], ...rest: unknown[]) =>
      observer.send(all, (own) => addBulk.call(flows, own, ...rest)),
  });
}

class FlowObserver {
  private readonly telemetry: Telemetry;
  private readonly tracing: Tracing | undefined;
  private readonly queues = new Map<string, QueueObserver>();

  constructor({ opts }: ObservableFlowProducer, telemetry: Telemetry) {
    this.telemetry = telemetry;
    this.tracing = opts.telemetry instanceof Tracing ? opts.telemetry : undefined;
  }

  async send(
    flows: readonly FlowNode[],
    add: (flows: readonly FlowNode[]) => Promise<AddedNode[]>,
  ): Promise<AddedNode[]> {
    const { tracing } = this;
    const added = await (tracing === undefined ? add(flows) : this.traced(tracing, flows, add));
    this.count(added);
    return added;
  }

  private async traced(
    { traces, spans }: Tracing,
    flows: readonly FlowNode[],
    add: (flows: readonly FlowNode[]) => Promise<AddedNode[]>,
  ): Promise<AddedNode[]> {
    const { telemetry } = this;
    const parent = telemetry.activeContext();
    const size = sizeOf(flows);
    const notes = traces.notesFor(parent, size);
    const hops = matterOf(parent)?.hops ?? 0;
    const span = startMessagingSpan(spans, 'send', onlyQueueOf(flows), onlyNameOf(flows), parent);
    span.setAttribute(MESSAGE_COUNT, size);
    try {
      const context = new JobContext(parent, span, undefined);
      const metadata = traces.metadata.write(context, notes);
      const ofParents = traces.metadata.write(context, { ...notes, children: true });
      // BullMQ gives its own metadata only to nodes with `opts`, and has one for all.
      const own = flows.map((flow) => carrying(flow, metadata, ofParents));
      const added = await telemetry.withContext(new JobContext(parent, span, { hops, silent: true }), () => add(own));
      const id = added.length === 1 ? added[0]?.job.id : undefined;
      if (id !== undefined) span.setAttribute(MESSAGE_ID, id);
      return added;
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  private count(nodes: readonly (AddedNode | undefined)[]): void {
    for (const node of nodes) {
      // A flow producer that is being closed adds nothing.
      if (node === undefined || node === null) continue;
      this.queueOf(node.job.queueName).enqueued(node.job.name);
      if (node.children !== undefined) this.count(node.children);
    }
  }

  private queueOf(name: string): QueueObserver {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = this.telemetry.queue(name);
      if (this.queues.size < MAX_QUEUES) this.queues.set(name, queue);
    }
    return queue;
  }
}

/** How many queues a flow producer remembers. */
const MAX_QUEUES = 1000;

function sizeOf(flows: readonly FlowNode[]): number {
  return flows.reduce((size, { children }) => size + 1 + (children === undefined ? 0 : sizeOf(children)), 0);
}

/** Empty for several. */
function onlyQueueOf(flows: readonly FlowNode[]): string {
  const [first] = flows;
  return first !== undefined && flows.every(({ queueName }) => queueName === first.queueName) ? first.queueName : '';
}

function onlyNameOf(flows: readonly FlowNode[]): string | undefined {
  return flows.length === 1 ? flows[0]?.name : undefined;
}

/** The flow with what its jobs carry, unless they carry something already or are to carry nothing. */
function carrying(node: FlowNode, metadata: string, ofParents: string): FlowNode {
  const { opts, children } = node;
  const isParent = children !== undefined && children.length > 0;
  const own = isParent ? { children: children.map((child) => carrying(child, metadata, ofParents)) } : {};
  const carried = isParent ? ofParents : metadata;
  const given = opts?.telemetry;
  if (carried === '' || given?.omitContext === true || given?.metadata !== undefined) return { ...node, ...own };
  return { ...node, ...own, opts: { ...opts, telemetry: { ...given, metadata: carried } } };
}
