import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { createTelemetry, type ExportError } from '@telltale/core';
import { contextOf, sampleSnapshot, sampleSpans } from '@telltale/testing';
import { type OtlpGrpcBackendOptions, openOtlpGrpcBackend } from '@telltale-internal/backends';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type OtlpOptions, otlp } from './index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(options: OtlpOptions = {}, backendOptions: OtlpGrpcBackendOptions = {}) {
  const backend = await openOtlpGrpcBackend(backendOptions);
  const exporter = otlp({ url: backend.url, protocol: 'grpc', ...options });
  closing.push(() => exporter.shutdown?.(), backend.close);
  const failure = async (context = contextOf()): Promise<ExportError> =>
    (await exporter.exportSpans?.(sampleSpans(), context).then(
      () => new Error('it did not fail'),
      (error: unknown) => error,
    )) as ExportError;
  return { backend, exporter, failure };
}

describe('otlp() with gRPC', () => {
  it('compresses, unless told not to, and asks before each call', async () => {
    const long = sampleSpans().map((span) => ({ ...span, name: 'x'.repeat(1000) }));
    const [bytes, bytesPlain] = await Promise.all(
      (['gzip', 'none'] as const).map(async (compression) => {
        const { backend, exporter } = await opened({ compression });
        const context = contextOf();
        await exporter.exportSpans?.(long, context);
        expect(context.requests).toEqual([expect.any(Number)]);
        expect((await backend.received()).spans).toHaveLength(long.length);
        return backend.bytes();
      }),
    );
    expect(bytesPlain).toBeGreaterThan(long.length * 1000);
    expect(bytes).toBeLessThan(long.length * 500);
  });

  it('sends headers as metadata, also those of a function', async () => {
    const metadata = { 'api-key': 'right' };
    const { backend, exporter } = await opened({ headers: async () => ({ 'API-Key': 'right' }) }, { metadata });
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect((await backend.received()).spans).toHaveLength(sampleSpans().length);
    const wrong = await opened({ headers: { 'api-key': 'wrong' }, credentials: 'check API_KEY' }, { metadata });
    const error = await wrong.failure();
    expect(error.message).toBe(
      `${wrong.backend.url.slice(7)} answered UNAUTHENTICATED (api-key is missing or wrong); check API_KEY`,
    );
    expect(error.retryable).toBe(true);
  });

  it('keeps what is throttled, and waits as long as asked to', async () => {
    const { backend, failure } = await opened();
    backend.answer(429, { 'retry-after': '7' });
    expect(await failure()).toMatchObject({ retryable: true, retryAfter: 7 });
    backend.answerStatus(status.RESOURCE_EXHAUSTED, 'quota exceeded');
    expect(await failure()).toMatchObject({ retryable: true, retryAfter: undefined });
    backend.answerStatus(status.RESOURCE_EXHAUSTED, '', { 'grpc-status-details-bin': Buffer.from('no message') });
    expect(await failure()).toMatchObject({ retryable: true, retryAfter: undefined });
  });

  it.each([
    'grpc: received message larger than max (5000000 vs. 4194304)',
    'Received message larger than max (5000000 vs 4194304)',
    'gRPC message exceeds maximum size 4194304: 5000000',
  ])('halves what is too long for the server: %s', async (details) => {
    const { backend, exporter } = await opened();
    backend.answerStatus(status.RESOURCE_EXHAUSTED, details);
    const result = await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(result).toEqual({ accepted: sampleSpans().length, rejected: 0 });
    expect(backend.requests()).toBe(3);
  });

  it('says of a server that does not have the service what to check', async () => {
    const { failure } = await opened({}, { signals: ['metrics'] });
    const error = await failure();
    expect(error.message).toMatch(
      /answered UNIMPLEMENTED \(.*\); check `url`: this server does not take that signal over gRPC$/,
    );
    expect(error.retryable).toBe(true);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const { backend, failure } = await opened();
    await backend.close();
    const context = contextOf();
    const error = await failure(context);
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(.*ECONNREFUSED/);
    expect(context.unsure.size).toBe(0);
  });

  it('knows that nothing was sent to a server of HTTP', async () => {
    const server = createServer((_, response) => void response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    const exporter = otlp({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, protocol: 'grpc' });
    closing.push(() => exporter.shutdown?.());
    const context = contextOf();
    await expect(exporter.exportSpans?.(sampleSpans(), context)).rejects.toThrow(/could not be reached/);
    expect(context.unsure.size).toBe(0);
  });

  it('does not know what became of a call that got no answer', async () => {
    const { backend, failure } = await opened();
    backend.disconnect(true);
    const context = contextOf();
    expect((await failure(context)).message).toMatch(/gave no answer/);
    expect(context.unsure.size).toBe(sampleSpans().length);
    expect((await backend.received()).spans).toHaveLength(sampleSpans().length);
  });

  it('does not know what became of a call that was stopped', async () => {
    const { backend, failure } = await opened();
    backend.stall();
    const controller = new AbortController();
    const context = contextOf(controller.signal);
    const failing = failure(context);
    while (backend.requests() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await failing;
    expect(context.unsure.size).toBe(sampleSpans().length);
  });

  it('sends each signal to an address of its own', async () => {
    const [metrics, spans] = [await openOtlpGrpcBackend(), await openOtlpGrpcBackend()];
    const exporter = otlp({ url: { metrics: metrics.url, spans: spans.url }, protocol: 'grpc' });
    closing.push(() => exporter.shutdown?.(), metrics.close, spans.close);
    await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(exporter.exportEvents).toBeUndefined();
    expect([metrics.requests(), spans.requests()]).toEqual([1, 1]);
  });

  it('speaks TLS, and trusts the authority that it is given', async () => {
    const tls = certificate();
    const { backend, exporter } = await opened({ ca: tls.cert }, { tls });
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect((await backend.received()).spans).toHaveLength(sampleSpans().length);
    const distrusting = await opened({}, { tls });
    expect((await distrusting.failure()).message).toMatch(/could not be reached \(.*certificate/);
  });

  it('starts where the library is there', async () => {
    await expect(otlp({ protocol: 'grpc' }).start?.({} as never)).resolves.toBeUndefined();
  });
});

describe('otlp() with gRPC and without @grpc/grpc-js', () => {
  const missing = Object.assign(new Error("Cannot find package '@grpc/grpc-js'"), { code: 'ERR_MODULE_NOT_FOUND' });

  it('lets the service start, says once what to install, and does not lose what it is handed', async () => {
    vi.doMock('@grpc/grpc-js', () => {
      throw missing;
    });
    closing.push(() => vi.doUnmock('@grpc/grpc-js'));
    const exporter = otlp({ protocol: 'grpc' });
    await expect(exporter.start?.({} as never)).rejects.toThrow(/otlp\(\) with protocol: 'grpc'.*@grpc\/grpc-js/);
    const errors: string[] = [];
    const telemetry = createTelemetry({
      service: { name: 'checkout' },
      exporters: [exporter],
      shutdown: { signals: false },
      onError: (error) => errors.push(error.message),
    });
    await telemetry.flush().catch(() => {});
    await telemetry.shutdown().catch(() => {});
    expect(errors.some((message) => message.includes('@grpc/grpc-js'))).toBe(true);
  });
});

/** For 127.0.0.1, signed by itself. */
function certificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-otlp-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  );
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}
