import { useSyncExternalStore } from 'react';

/** A choice of the viewer's that survives a reload, and that other tabs follow. */
export class Preference<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly name: string,
    readonly read: (stored: unknown) => Value,
  ) {
    this.#value = read(this.#stored());
    window.addEventListener('storage', ({ key }) => key === this.name && this.#become(read(this.#stored())));
  }

  readonly value = (): Value => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(value: Value): void {
    this.#become(value);
    try {
      localStorage.setItem(this.name, JSON.stringify(value));
    } catch (error) {
      console.warn(`${this.name} lasts only until this page is left: the browser stores nothing.`, error);
    }
  }

  #stored(): unknown {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? 'null') as unknown;
    } catch {
      return null;
    }
  }

  #become(value: Value): void {
    this.#value = value;
    this.#listeners.forEach((listener) => listener());
  }
}

export function usePreference<Value>(preference: Preference<Value>): [Value, (value: Value) => void] {
  return [useSyncExternalStore(preference.subscribe, preference.value), (value) => preference.set(value)];
}

const oneOf =
  <Value extends string>(...values: [Value, ...Value[]]) =>
  (stored: unknown): Value =>
    values.find((value) => value === stored) ?? values[0];

export const theme = new Preference('fastfusion-theme', oneOf('system', 'light', 'dark'));
export const convention = new Preference('fastfusion-colours', oneOf('green-up', 'red-up'));
export const watchlist = new Preference('fastfusion-watchlist', (stored): readonly string[] =>
  Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, 100) : [],
);

/** Whether there may be a session. */
export const signedIn = new Preference('fastfusion-signed-in', (stored) => stored === true);

/** Puts the choices into effect, now and whenever they or the system's change. */
export function applyPreferences(): void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const isDark = theme.value() === 'system' ? system.matches : theme.value() === 'dark';
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    document.documentElement.dataset.convention = convention.value();
  };
  apply();
  theme.subscribe(apply);
  convention.subscribe(apply);
  system.addEventListener('change', apply);
}

/** Whether it is dark now. */
export function useIsDark(): boolean {
  return useSyncExternalStore(observeTheme, () => document.documentElement.dataset.theme === 'dark');
}

function observeTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-convention'] });
  return () => observer.disconnect();
}
