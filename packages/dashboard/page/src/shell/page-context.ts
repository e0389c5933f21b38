import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Frame } from '../../../src/frame.ts';
import type { LiveState } from '../live/live-state.ts';
import type { Address } from './address.ts';

/** What every view reads. */
export interface PageState {
  readonly live: LiveState;
  readonly frame: Frame;
  readonly address: Address;
  /** Seconds that charts show. */
  readonly span: number;
  /** Changes when colours do. */
  readonly theme: string;
}

export const PageContext = createContext<PageState | undefined>(undefined);

export function usePage(): PageState {
  const state = useContext(PageContext);
  if (!state) throw new Error('usePage outside of PageContext');
  return state;
}

/** The rows of the service that was chosen, or all. */
export function useMine<R extends { readonly service: string }>(rows: readonly R[]): readonly R[] {
  const { service } = usePage().address;
  return service === undefined ? rows : rows.filter((row) => row.service === service);
}
