/** `text` are the text formats 0.0.4 and 1.0.0, which differ in whether names may be quoted; `openmetrics` 0.0.1 and 1.0.0. */
export type Format = 'text' | 'openmetrics' | 'protobuf';
