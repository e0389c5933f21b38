import type { Check } from '../inspection.ts';

/** `engines` of every package of Telltale. */
const LEAST = [22, 15];

export const nodeVersion: Check = {
  name: 'node-version',
  about: 'Node is older than 22.15, here or in the `FROM` of a Dockerfile',
  run: ({ node, project }) => {
    const here = { version: node, where: 'this machine' };
    const images = project.starts.flatMap(({ text, where }) => {
      const version = /^\s*FROM\s+(?:\S*\/)?node:(\d+(?:\.\d+)?)/i.exec(text)?.[1];
      return version === undefined ? [] : [{ version, where }];
    });
    return [here, ...images]
      .filter(({ version }) => isOlder(version))
      .map(({ version, where }) => ({
        level: 'problem',
        message: `Node ${version} (${where}) is too old for Telltale.`,
        mend: `Use Node ${LEAST.join('.')} or later.`,
      }));
  },
};

/** A tag such as `22` is the newest 22. */
function isOlder(version: string): boolean {
  const [major = 0, minor = Number.POSITIVE_INFINITY] = version.split('.').map(Number);
  return major < LEAST[0]! || (major === LEAST[0] && minor < LEAST[1]!);
}
