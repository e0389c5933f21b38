import type { IncomingMessage } from 'node:http';
import type { Telemetry } from '@telltale/core';
import { type ExpressMiddleware, expressTelemetry } from '@telltale/express';
import type { ModuleInstrumentation } from './loaded-modules.ts';

interface Router {
  readonly stack?: readonly { readonly handle?: { readonly name?: string } }[];
  use(middleware: ExpressMiddleware): unknown;
}

/** An application, and what all of them inherit: `express.application`. */
interface Application {
  init(...args: unknown[]): unknown;
  /** Express 4. */
  lazyrouter?(...args: unknown[]): unknown;
  _router?: Router;
}

const DONE = Symbol.for('telltale.register.express');
/** The name of what `expressTelemetry` gives, in whatever copy of its package. */
const MIDDLEWARE = 'telltale';

/**
 * Puts `expressTelemetry` in front of everything else in each application. Not when an application is made, because with the first middleware
 * Express makes a router by the settings of that moment.
 */
export function instrumentExpress(telemetry: Telemetry): ModuleInstrumentation {
  const applications = new Applications(telemetry);
  return {
    name: 'express',
    majors: [4, 5],
    instrument(exports) {
      const prototype = prototypeOf(exports);
      if (DONE in prototype) return exports;
      Object.defineProperty(prototype, DONE, { value: true });
      if (prototype.lazyrouter === undefined) applications.useInExpress5(prototype);
      else applications.useInExpress4(prototype, prototype.lazyrouter);
      return exports;
    },
  };
}

function prototypeOf(exports: object): Application {
  const { default: express = exports } = exports as { readonly default?: object };
  const { application } = express as { readonly application?: Application };
  if (typeof application?.init !== 'function') throw new Error('it has no express.application');
  return application;
}

class Applications {
  private readonly middleware: ExpressMiddleware;
  private readonly routers = new WeakMap<object, Router>();
  private readonly byHand = new WeakMap<object, boolean>();

  constructor(telemetry: Telemetry) {
    this.middleware = expressTelemetry(telemetry, { skip: (request) => this.isObservedByHand(request) });
  }

  useInExpress4(prototype: Application, lazyrouter: () => unknown): void {
    const { observe } = this;
    prototype.lazyrouter = function (...args: []) {
      const result = lazyrouter.apply(this, args);
      if (this._router !== undefined) observe(this, this._router);
      return result;
    };
  }

  useInExpress5(prototype: Application): void {
    const { observe } = this;
    const { init } = prototype;
    prototype.init = function (...args) {
      const result = init.apply(this, args);
      const property = Object.getOwnPropertyDescriptor(this, 'router');
      const { get } = property ?? {};
      if (get === undefined) return result;
      Object.defineProperty(this, 'router', {
        ...property,
        get: () => {
          const router: Router = get.call(this);
          observe(this, router);
          return router;
        },
      });
      return result;
    };
  }

  /** Called whenever the application asks for its router: the first time, it is empty. */
  private readonly observe = (application: object, router: Router): void => {
    if (this.routers.has(application)) return;
    this.routers.set(application, router);
    router.use(this.middleware);
  };

  /** Whether the service has mounted `expressTelemetry` itself: then its own telemetry has the requests. By the first one, all is mounted. */
  private isObservedByHand(request: IncomingMessage & { readonly app?: object }): boolean {
    const { app } = request;
    if (app === undefined) return false;
    let byHand = this.byHand.get(app);
    if (byHand === undefined) {
      const { stack = [] } = this.routers.get(app) ?? {};
      byHand = stack.some(({ handle }) => handle?.name === MIDDLEWARE && handle !== this.middleware);
      this.byHand.set(app, byHand);
    }
    return byHand;
  }
}
