import { useEffect, useState } from 'preact/hooks';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'telltale-theme';

/** The chosen theme, and a key that changes whenever colours do. */
export function useTheme(): { theme: Theme; colours: string; setTheme(theme: Theme): void } {
  const [theme, setTheme] = useState(stored);
  const [systemDark, setSystemDark] = useState(() => darkQuery().matches);
  useEffect(() => {
    const query = darkQuery();
    const changed = () => setSystemDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return {
    theme,
    colours: theme === 'auto' ? (systemDark ? 'dark' : 'light') : theme,
    setTheme: (next) => {
      show(next);
      setTheme(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // Storage is switched off: it lasts as long as the page.
      }
    },
  };
}

/** Before the first paint. */
export function showStoredTheme(): void {
  show(stored());
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === value) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function darkQuery(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}
