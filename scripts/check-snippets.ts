// Checks that the examples in READMEs are the files of apps/demo/src/snippets, which are type-checked; `--write` puts them there.
// A README says which with `<!-- snippet: express.ts -->` on the line before a ```ts block.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = 'apps/demo/src/snippets';
const MARK = /^<!-- snippet: (\S+) -->$/gm;
const BLOCK = /^<!-- snippet: (\S+) -->\n+```ts\n([\s\S]*?)^```$/gm;

const snippets = new Map(
  globSync('*.ts', { cwd: join(root, folder) }).map((name) => [name, readFileSync(join(root, folder, name), 'utf8')]),
);
const readmes = globSync('{.,packages/*,packages/exporters/*,apps/*,bench}/README.md', { cwd: root });
const write = process.argv.includes('--write');
const used = new Set<string>();
const problems: string[] = [];

for (const file of readmes) {
  const text = readFileSync(join(root, file), 'utf8');
  const marks = [...text.matchAll(MARK)].length;
  const blocks = [...text.matchAll(BLOCK)];
  if (marks !== blocks.length) problems.push(`${file}: a "snippet:" mark has no \`\`\`ts block after it`);
  for (const [, name = '', block] of blocks) {
    const snippet = snippets.get(name);
    used.add(name);
    if (snippet === undefined) problems.push(`${file}: there is no ${folder}/${name}`);
    else if (snippet !== block && !write) {
      problems.push(
        `${file}: the example ${name} differs from ${folder}/${name}; run: node scripts/check-snippets.ts --write`,
      );
    }
  }
  if (!write) continue;
  const written = text.replace(BLOCK, (whole, name: string) => {
    const snippet = snippets.get(name);
    return snippet === undefined ? whole : `<!-- snippet: ${name} -->\n\`\`\`ts\n${snippet}\`\`\``;
  });
  if (written !== text) writeFileSync(join(root, file), written);
}

for (const name of snippets.keys()) {
  if (!used.has(name)) problems.push(`no README has the example ${folder}/${name}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${used.size} examples in ${readmes.length} READMEs are the ones that are type-checked`);
