/** What must be delivered before the process ends. */
export interface Ending {
  readonly signals: readonly NodeJS.Signals[];
  /** A signal came. `alone`: nobody else listens for it, so the process ends when this resolves. Never rejects. */
  onSignal(alone: boolean, signal: NodeJS.Signals): Promise<void>;
  /** Nothing is left to do in the process. Never rejects. */
  onIdle(): Promise<void>;
}

/**
 * The telemetries of this process, in whatever copy of this package they were made: one listener per signal serves them all,
 * because each would be taken for a sign that the service handles the signal itself, and Node warns of more than ten.
 */
interface ProcessEndings {
  readonly endings: Set<Ending>;
  readonly listeners: Map<string, () => void>;
}

const KEY = Symbol.for('@telltale/core.process-endings.1');

/** Returns the function that takes it off again. */
export function beforeProcessEnds(ending: Ending): () => void {
  const shared = sharedEndings();
  shared.endings.add(ending);
  for (const signal of ending.signals) listen(shared, signal, () => onSignal(shared, signal));
  listen(shared, 'beforeExit', () => {
    for (const one of shared.endings) void one.onIdle();
  });
  return () => {
    shared.endings.delete(ending);
    for (const [event, listener] of shared.listeners) {
      const wanted = [...shared.endings].some(
        ({ signals }) => event === 'beforeExit' || signals.some((name) => name === event),
      );
      if (wanted) continue;
      process.off(event, listener);
      shared.listeners.delete(event);
    }
  };
}

function sharedEndings(): ProcessEndings {
  const holder = process as unknown as Record<symbol, ProcessEndings | undefined>;
  holder[KEY] ??= { endings: new Set(), listeners: new Map() };
  return holder[KEY];
}

function listen({ listeners }: ProcessEndings, event: string, listener: () => void): void {
  if (listeners.has(event)) return;
  listeners.set(event, listener);
  process.on(event, listener);
}

function onSignal({ endings, listeners }: ProcessEndings, signal: NodeJS.Signals): void {
  const own = listeners.get(signal);
  const alone = process.listeners(signal).every((listener) => listener === own);
  // A second one, from someone who will not wait, ends the process as it does without telemetry.
  if (alone && own !== undefined) process.off(signal, own);
  const concerned = [...endings].filter(({ signals }) => signals.includes(signal));
  void Promise.all(concerned.map((ending) => ending.onSignal(alone, signal))).then(() => {
    if (alone) process.exit();
  });
}
