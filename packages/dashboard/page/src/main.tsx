import { render } from 'preact';
import { browserParts } from './live/browser-parts.ts';
import { LiveState } from './live/live-state.ts';
import { App } from './shell/app.tsx';
import { showStoredTheme } from './shell/theme.ts';

showStoredTheme();
const live = new LiveState(browserParts, () => Date.now() / 1_000);
document.addEventListener('visibilitychange', () => live.setHidden(document.hidden));
window.addEventListener('online', () => live.hurry());
live.setHidden(document.hidden);
render(<App live={live} />, document.getElementById('app')!);
