import { expect, it, vi } from 'vitest';
import { type GoogleCloudOptions, googleCloud } from './index.ts';

const wrong: readonly (readonly [given: object, sentence: RegExp])[] = [
  [{ projectID: 'p' }, /Unknown option "googleCloud\.projectID"; did you mean "projectId"\?/],
  [{ projectId: 'a b' }, /"googleCloud\.projectId" is "a b"; give the id of the project/],
  [{ keyFile: 'k.json', credentials: {} }, /is given `keyFile` and `credentials`; give one of them/],
  [{ keyFile: '' }, /"googleCloud\.keyFile" is ""/],
  [{ credentials: 'secret' }, /give the object that a JSON key/],
  [{ auth: {} }, /give a GoogleAuth of google-auth-library/],
  [{ getAccessToken: 'token', projectId: 'p' }, /give a function that resolves with an access token/],
  [{ getAccessToken: async () => 'token' }, /is given without a project; give `projectId` or set GOOGLE_CLOUD_PROJECT/],
  [
    { interval: 1 },
    /"googleCloud\.interval" is 1; Cloud Monitoring takes a point of a series every 5 s at most; give 5 or more, or \{ spans: … \}/,
  ],
  [{ interval: { metrics: 4 } }, /"googleCloud\.interval\.metrics" is 4/],
  [{ metricPrefix: 'workload.googleapis.com/' }, /no slash at the end/],
  [{ metricPrefix: 'shop' }, /give `workload\.googleapis\.com` or `custom\.googleapis\.com`/],
  [{ monitoredResource: { type: 'global', labels: { a: 1 } } }, /with texts/],
  [{ resourceAttributes: 'service.name' }, /give an array of texts/],
  [{ integers: [1] }, /give an array of texts/],
  [{ endpoint: 'monitoring.googleapis.com' }, /give an address that begins with https/],
  [{ signals: ['events'] }, /give an array of 'metrics', 'spans'/],
];

for (const [given, sentence] of wrong) {
  it(`refuses ${JSON.stringify(given)} at once, with what to write`, () => {
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', undefined);
    expect(() => googleCloud(given as GoogleCloudOptions)).toThrow(sentence);
    vi.unstubAllEnvs();
  });
}

it('takes the options that every exporter takes', () => {
  const exporter = googleCloud({
    name: 'gcp',
    interval: { metrics: 5, spans: 1 },
    signals: ['metrics'],
    prefix: 'shop.',
  });
  expect(exporter).toMatchObject({
    name: 'gcp',
    interval: { metrics: 5, spans: 1 },
    delivery: { prefix: 'shop.' },
    backend: 'google-cloud',
  });
  expect(exporter.exportSpans).toBeUndefined();
});
