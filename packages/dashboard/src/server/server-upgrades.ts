import type { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes an upgrade, or says that it is not its own. */
type Claim = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

type Emit = (event: string | symbol, ...given: unknown[]) => boolean;

type AnyServer = Omit<Server, 'emit'> & { emit: Emit; [UPGRADES]?: ServerUpgrades };

/** Registered, so that two copies of this package know of each other. */
const UPGRADES = Symbol.for('telltale.dashboard.upgrades');

/** Set by core on servers whose upgrades it observes: its listener answers none. */
const OBSERVED = Symbol.for('telltale.http.upgrades');

/** Has `claim` asked for each upgrade of a server. Returns what ends it. */
export function claimUpgrades(server: Server, claim: Claim): () => void {
  const any = server as unknown as AnyServer;
  any[UPGRADES] ??= new ServerUpgrades(any);
  return any[UPGRADES].add(claim);
}

/** One listener for all dashboards of a server. What is nobody's is answered as if there were none. */
class ServerUpgrades {
  private readonly server: AnyServer;
  private readonly claims = new Set<Claim>();

  /** What the server had before, if it was its own. */
  private readonly emit: { readonly own: boolean; readonly emit: Emit };
  private readonly ownEmit: Emit;

  constructor(server: AnyServer) {
    const { claims } = this;
    const { emit } = server;
    this.server = server;
    this.emit = { own: Object.hasOwn(server, 'emit'), emit };
    // Other libraries refuse upgrades that are not theirs, so what is ours must not come to their listeners.
    this.ownEmit = function (this: EventEmitter, event, ...given) {
      if (event === 'upgrade') {
        const upgrade = given as Parameters<Claim>;
        for (const claim of claims) if (claim(...upgrade)) return true;
      }
      return emit.call(this, event, ...given);
    };
    server.emit = this.ownEmit;
    // Node only tells of upgrades where someone listens.
    server.on('upgrade', this.listener);
  }

  add(claim: Claim): () => void {
    this.claims.add(claim);
    return () => {
      this.claims.delete(claim);
      if (this.claims.size > 0 || this.server[UPGRADES] !== this) return;
      this.server.off('upgrade', this.listener);
      if (this.server.emit === this.ownEmit) {
        if (this.emit.own) this.server.emit = this.emit.emit;
        else Reflect.deleteProperty(this.server, 'emit');
      }
      delete this.server[UPGRADES];
    };
  }

  private readonly listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const observers = OBSERVED in this.server ? 1 : 0;
    if (this.server.listenerCount('upgrade') - observers > 1) return;
    serveAsRequest(this.server, request, socket, head);
  };
}

/**
 * A server without a listener for upgrades serves what asks for one as an ordinary request: clients that offer HTTP/2 so expect it. With ours it
 * no longer does, so the connection is handed to it once more, and the request with it, without what asks for the upgrade.
 */
function serveAsRequest(server: { readonly emit: Emit }, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    const key = name.toLowerCase();
    if (key === 'upgrade' || key === 'http2-settings') continue;
    if (key !== 'connection') lines.push(`${name}: ${value}`);
    else {
      const rest = value.split(',').filter((option) => !/^\s*(?:upgrade|http2-settings)\s*$/i.test(option));
      if (rest.length > 0) lines.push(`${name}: ${rest.join(',')}`);
    }
  }
  // As the parser read them: one byte a character.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}
