import type { IChartApi, ISeriesApi } from 'lightweight-charts';

import type { Scale } from '../../live/alert-line';
import { Listeners } from '../../live/frames';

/** Which prices the chart shows at which heights: that changes as candles come, and as somebody scrolls. */
export class PriceAxis {
  #scale: Scale | undefined;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.subscribe;
  readonly scale = () => this.#scale;

  /** Follows a chart until it is removed: the library tells whatever is attached to a series when it draws. */
  attach(chart: IChartApi, series: ISeriesApi<'Candlestick'>): void {
    series.attachPrimitive({ updateAllViews: () => this.#measure(chart, series) });
  }

  #measure(chart: IChartApi, series: ISeriesApi<'Candlestick'>): void {
    const [height, width] = [chart.panes()[0]?.getHeight() ?? 0, chart.timeScale().width()];
    const [top, bottom] = [series.coordinateToPrice(0), series.coordinateToPrice(height)];
    const isKnown = height > 0 && top !== null && bottom !== null && top > bottom;
    const scale = isKnown ? { top, bottom, height, width } : undefined;
    if (JSON.stringify(scale) === JSON.stringify(this.#scale)) return;
    this.#scale = scale;
    this.#listeners.notify();
  }
}
