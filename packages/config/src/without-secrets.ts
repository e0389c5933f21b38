import { type IntegrationType, integrationOf } from './integrations/integrations.ts';
import { isSecret } from './integrations/secret.ts';
import type { TelltaleConfig } from './telltale-config.ts';
import { isHidden } from './validate/found-text.ts';
import type { Path } from './validate/path-text.ts';

/** What stands in the place of one. */
const HIDDEN = '(not shown)';

/** The configuration for people: what is a secret, or may have one in it as a URL can, is not in it. */
export function withoutSecrets(config: TelltaleConfig): TelltaleConfig {
  const { exporters, ...rest } = config;
  return {
    ...(hide(rest, [], () => false) as Omit<TelltaleConfig, 'exporters'>),
    ...(exporters !== undefined && {
      exporters: exporters.map((entry) => {
        const { shape } = integrationOf(entry.type as IntegrationType).config;
        const isMarked = ([section, key]: Path): boolean => {
          const schema =
            section === 'config' && typeof key === 'string' && Object.hasOwn(shape, key) ? shape[key] : undefined;
          return schema !== undefined && isSecret(schema);
        };
        return hide(entry, [], isMarked) as typeof entry;
      }),
    }),
  };
}

function hide(value: unknown, path: Path, isMarked: (path: Path) => boolean): unknown {
  if (Array.isArray(value)) return value.map((one, i) => hide(one, [...path, i], isMarked));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hide(one, [...path, key], isMarked)]));
  }
  return isHidden(value, path, isMarked(path)) ? HIDDEN : value;
}
