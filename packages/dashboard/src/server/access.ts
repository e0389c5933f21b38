import type { IncomingMessage } from 'node:http';
import { isLocalRequest } from '@telltale/core';
import { isForeign } from './foreign-request.ts';
import type { Token, Verdict } from './token.ts';

/** Whether someone may see what the dashboard shows. */
export type Access = 'open' | 'foreign' | 'no token' | Exclude<Verdict, 'right'>;

/** Who may see: this machine, and who has the token; never a page of another site. */
export class AccessRules {
  /** `undefined`: everybody may. */
  readonly token: Token | undefined;

  constructor(token: Token | undefined) {
    this.token = token;
  }

  /** Of data: a browser that another site's page makes ask is refused whatever it has. */
  ofData(request: IncomingMessage): Access {
    return isForeign(request) ? 'foreign' : this.ofPage(request);
  }

  /** Of the page itself, to which others may link. */
  ofPage(request: IncomingMessage): Access {
    const { token } = this;
    if (token === undefined || isLocalRequest(request) || token.isInCookie(request)) return 'open';
    const bearer = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return bearer === undefined ? 'no token' : this.given(request, bearer);
  }

  /** Of who just said a token. */
  given(request: IncomingMessage, text: string): Access {
    const verdict = this.token?.check(text, request.socket.remoteAddress) ?? 'right';
    return verdict === 'right' ? 'open' : verdict;
  }
}
