import { Page } from '../ui/page';
import { SaveSnapshot } from './overview/save-snapshot';
import { Analytics } from './snapshots/analytics';
import { History } from './snapshots/history';

export function Snapshots() {
  return (
    <Page title="Snapshots" action={<SaveSnapshot />}>
      <div className="space-y-4">
        <Analytics />
        <History />
      </div>
    </Page>
  );
}
