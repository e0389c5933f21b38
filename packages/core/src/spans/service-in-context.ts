import { type Context, createContextKey } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';

const SERVICE = createContextKey('Telltale service');

/** The service whose operation is active in a context whose spans are not ours; `undefined`: the telemetry's own. */
export function serviceIn(context: Context): Resource | undefined {
  return context.getValue(SERVICE) as Resource | undefined;
}

/** The context as one of this service. */
export function withService(context: Context, service: Resource | undefined): Context {
  return serviceIn(context) === service ? context : context.setValue(SERVICE, service);
}
