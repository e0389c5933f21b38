/** Limits of Application Insights: "Azure Monitor service limits", "Application Insights data model" and the constants of Microsoft's own exporters. */

/** Bytes of one telemetry item. */
export const MAX_ITEM_BYTES = 65_536;
/** Items of one request. The service takes 64,000; Microsoft's exporters stay at hundreds. */
export const MAX_ITEMS = 500;
/** Bytes of one request, before compression: ours, the service publishes none. */
export const MAX_REQUEST_BYTES = 1_048_576;

/** Characters of a name of a property or a metric. */
export const MAX_KEY = 150;
/** Bytes of a property's value (characters by the documentation; Microsoft's exporters count bytes, which is safe in both). */
export const MAX_VALUE = 8192;
export const MAX_MESSAGE = 32_768;
export const MAX_STACK = 32_768;
export const MAX_ID = 512;
export const MAX_EVENT_NAME = 512;
export const MAX_NAME = 1024;
export const MAX_URL = 2048;
export const MAX_DATA = 8192;
