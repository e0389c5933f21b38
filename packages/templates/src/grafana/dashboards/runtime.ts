import type { DashboardSpec } from '../dashboard-of.ts';
import { graph } from '../panels.ts';
import type { Queries } from '../queries.ts';

const INSTANCE = ['instance'];

export function runtime(q: Queries): DashboardSpec {
  const max = (metric: string, by: readonly string[] = []) => q.now('max', metric, { by: [...INSTANCE, ...by] });
  const rate = (metric: string, by: readonly string[] = []) => q.rate(metric, { by: [...INSTANCE, ...by] });
  return {
    name: 'runtime',
    title: 'Runtime',
    description: 'Node and the machine; needs the option runtime: true.',
    rows: [
      {
        title: 'Event loop',
        panels: [
          graph({
            title: 'Utilization',
            about: 'nodejs.eventloop.utilization',
            unit: 'percentunit',
            max: 1,
            limits: [0.7, 0.9],
            lines: { '{{instance}}': max('nodejs.eventloop.utilization') },
          }),
          graph({
            title: 'Delay',
            about: 'nodejs.eventloop.delay.p99',
            unit: 's',
            limits: [0.05, 0.1],
            lines: {
              '{{instance}} p50': max('nodejs.eventloop.delay.p50'),
              '{{instance}} p99': max('nodejs.eventloop.delay.p99'),
              '{{instance}} max': max('nodejs.eventloop.delay.max'),
            },
          }),
          graph({
            title: 'Time by state',
            about: 'nodejs.eventloop.time',
            unit: 'percentunit',
            lines: {
              '{{instance}} {{nodejs_eventloop_state}}': rate('nodejs.eventloop.time', ['nodejs.eventloop.state']),
            },
          }),
          graph({
            title: 'What keeps it alive',
            about: 'v8js.resource.active',
            unit: 'short',
            lines: { '{{v8js_resource_type}}': q.now('sum', 'v8js.resource.active', { by: ['v8js.resource.type'] }) },
          }),
        ],
      },
      {
        title: 'Memory and garbage',
        panels: [
          graph({
            title: 'Heap',
            about: 'v8js.memory.heap.used',
            unit: 'bytes',
            lines: {
              '{{instance}} used': q.now('sum', 'v8js.memory.heap.used', { by: INSTANCE }),
              '{{instance}} of': q.now('sum', 'v8js.memory.heap.space.size', { by: INSTANCE }),
            },
          }),
          graph({
            title: 'Heap by space',
            about: 'v8js.memory.heap.used',
            unit: 'bytes',
            stacked: true,
            lines: {
              '{{v8js_heap_space_name}}': q.now('sum', 'v8js.memory.heap.used', { by: ['v8js.heap.space.name'] }),
            },
          }),
          graph({
            title: 'Time for garbage',
            about: 'v8js.gc.duration',
            unit: 'percentunit',
            lines: {
              '{{instance}} {{v8js_gc_type}}': q.volume('v8js.gc.duration', { by: [...INSTANCE, 'v8js.gc.type'] }),
            },
          }),
          graph({
            title: 'Memory of the process',
            about: 'process.memory.usage',
            unit: 'bytes',
            lines: { '{{instance}}': max('process.memory.usage') },
          }),
        ],
      },
      {
        title: 'CPU',
        panels: [
          graph({
            title: 'Process',
            about: 'process.cpu.time',
            hint: 'Cores in use: more than 100 % with several threads.',
            unit: 'percentunit',
            lines: { '{{instance}} {{process_cpu_state}}': rate('process.cpu.time', ['process.cpu.state']) },
          }),
          graph({
            title: 'Machine',
            about: 'system.cpu.utilization',
            unit: 'percentunit',
            max: 1,
            lines: {
              '{{instance}} {{system_cpu_state}}': q.now('avg', 'system.cpu.utilization', {
                by: [...INSTANCE, 'system.cpu.state'],
              }),
            },
          }),
        ],
      },
      {
        title: 'Machine',
        panels: [
          graph({
            title: 'Memory',
            about: 'system.memory.usage',
            unit: 'bytes',
            stacked: true,
            lines: { '{{instance}} {{system_memory_state}}': max('system.memory.usage', ['system.memory.state']) },
          }),
          graph({
            title: 'Network',
            about: 'system.network.io',
            unit: 'Bps',
            lines: {
              '{{network_interface_name}} {{network_io_direction}}': q.rate('system.network.io', {
                by: ['network.interface.name', 'network.io.direction'],
              }),
            },
          }),
          graph({
            title: 'Network, lost packets',
            about: 'system.network.packet.dropped',
            unit: 'ops',
            lines: {
              '{{network_interface_name}} dropped': q.rate('system.network.packet.dropped', {
                by: ['network.interface.name'],
              }),
              '{{network_interface_name}} errors': q.rate('system.network.errors', { by: ['network.interface.name'] }),
            },
          }),
          graph({
            title: 'Disks',
            about: 'system.disk.io',
            unit: 'Bps',
            lines: {
              '{{system_device}} {{disk_io_direction}}': q.rate('system.disk.io', {
                by: ['system.device', 'disk.io.direction'],
              }),
            },
          }),
          graph({
            title: 'Disks, time in use',
            about: 'system.disk.io_time',
            unit: 'percentunit',
            max: 1,
            lines: { '{{instance}} {{system_device}}': rate('system.disk.io_time', ['system.device']) },
          }),
          graph({
            title: 'File systems',
            about: 'system.filesystem.utilization',
            unit: 'percentunit',
            max: 1,
            limits: [0.8, 0.9],
            lines: {
              '{{instance}} {{system_filesystem_mountpoint}}': max('system.filesystem.utilization', [
                'system.filesystem.mountpoint',
              ]),
            },
          }),
        ],
      },
    ],
  };
}
