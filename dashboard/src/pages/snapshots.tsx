import { Page } from '../ui/page';

export function Snapshots() {
  return <Page title="Snapshots">…</Page>;
}
