import { Card } from '../ui/card';
import { Page } from '../ui/page';
import { MarketCard, Movers } from './overview/market';
import { OwnCard } from './overview/own';
import { SaveSnapshot } from './overview/save-snapshot';
import { WatchlistRows } from './overview/watchlist';

export function Overview() {
  return (
    <Page title="Overview" action={<SaveSnapshot />}>
      <div className="grid gap-4 lg:grid-cols-3">
        <OwnCard className="lg:col-span-2" />
        <MarketCard />
        <Movers title="Gainers" of="gainers" />
        <Movers title="Losers" of="losers" />
        <Card title="Watchlist">
          <WatchlistRows />
        </Card>
      </div>
    </Page>
  );
}
