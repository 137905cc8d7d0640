import type { CDPSession, Page } from '@playwright/test';

const MEGABYTE = 1_000_000;
/** How many lines tell how the heap went. */
const LINES = 6;

/** What is left of the page's heap after all garbage is collected, over the time. */
export class Heap {
  readonly #noted: { minute: number; bytes: number }[] = [];

  private constructor(readonly devtools: CDPSession) {}

  static async of(page: Page): Promise<Heap> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('HeapProfiler.enable');
    return new Heap(devtools);
  }

  async note(minute: number): Promise<void> {
    await this.devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.devtools.send('Runtime.getHeapUsage');
    this.#noted.push({ minute, bytes: usedSize });
  }

  table(): string {
    const step = Math.max(1, (this.#noted.length - 1) / (LINES - 1));
    const lines = new Set(this.#noted.map((_, line) => Math.round(line * step)).filter((line) => line < this.#noted.length));
    const shown = [...lines].map((line) => this.#noted[line]!);
    return ['| minute | heap after a collection |', '|---:|---:|', ...shown.map(({ minute, bytes }) => `| ${minute.toFixed(0)} | ${(bytes / MEGABYTE).toFixed(1)} MB |`)].join('\n');
  }
}
