import { createLogUpdate } from 'log-update';

/** Seconds between two blocks where nothing can be overwritten. */
const BLOCK_SECONDS = 10;

/** Where the summary goes. */
export interface Screen {
  /** Shows the latest, about once a second. */
  show(text: string): void;
  /** Leaves this behind, as the last thing shown. */
  finish(text: string): void;
}

/** On a terminal the summary overwrites itself; elsewhere, in a log say, it comes as a block now and then. */
export function openScreen(stream: NodeJS.WriteStream, isShared: boolean): Screen {
  if (isShared) return { show: () => {}, finish: (text) => void stream.write(`${text}\n`) };
  if (stream.isTTY) {
    const update = createLogUpdate(stream);
    return {
      show: (text) => update(text),
      finish: (text) => {
        // Whole, though it be higher than the terminal.
        update.clear();
        update.done();
        stream.write(`${text}\n`);
      },
    };
  }
  let shown = performance.now();
  return {
    show(text) {
      if (performance.now() - shown < BLOCK_SECONDS * 1000) return;
      shown = performance.now();
      stream.write(`${text}\n\n`);
    },
    finish: (text) => void stream.write(`${text}\n`),
  };
}
