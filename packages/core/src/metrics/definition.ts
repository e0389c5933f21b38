import type { InstrumentationScope } from '../resource.ts';
import type { InstrumentOptions } from './instrument.ts';
import type { InstrumentKind, StreamForm } from './stream-form.ts';

/** An instrument as it was asked for. */
export interface Definition {
  readonly kind: InstrumentKind;
  readonly scope: InstrumentationScope;
  readonly name: string;
  readonly options: InstrumentOptions;
  readonly form: StreamForm;
  readonly valueType?: 'int';
}
