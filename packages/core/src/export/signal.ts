/** The three kinds of data an exporter can take. */
export type Signal = 'metrics' | 'spans' | 'events';
