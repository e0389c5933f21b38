import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOtlpBackend } from '@telltale-internal/backends';
import { describe, expect, it, onTestFinished } from 'vitest';
import { counterRequest } from './running-sidecar.test-support.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The command as a process of its own. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, NO_COLOR: '1', ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    child,
    ended,
    /** The address, when it listens. */
    listening: async (): Promise<string> => {
      for (;;) {
        const found = /Telltale takes OTLP over HTTP at (\S+)/.exec(stdout)?.[1];
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`it ended: ${stderr}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
  };
}

describe('telltale-sidecar', () => {
  it('takes, shows and sends on until SIGTERM, and then delivers what is left', async () => {
    const target = await openOtlpBackend({ headers: { 'x-key': 'k 1' } });
    onTestFinished(() => target.close());
    const { child, ended, listening } = run([
      '--port',
      '0',
      '--forward',
      target.url,
      '--forward-header',
      'x-key=k%201',
    ]);
    const url = await listening();
    for (let value = 1; value <= 5; value++) {
      const body = JSON.stringify(counterRequest({ 'service.name': 'shop' }, 'orders', [{ value, time: value }]));
      await fetch(`${url}/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    }
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('orders_total{service_name="shop"');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(target.totals().get('orders')).toBe(5);
    expect(target.server.complaints).toEqual([]);
  });

  it('is told by the environment, too', async () => {
    const { child, ended, listening } = run([], {
      TELLTALE_SIDECAR_PORT: '0',
      TELLTALE_SIDECAR_INTAKE_TOKEN: 'secret',
    });
    const url = await listening();
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  it('has its switches in the environment, too, and flags are stronger', async () => {
    const off = {
      TELLTALE_SIDECAR_PROMETHEUS: 'false',
      TELLTALE_SIDECAR_DASHBOARD: 'FALSE',
      TELLTALE_SIDECAR_ALERTS_LOG: '',
    };
    const sidecar = run(['--port', '0'], off);
    const url = await sidecar.listening();
    expect([(await fetch(`${url}/metrics`)).status, (await fetch(`${url}/`)).status]).toEqual([404, 404]);
    sidecar.child.kill('SIGTERM');
    expect((await sidecar.ended).code).toBe(0);

    const flagged = run(['--port', '0', '--no-prometheus'], { TELLTALE_SIDECAR_PROMETHEUS: 'true' });
    expect((await fetch(`${await flagged.listening()}/metrics`)).status).toBe(404);

    const wrong = await run(['--port', '0'], { TELLTALE_SIDECAR_ALERTS: 'no' }).ended;
    expect(wrong).toMatchObject({ code: 1, stderr: 'error: TELLTALE_SIDECAR_ALERTS is "no"; give true or false.\n' });
  });

  it('takes rules from a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'telltale-sidecar-')), 'rules.json');
    const rule = {
      name: 'NoOrders',
      when: { type: 'threshold', metric: 'orders', is: '<', value: 1 },
      summary: 'No orders',
    };
    await writeFile(file, JSON.stringify([rule]));
    const { listening } = run(['--port', '0', '--rules', file, '--no-default-rules', '--alerts-log']);
    await listening();
    await writeFile(file, JSON.stringify([{ ...rule, when: { ...rule.when, is: 'under' } }]));
    const refused = await run(['--port', '0', '--rules', file]).ended;
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('NoOrders')]);
    await writeFile(file, '{');
    const unread = await run(['--port', '0', '--rules', file]).ended;
    expect([unread.code, unread.stderr]).toEqual([1, expect.stringContaining(`The rules in ${file} cannot be read`)]);
  });

  it('says what is wrong, and the mend', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { readonly port: number };
    const errors = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await run(args).ended;
      expect(code).toBe(1);
      return stderr;
    };
    expect(await errors('--port', String(port))).toBe(
      `error: The sidecar cannot listen: port ${port} of 127.0.0.1 is taken, by another sidecar or an OpenTelemetry Collector; end that one, or choose another port.\n`,
    );
    expect(await errors('--forward', 'collector:4318')).toContain('begins with http://');
    expect(await errors('--prot', '1')).toContain('Did you mean --port?');
    expect(await errors('--forward-header', 'a=b', '--port', '0')).toContain(
      '--forward-header is given without --forward',
    );
  });

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help']).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318');
    expect(stdout).toMatchSnapshot();
  });
});
