// How every package is built, run in its folder: each entry of its exports map and each of its programs in one file, because a service
// that starts waits for each file it loads. What is imported by name stays an import. Entries share no file: what both need is in both, so
// only one of them may hold state (scripts/check-dependencies.ts). The types are the compiler's.
import { readFileSync } from 'node:fs';

const { exports = {}, bin = {}, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = [
  ...Object.entries(exports).map(([path, source]) => [source, publishConfig.exports[path].default]),
  ...Object.entries(bin).map(([name, source]) => [source, publishConfig.bin[name]]),
].filter(([source]) => source.endsWith('.ts'));

// Builders of plain data, of which a part is used: built in, as 12 MB of dependency are too much for it (packages/templates/THIRD-PARTY.md).
const isBuiltIn = (id) => /^@grafana\/grafana-foundation-sdk\/|^tslib$/.test(id);

export default entries.map(([input, file], i) => ({
  input,
  platform: 'node',
  external: (id) => /^[^./]/.test(id) && !isBuiltIn(id),
  // They are built one after the other.
  output: {
    dir: 'dist',
    entryFileNames: file.slice('./dist/'.length),
    format: 'esm',
    sourcemap: true,
    cleanDir: i === 0,
  },
}));
