// Checks what would be published: packs every public package, then runs publint and attw on the tarballs.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'telltale-pack-'));
try {
  execFileSync('pnpm', ['--recursive', '--filter', './packages/**', 'pack', '--pack-destination', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const tarball of readdirSync(folder)) {
    for (const command of [
      ['publint', 'run', join(folder, tarball), '--strict'],
      ['attw', join(folder, tarball), '--profile', 'esm-only', '--format', 'table-flipped', '--no-emoji'],
    ]) {
      const { status, stdout, stderr } = spawnSync(command[0] as string, command.slice(1), {
        cwd: root,
        encoding: 'utf8',
      });
      if (status === 0) continue;
      console.error(`${command[0]} rejects ${tarball}\n${stdout}${stderr}`);
      process.exitCode = 1;
    }
    console.log(`checked ${tarball}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
