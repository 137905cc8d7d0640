/**
 * Runs what is asked for in the coming animation frames, each function once however often it was asked for. Each has a frame of its own:
 * a tick brings news for many parts of a page, and rendering all of them at once would take longer than a frame lasts.
 */
const pending = new Set<() => void>();
let isRequested = false;

function runNext() {
  const [next] = pending;
  isRequested = false;
  if (!next) return;
  pending.delete(next);
  if (pending.size > 0) request();
  next();
}

function request() {
  if (isRequested) return;
  isRequested = true;
  requestAnimationFrame(runNext);
}

export function inNextFrame(run: () => void): void {
  pending.add(run);
  request();
}

/** A set of listeners that are told in one of the next frames. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  readonly #notify = () => this.#listeners.forEach((listener) => listener());

  get size(): number {
    return this.#listeners.size;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  notify(): void {
    inNextFrame(this.#notify);
  }
}
