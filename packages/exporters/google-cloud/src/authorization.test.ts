import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { contextOf, sampleSnapshot } from '@telltale/testing';
import { GoogleAuth, JWT } from 'google-auth-library';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { googleCloudUnderTest } from './backend.test-support.ts';
import { type AccessToken, googleCloud } from './index.ts';

interface TokenRequest {
  readonly path: string;
  readonly body: string;
}

interface TokenServer {
  readonly port: number;
  readonly asked: readonly TokenRequest[];
}

/** Answers as Google's token endpoint and as the metadata server of a machine. */
async function tokenServer(answer: (request: TokenRequest) => unknown): Promise<TokenServer> {
  const asked: TokenRequest[] = [];
  const server = http.createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = { path: incoming.url ?? '', body: Buffer.concat(chunks).toString() };
    asked.push(request);
    const given = answer(request);
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const type = typeof given === 'string' ? 'text/plain' : 'application/json';
    const status = given === undefined ? 404 : (given as { error?: string }).error === undefined ? 200 : 400;
    response.writeHead(status, { 'content-type': type, 'metadata-flavor': 'Google' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

/** A machine that has no credentials of its own. */
function bareMachine(): string {
  const home = mkdtempSync(join(tmpdir(), 'telltale-google-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('CLOUDSDK_CONFIG', home);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
  return home;
}

/** What is sent to oauth2.googleapis.com goes to the token server. */
function divertGoogle(port: number): void {
  const spy = vi.spyOn(https, 'request').mockImplementation(((url: URL, options: http.RequestOptions) => {
    expect(new URL(url).host).toBe('oauth2.googleapis.com');
    return http.request(`http://127.0.0.1:${port}${new URL(url).pathname}`, {
      ...options,
      agent: undefined,
    } as http.RequestOptions);
  }) as never);
  onTestFinished(() => spy.mockRestore());
}

function serviceAccountKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    type: 'service_account',
    project_id: 'project-of-the-key',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'shop@project-of-the-key.iam.gserviceaccount.com',
    client_id: '1',
  };
}

const anyOptions = { getAccessToken: undefined, projectId: undefined } as object;

describe('with google-auth-library', () => {
  it('a key file gives project and token, which is asked for once', async () => {
    const home = bareMachine();
    const keyFile = join(home, 'key.json');
    writeFileSync(keyFile, JSON.stringify(serviceAccountKey()));
    const { port, asked } = await tokenServer(() => ({
      access_token: 'of-the-key',
      expires_in: 3600,
      token_type: 'Bearer',
    }));
    divertGoogle(port);
    const { exporter, backend } = await googleCloudUnderTest({ ...anyOptions, keyFile });
    await exporter.start?.({} as never);
    await Promise.all([
      exporter.exportMetrics?.(sampleSnapshot(), contextOf()),
      exporter.exportMetrics?.(sampleSnapshot(), contextOf()),
    ]);
    expect(new Set(backend.authorizations())).toEqual(new Set(['Bearer of-the-key']));
    expect(backend.series()[0]?.resource.labels?.project_id).toBe('project-of-the-key');
    expect(asked).toHaveLength(1);
    const assertion = new URLSearchParams(asked[0]?.body).get('assertion') ?? '';
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ scope: 'https://www.googleapis.com/auth/cloud-platform' });
  });

  it('a machine on Google Cloud gives both by its metadata server', async () => {
    bareMachine();
    const { port } = await tokenServer(({ path }) => {
      if (path.includes('/project/project-id')) return 'project-of-the-machine';
      if (path.includes('/universe')) return 'googleapis.com';
      if (path.includes('/token')) return { access_token: 'of-the-machine', expires_in: 3600, token_type: 'Bearer' };
      return 'ok';
    });
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${port}`);
    const { exporter, backend } = await googleCloudUnderTest(anyOptions);
    await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    expect(new Set(backend.authorizations())).toEqual(new Set(['Bearer of-the-machine']));
    expect(backend.series()[0]?.resource.labels?.project_id).toBe('project-of-the-machine');
  });

  it('a token that is refused is a failure to try again, with a sentence', async () => {
    bareMachine();
    const { port } = await tokenServer(() => ({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }));
    divertGoogle(port);
    const { exporter, backend } = await googleCloudUnderTest({ ...anyOptions, credentials: serviceAccountKey() });
    await expect(exporter.exportMetrics?.(sampleSnapshot(), contextOf())).rejects.toMatchObject({
      retryable: true,
      message: expect.stringMatching(
        /got no access token \(invalid_grant: Invalid JWT Signature\.\): set GOOGLE_APPLICATION_CREDENTIALS/,
      ),
    });
    expect(backend.requests()).toEqual([]);
  });

  it('names a key file that cannot be read, without showing what is in it', async () => {
    const home = bareMachine();
    const keyFile = join(home, 'key.json');
    const exporter = googleCloud({ keyFile });
    await expect(exporter.start?.({} as never)).rejects.toThrow(/could not read `keyFile` .*key\.json \(ENOENT/);
    writeFileSync(keyFile, 'secret');
    await expect(exporter.start?.({} as never)).rejects.toThrow(/key\.json \(it is no JSON\)/);
    writeFileSync(keyFile, JSON.stringify(serviceAccountKey()));
    await exporter.start?.({} as never);
    await exporter.shutdown?.();
  });

  it('starts with a sentence where there is neither project nor credentials', async () => {
    bareMachine();
    const exporter = googleCloud();
    await expect(exporter.start?.({} as never)).rejects.toThrow(/give `projectId` or set GOOGLE_CLOUD_PROJECT/);
    await exporter.shutdown?.();
  });

  it('takes a GoogleAuth of the service', async () => {
    bareMachine();
    const { port } = await tokenServer(() => ({ access_token: 'of-the-service', expires_in: 3600 }));
    divertGoogle(port);
    const scopes = ['https://www.googleapis.com/auth/monitoring.write'];
    const { client_email: email, private_key: key } = serviceAccountKey();
    const auth = new GoogleAuth({ authClient: new JWT({ email, key: String(key), scopes }), projectId: 'p-2' });
    const { exporter, backend } = await googleCloudUnderTest({ ...anyOptions, auth });
    await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    expect(backend.authorizations()).toContain('Bearer of-the-service');
  });

  it('names the command when the library is missing', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier !== 'google-auth-library') return next(specifier, context);
          throw Object.assign(new Error("Cannot find package 'google-auth-library'"), { code: 'ERR_MODULE_NOT_FOUND' });
        },
      });
      const { googleCloud } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      await googleCloud({ projectId: 'p' }).start({}).catch((error) => console.log(error.message));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toBe(
      'googleCloud() needs google-auth-library, which is not installed; run `npm install google-auth-library`.\n',
    );
  });
});

describe('with tokens of the service', () => {
  const asking = (tokens: readonly (string | AccessToken)[]) => {
    const left = [...tokens];
    return vi.fn(async () => left.shift() as string | AccessToken);
  };

  it('asks for each request, unless a token says how long it holds', async () => {
    const getAccessToken = asking(['one', { token: 'two', expiresAt: Date.now() / 1000 + 3600 }]);
    const { exporter, backend } = await googleCloudUnderTest({ getAccessToken });
    for (let i = 0; i < 3; i++) await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    expect(backend.authorizations()).toEqual(['Bearer one', 'Bearer two', 'Bearer two']);
    expect(getAccessToken).toHaveBeenCalledTimes(2);
  });

  it('asks anew a minute before the end, and when the token was refused', async () => {
    const later = Date.now() / 1000 + 3600;
    const getAccessToken = asking([
      { token: 'one', expiresAt: Date.now() / 1000 + 50 },
      { token: 'two', expiresAt: later },
      { token: 'three', expiresAt: later },
    ]);
    const { exporter, backend } = await googleCloudUnderTest({ getAccessToken });
    await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    backend.server.answer(401);
    await expect(exporter.exportMetrics?.(sampleSnapshot(), contextOf())).rejects.toThrow(/answered 401/);
    await exporter.exportMetrics?.(sampleSnapshot(), contextOf());
    expect(backend.authorizations()).toEqual(['Bearer one', 'Bearer three']);
    expect(getAccessToken).toHaveBeenCalledTimes(3);
  });

  it('fails with a sentence, to be tried again, when there is none', async () => {
    for (const [getAccessToken, message] of [
      [async () => Promise.reject(new Error('vault is sealed')), /from `getAccessToken` \(vault is sealed\)/],
      [async () => '', /gave no token/],
      [async () => undefined as never, /gave no token/],
    ] as const) {
      const { exporter } = await googleCloudUnderTest({ getAccessToken });
      const failure = exporter.exportMetrics?.(sampleSnapshot(), contextOf());
      await expect(failure).rejects.toMatchObject({ retryable: true, message: expect.stringMatching(message) });
    }
  });

  it('stops waiting for a token when the signal fires', async () => {
    const { exporter } = await googleCloudUnderTest({ getAccessToken: () => new Promise(() => {}) });
    const controller = new AbortController();
    const sending = exporter.exportMetrics?.(sampleSnapshot(), contextOf(controller.signal));
    controller.abort(new Error('too long'));
    await expect(sending).rejects.toThrow('too long');
  });
});
