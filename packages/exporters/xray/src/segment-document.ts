/** "AWS X-Ray segment documents": what is sent of one span. Field names are X-Ray's. */
export interface SegmentDocument {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly trace_id: string;
  readonly parent_id?: string;
  /** Seconds since the Unix epoch. */
  readonly start_time: number;
  readonly end_time: number;
  /** Only of documents within a service. */
  readonly type?: 'subsegment';
  /** Who was called: a service of AWS, or any other. */
  readonly namespace?: 'aws' | 'remote';
  readonly origin?: string;
  readonly user?: string;
  readonly service?: { readonly version: string };
  readonly http?: HttpBlock;
  readonly sql?: Readonly<Record<string, string>>;
  readonly aws?: Readonly<Record<string, unknown>>;
  /** A status of 400 to 499. */
  readonly error?: true;
  /** Status 429. */
  readonly throttle?: true;
  /** A status of 500 and above, or an error that is no status. */
  readonly fault?: true;
  readonly cause?: { readonly exceptions: readonly XrayException[] };
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
  readonly metadata?: Metadata;
  readonly links?: readonly {
    readonly trace_id: string;
    readonly id: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

export interface HttpBlock {
  readonly request?: Readonly<Record<string, string | boolean>>;
  readonly response?: Readonly<Record<string, number>>;
}

export interface XrayException {
  readonly id: string;
  readonly type?: string;
  readonly message?: string;
  readonly remote?: boolean;
  /** How many frames are left out. */
  readonly truncated?: number;
  readonly stack?: readonly { readonly path: string; readonly line: number; readonly label: string }[];
}

/** By namespace: anything that can be JSON. */
export type Metadata = Readonly<Record<string, unknown>>;
