import type { Exporter } from '@telltale/core';
import { AwsConnection, exporterOf, sendParcels } from '@telltale/exporter-kit';
import { documentText } from './document-text.ts';
import { documentsOf } from './documents.ts';
import { MAX_DOCUMENTS } from './limits.ts';
import { type Unprocessed, unprocessedAnswer } from './unprocessed.ts';
import { checkXrayOptions, type XrayOptions } from './xray-options.ts';
import { xrayOtlp } from './xray-otlp.ts';

type XraySdk = typeof import('@aws-sdk/client-xray');

/**
 * Sends spans to AWS X-Ray. Throws `ERR_OPTION` for options that cannot be; `start` rejects with the command to run while a library of AWS that it
 * needs is not installed.
 */
export function xray(options: XrayOptions = {}): Exporter {
  const settings = checkXrayOptions(options);
  return options.through === 'otlp' ? xrayOtlp(options) : xraySegments(options, settings);
}

function xraySegments(options: XrayOptions, settings: Parameters<typeof documentsOf>[1]): Exporter {
  const connection = new AwsConnection<XraySdk>(
    {
      name: 'X-Ray',
      maker: 'xray()',
      library: '@aws-sdk/client-xray',
      load: () => import('@aws-sdk/client-xray'),
      createClient: (sdk, config) => new sdk.XRayClient(config),
    },
    options,
  );
  return exporterOf('xray', options, {
    name: 'xray',
    backend: 'xray',
    start: () => connection.start(),
    async exportSpans(spans, context) {
      const parcels = spans.map((span) => {
        const documents = documentsOf(span, settings);
        return {
          payload: { ids: documents.map(({ id }) => id), texts: documents.map(documentText) },
          items: [span],
        };
      });
      return sendParcels(parcels, {
        context,
        maxWeight: MAX_DOCUMENTS,
        weigh: ({ texts }) => texts.length,
        // The SDK writes the body.
        encode: () => '',
        async send(_, payloads) {
          const TraceSegmentDocuments = payloads.flatMap(({ texts }) => texts);
          const answer = (await connection.call(
            (sdk) => new sdk.PutTraceSegmentsCommand({ TraceSegmentDocuments }),
            'xray:PutTraceSegments',
            context,
          )) as { readonly UnprocessedTraceSegments?: readonly Unprocessed[] };
          return unprocessedAnswer(
            payloads.map(({ ids }) => ids),
            answer.UnprocessedTraceSegments ?? [],
          );
        },
        // A document with the id of one that X-Ray has replaces it.
        whenUnknown: 'again',
      });
    },
    shutdown: () => connection.close(),
  });
}
