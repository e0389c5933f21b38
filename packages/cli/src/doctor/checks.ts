import { configuration } from './checks/configuration.ts';
import { copies } from './checks/copies.ts';
import { environment } from './checks/environment.ts';
import { exporters } from './checks/exporters.ts';
import { middlewareOrder } from './checks/middleware-order.ts';
import { noPackage } from './checks/no-package.ts';
import { nodeVersion } from './checks/node-version.ts';
import { notObserved } from './checks/not-observed.ts';
import { observedByHand } from './checks/observed-by-hand.ts';
import { observedTwice } from './checks/observed-twice.ts';
import { otherMetrics } from './checks/other-metrics.ts';
import { peers } from './checks/peers.ts';
import { sources } from './checks/sources.ts';
import { spansWanted } from './checks/spans-wanted.ts';
import { telemetryModule } from './checks/telemetry-module.ts';
import { unsupported } from './checks/unsupported.ts';
import { unusedAdapters } from './checks/unused-adapters.ts';
import { versions } from './checks/versions.ts';
import type { Check } from './inspection.ts';

/** All checks, in the order of their findings. */
export const CHECKS: readonly Check[] = [
  noPackage,
  nodeVersion,
  peers,
  copies,
  versions,
  unsupported,
  notObserved,
  unusedAdapters,
  observedByHand,
  observedTwice,
  middlewareOrder,
  telemetryModule,
  exporters,
  spansWanted,
  configuration,
  environment,
  otherMetrics,
  sources,
];
