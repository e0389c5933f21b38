import type { Frame, History } from '../../../src/frame.ts';

/** What the page needs of a WebSocket; that of browsers is one. */
export interface SocketLike {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

/** Where frames come from, and time: browsers' in the page, the test's in tests. */
export interface ConnectionParts {
  openSocket(): SocketLike;
  /** Rejects with `Refused` when the server wants a token. */
  fetchFrame(signal: AbortSignal): Promise<Frame>;
  fetchHistory(signal: AbortSignal): Promise<History>;
  schedule(callback: () => void, seconds: number): () => void;
  /** 0 to 1. */
  random(): number;
}

/** The server does not answer without a token. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export type Mode = 'connecting' | 'live' | 'polling' | 'reconnecting' | 'refused' | 'off';

export interface ConnectionListener {
  mode(mode: Mode): void;
  frame(frame: Frame): void;
  history(history: History): void;
}

/** A socket that tells nothing for so long is taken for dead: a frame is due each second. */
const SILENCE_SECONDS = 5;

/** So many sockets must fail before the page asks instead of listening. */
const TRIES_BEFORE_POLLING = 2;

const FIRST_DELAY_SECONDS = 0.5;
const MAX_DELAY_SECONDS = 15;
const POLL_SECONDS = 1;
const MAX_POLL_SECONDS = 5;

/**
 * Keeps frames coming: by WebSocket, or by polling while no socket can be had. Tries again for ever, more and more seldom, and never all pages
 * at once. `stop()` leaves nothing behind: no socket, no timer, no request.
 */
export class Connection {
  private readonly parts: ConnectionParts;
  private readonly listener: ConnectionListener;
  private mode: Mode = 'off';
  private socket: SocketLike | undefined;
  private cancelSilence = () => {};
  private cancelRetry = () => {};
  private cancelPoll = () => {};
  private failures = 0;
  private pollFailures = 0;
  private polls = false;
  private epoch: string | undefined;
  private needsHistory = true;
  /** Of the fetches of this start; aborted by `stop`. */
  private abort = new AbortController();

  constructor(parts: ConnectionParts, listener: ConnectionListener) {
    this.parts = parts;
    this.listener = listener;
  }

  start(): void {
    if (this.mode !== 'off' && this.mode !== 'refused') return;
    this.abort = new AbortController();
    this.failures = 0;
    this.pollFailures = 0;
    this.needsHistory = true;
    this.setMode('connecting');
    this.connect();
  }

  stop(): void {
    this.end('off');
  }

  /** Now, instead of when it is time: the network is back. */
  hurry(): void {
    if (this.mode !== 'reconnecting' && this.mode !== 'polling') return;
    if (this.socket) return;
    this.cancelRetry();
    this.connect();
  }

  private end(mode: 'off' | 'refused'): void {
    this.cancelRetry();
    this.stopPolling();
    this.abort.abort();
    this.dropSocket();
    this.setMode(mode);
  }

  private setMode(mode: Mode): void {
    if (this.mode === mode) return;
    this.mode = mode;
    this.listener.mode(mode);
  }

  private connect(): void {
    let socket: SocketLike;
    try {
      socket = this.parts.openSocket();
    } catch {
      this.failed();
      return;
    }
    this.socket = socket;
    this.expectFrame();
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      const frame = parsed(event.data);
      if (!frame) return;
      this.expectFrame();
      this.failures = 0;
      this.stopPolling();
      this.setMode('live');
      this.take(frame);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.dropSocket();
      this.failed();
    };
  }

  private expectFrame(): void {
    this.cancelSilence();
    this.cancelSilence = this.parts.schedule(() => {
      this.dropSocket();
      this.failed();
    }, SILENCE_SECONDS);
  }

  private dropSocket(): void {
    this.cancelSilence();
    const { socket } = this;
    this.socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private failed(): void {
    this.failures++;
    // What was missed meanwhile is in the history.
    this.needsHistory = true;
    if (this.mode !== 'polling') this.setMode('reconnecting');
    if (this.failures >= TRIES_BEFORE_POLLING && !this.polls) {
      this.polls = true;
      this.poll();
    }
    // A poll that was refused has ended everything.
    if (this.abort.signal.aborted) return;
    this.cancelRetry();
    this.cancelRetry = this.parts.schedule(() => this.connect(), this.delay(this.failures));
  }

  private delay(failures: number): number {
    const longest = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (failures - 1));
    return longest * (0.5 + this.parts.random() / 2);
  }

  private poll(): void {
    const { signal } = this.abort;
    this.parts.fetchFrame(signal).then(
      (frame) => {
        if (signal.aborted || !this.polls) return;
        this.pollFailures = 0;
        this.setMode('polling');
        this.take(frame);
        this.pollAgain(POLL_SECONDS);
      },
      (error: unknown) => {
        if (signal.aborted || !this.polls) return;
        if (error instanceof Refused) {
          this.end('refused');
          return;
        }
        this.pollFailures++;
        this.needsHistory = true;
        this.setMode('reconnecting');
        this.pollAgain(
          Math.min(MAX_POLL_SECONDS, POLL_SECONDS * 2 ** this.pollFailures) * (0.5 + this.parts.random() / 2),
        );
      },
    );
  }

  private pollAgain(seconds: number): void {
    this.cancelPoll();
    this.cancelPoll = this.parts.schedule(() => this.poll(), seconds);
  }

  private stopPolling(): void {
    this.polls = false;
    this.pollFailures = 0;
    this.cancelPoll();
  }

  private take(frame: Frame): void {
    const restarted = frame.epoch !== this.epoch;
    this.epoch = frame.epoch;
    this.listener.frame(frame);
    if (!restarted && !this.needsHistory) return;
    this.needsHistory = false;
    const { signal } = this.abort;
    this.parts.fetchHistory(signal).then(
      (history) => {
        if (!signal.aborted && history.epoch === this.epoch) this.listener.history(history);
      },
      (error: unknown) => {
        if (signal.aborted) return;
        if (error instanceof Refused) this.end('refused');
        else this.needsHistory = true; // with the next frame
      },
    );
  }
}

function parsed(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === 'object' && frame !== null && 'epoch' in frame ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}
