import { createRequire } from 'node:module';
import { type LoadPackage, packageLoader } from '@telltale/config';
import type { Telemetry } from '@telltale/core';
import { announcedPrometheus, type PrometheusMaker } from './announced-prometheus.ts';
import type { Announcement } from './announcement.ts';

type Module = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
/** What this package brings: copies that go with its core, also where the service has others. */
const OWN: ReadonlyMap<string, () => Module> = new Map([
  ['@telltale/core', (): Module => require('@telltale/core')],
  ['@telltale/exporter-otlp', (): Module => require('@telltale/exporter-otlp')],
  ['@telltale/exporter-prometheus', (): Module => require('@telltale/exporter-prometheus')],
]);

/** `dashboard()` of its package, as far as it is used here. */
type PageMaker = (
  telemetry: Telemetry,
  options?: object,
) => { listen(options?: object): Promise<{ readonly url: string }> };

/** Loads what configuration asks for, so that what serves says where. */
export function packagesFor(
  folders: readonly string[],
  announcement: Announcement,
  say: (message: string) => void,
): LoadPackage {
  const installed = packageLoader(folders);
  return (name) => {
    const module = OWN.get(name)?.() ?? installed(name);
    if (name === '@telltale/exporter-prometheus') {
      return { ...module, prometheus: announcedPrometheus(module.prometheus as PrometheusMaker, announcement) };
    }
    if (name === '@telltale/dashboard')
      return { ...module, dashboard: announcedPage(module.dashboard as PageMaker, say) };
    return module;
  };
}

function announcedPage(make: PageMaker, say: (message: string) => void): PageMaker {
  return (...args) => {
    const page = make(...args);
    return {
      listen: async (options) => {
        const listening = await page.listen(options);
        say(`the live page is at ${listening.url}`);
        return listening;
      },
    };
  };
}
