import { styleText } from 'node:util';
import type { Exporter } from './exporter.ts';
import { formatEvents, formatMetrics, formatSpans, type Paint } from './format-console.ts';

export interface ConsoleExporterOptions {
  /** Gets each line, without its end; `console.log` unless given. */
  readonly write?: (line: string) => void;
  /** Seconds between prints; 10 for metrics and 1 for spans and events unless given. */
  readonly interval?: Exporter['interval'];
  /** Unless given: whether standard output is a terminal and `NO_COLOR` is not set. */
  readonly colour?: boolean;
}

/** Prints metrics, spans and operations as lines for people, while developing. */
export function consoleExporter(options: ConsoleExporterOptions = {}): Exporter {
  const { write = (line) => console.log(line), interval = { metrics: 10, spans: 1 }, colour = hasColours() } = options;
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const print = (lines: readonly string[]): void => {
    for (const line of lines) write(line);
  };
  return {
    name: 'console',
    interval,
    exportMetrics: async (snapshot) => print(formatMetrics(snapshot, paint)),
    exportSpans: async (spans) => print(formatSpans(spans, paint)),
    exportEvents: async (events) => print(formatEvents(events, paint)),
  };
}

function hasColours(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
