/** An exporter as its telemetry's health has it after a flush. */
export interface ProbedExporter {
  readonly name: string;
  readonly status: 'ok' | 'failing' | 'idle';
  /** How each signal that it takes is doing; none for one that serves. */
  readonly signals: Readonly<Record<string, 'ok' | 'failing' | 'idle'>>;
  readonly error?: string;
}

/** What a process that loaded a telemetry module found. */
export interface ProbeResult {
  /** Missing where there is none, with the reason in `error`. */
  readonly telemetries: readonly {
    /** Name of the export. */
    readonly name: string;
    readonly exporters: readonly ProbedExporter[];
    /** Whether it records spans. */
    readonly spans: boolean;
  }[];
  /** Exporters that render what they serve, by name: lines of text, or why there are none. */
  readonly rendered: Readonly<Record<string, { readonly lines: number } | { readonly error: string }>>;
  /** Why the module could not be loaded. */
  readonly error?: string;
}
