/** A call as `skip` and `operation` see it, before it is sent. */
export class OutgoingCall {
  /** As it is sent: `GET`. */
  readonly method: string;
  /** `https://api.stripe.com`; with the port if it is not the scheme's own. */
  readonly origin: string;
  /** `api.stripe.com`, `127.0.0.1:8080`: as in URLs. */
  readonly host: string;
  private readonly target: string;

  constructor(method: string, origin: string, host: string, target: string) {
    this.method = method;
    this.origin = origin;
    this.host = host;
    this.target = target;
  }

  /** Without the query string. */
  get path(): string {
    const at = this.target.indexOf('?');
    return at < 0 ? this.target : this.target.slice(0, at);
  }

  /** The whole URL as it is sent, secrets included. */
  get url(): string {
    return this.origin + this.target;
  }
}
