import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';

/** Nothing comes back for an event. */
export const LENIENT = { defaultValue: undefined };

/** A transport that stays in the process. */
export class LocalServer extends Server implements CustomTransportStrategy {
  constructor(id?: symbol) {
    super();
    if (id !== undefined) this.setTransportId(id);
  }

  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    throw new Error('There is nothing in it.');
  }

  async deliver(pattern: string, context: BaseRpcContext = new BaseRpcContext([])): Promise<unknown> {
    const result = await this.getHandlerByPattern(pattern)?.({}, context);
    return lastValueFrom(this.transformToObservable(result), LENIENT);
  }
}
