export type { ReceivedItems, ReceiverHealth } from './receiver.ts';
export { createSidecar, type Sidecar, startSidecar } from './sidecar.ts';
export type { SidecarOptions } from './sidecar-options.ts';
export type { SidecarLimits } from './store/limits.ts';
