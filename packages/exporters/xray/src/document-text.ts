import { bareRecord } from './bare-record.ts';
import { MAX_DOCUMENT_BYTES } from './limits.ts';
import { cut } from './names.ts';
import type { Metadata, SegmentDocument } from './segment-document.ts';

/** Characters to which the name of a span is cut in a document that is too long. */
const SHORT_NAME = 500;
const SHORT = 100;
const FEW = 5;
const SOME = 20;

/** What a document can do without, from what is missed least; each says in `metadata.span.cut` what is gone. */
const STEPS: readonly ((document: SegmentDocument) => SegmentDocument)[] = [
  (document) => without(document, 'events'),
  (document) => without(document, 'events and resource'),
  (document) => shortAttributes(document),
  (document) => without(document, 'everything'),
  ({ links, ...document }) => ({ ...document, ...(links && { links: links.slice(0, FEW) }) }),
  (document) => shortStacks(document),
  (document) => shortAnnotations(document),
];

/** The document as JSON of at most 64 kB: of longer ones as much is left out as must be, metadata first. */
export function documentText(document: SegmentDocument): string {
  let text = JSON.stringify(document);
  let smaller = document;
  for (const step of STEPS) {
    if (text.length * 3 <= MAX_DOCUMENT_BYTES || Buffer.byteLength(text) <= MAX_DOCUMENT_BYTES) return text;
    smaller = step(smaller);
    text = JSON.stringify(smaller);
  }
  return text;
}

function without(document: SegmentDocument, what: 'events' | 'events and resource' | 'everything'): SegmentDocument {
  const { span, attributes, resource } = (document.metadata ?? {}) as Metadata & { readonly span: { name: string } };
  const { name } = span;
  const metadata = {
    span: { ...(what === 'everything' ? {} : span), name: cut(name, SHORT_NAME), cut: `${what}: longer than 64 kB` },
    ...(attributes !== undefined && what !== 'everything' && { attributes }),
    ...(resource !== undefined && what === 'events' && { resource }),
  };
  return { ...document, metadata };
}

function shortAttributes(document: SegmentDocument): SegmentDocument {
  const { span, attributes = {} } = (document.metadata ?? {}) as {
    readonly span: object;
    readonly attributes?: object;
  };
  const shorter = bareRecord<unknown>();
  for (const [key, value] of Object.entries(attributes)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    shorter[key] = text.length > SHORT ? `${cut(text, SHORT)}…` : value;
  }
  return {
    ...document,
    metadata: {
      span: { ...span, cut: 'events, resource and long attributes: longer than 64 kB' },
      attributes: shorter,
    },
  };
}

function shortStacks(document: SegmentDocument): SegmentDocument {
  if (document.cause === undefined) return document;
  const exceptions = document.cause.exceptions.slice(-FEW).map((exception) => {
    const { type = '', stack = [], truncated = 0, message = '' } = exception;
    return {
      ...exception,
      type: cut(type, SHORT),
      message: cut(message, SHORT_NAME),
      stack: stack
        .slice(0, FEW)
        .map(({ path, line, label }) => ({ path: cut(path, SHORT), line, label: cut(label, SHORT) })),
      truncated: truncated + Math.max(0, stack.length - FEW),
    };
  });
  return { ...document, cause: { exceptions } };
}

function shortAnnotations(document: SegmentDocument): SegmentDocument {
  const { annotations, links, ...rest } = document;
  if (annotations === undefined) return rest;
  const shorter = Object.entries(annotations)
    .slice(0, SOME)
    .map(([key, value]) => [key, typeof value === 'string' ? cut(value, SHORT) : value]);
  return { ...rest, annotations: Object.fromEntries(shorter) };
}
