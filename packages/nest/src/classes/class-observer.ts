import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { messageOf, type Telemetry } from '@telltale/core';
import { classOf, instancesOf, type Wrapper, wrappersIn } from './container.ts';
import { type EnhancerKind, EnhancerObserver } from './enhancers.ts';
import { observeBaseFilter } from './exceptions.ts';
import { observeHandlers } from './handlers.ts';
import { attachSpans, type SpanSelection } from './span-selection.ts';
import { attachTelemetry, telemetryOf } from './wrap-method.ts';

/** Observes the classes of one application, and says of its instances whose telemetry theirs is. No method throws. */
export class ClassObserver {
  private readonly telemetry: Telemetry;
  private readonly spans: SpanSelection;
  private readonly modules: ModulesContainer;
  private readonly enhancers: EnhancerObserver;

  constructor(modules: ModulesContainer, telemetry: Telemetry, spans: SpanSelection) {
    this.telemetry = telemetry;
    this.spans = spans;
    this.modules = modules;
    this.enhancers = new EnhancerObserver(telemetry, spans);
  }

  /** To be called while Nest makes instances: all classes are known, and nobody has taken a method from an instance yet. */
  attachClasses(): void {
    for (const wrapper of wrappersIn(this.modules)) {
      const prototype = classOf(wrapper)?.prototype;
      if (prototype !== undefined) this.attach(prototype);
    }
  }

  /** To be called at the same time. */
  observeClasses(): void {
    if (!this.telemetry.observes('request') && !this.telemetry.observes('job')) return;
    this.carefully(() => observeBaseFilter(this.telemetry));
    for (const module of this.modules.values()) {
      for (const wrapper of module.injectables.values()) this.observeEnhancer(wrapper, true);
      for (const wrapper of module.providers.values()) {
        this.observeEnhancer(wrapper, false);
        this.observeBound(wrapper);
      }
      for (const wrapper of module.controllers.values()) {
        this.observeBound(wrapper);
        const controller = classOf(wrapper);
        if (this.spans.handler && controller !== undefined) this.carefully(() => observeHandlers(controller));
      }
    }
  }

  /** What the application itself was given, such as by `app.useGlobalGuards`: before Nest makes its routes. */
  observeGlobals(config: ApplicationConfig): void {
    const globals: Readonly<Record<EnhancerKind, readonly unknown[]>> = {
      guard: config.getGlobalGuards(),
      pipe: config.getGlobalPipes(),
      interceptor: config.getGlobalInterceptors(),
      filter: config.getGlobalFilters(),
    };
    for (const [kind, enhancers] of Object.entries(globals)) {
      this.carefully(() => this.enhancers.observeObjects(enhancers, kind as EnhancerKind));
    }
  }

  /** To be called when all instances are made. */
  attachInstances(): void {
    for (const wrapper of wrappersIn(this.modules)) {
      for (const instance of instancesOf(wrapper)) {
        // Only what is of a class that is observed: anything can be a provider.
        if (telemetryOf(instance) !== undefined) this.attach(instance);
      }
    }
  }

  private observeEnhancer(wrapper: Wrapper, isInjectable: boolean): void {
    this.carefully(() => this.enhancers.observeWrapper(wrapper, isInjectable));
  }

  private observeBound(wrapper: Wrapper): void {
    const type = classOf(wrapper);
    if (type !== undefined) this.carefully(() => this.enhancers.observeBound(type));
  }

  private attach(target: object): void {
    try {
      attachTelemetry(target, this.telemetry);
      attachSpans(target, this.spans);
    } catch {
      // Frozen: it works as without telemetry.
    }
  }

  private carefully(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.telemetry.problem('nest classes', () => `A class of Nest is not observed: ${messageOf(error)}.`);
    }
  }
}
