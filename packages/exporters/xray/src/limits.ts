/** Limits of X-Ray: "AWS X-Ray segment documents", "AWS X-Ray endpoints and quotas" and the pages of the X-Ray SDKs on annotations. */

/** Bytes of one document: 64 kB, whichever thousand that is. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** Documents of one request, as X-Ray's own daemon sends them. */
export const MAX_DOCUMENTS = 50;
export const MAX_NAME = 200;
/** Per trace; a document can only see to its own. */
export const MAX_ANNOTATIONS = 50;
export const MAX_ANNOTATION_KEY = 500;
export const MAX_ANNOTATION_VALUE = 1000;
export const MAX_USER = 250;

/** Ours: so that what X-Ray shows of a document always fits into it. */
export const MAX_URL = 2048;
export const MAX_TEXT = 1024;
export const MAX_MESSAGE = 4096;
export const MAX_EXCEPTIONS = 10;
export const MAX_FRAMES = 50;

/** "OTLP endpoints" of CloudWatch: of a request before compression. */
export const MAX_OTLP_BYTES = 5_000_000;
export const MAX_OTLP_SPANS = 10_000;
