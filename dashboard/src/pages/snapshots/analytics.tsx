import { useQuery } from '@apollo/client/react';
import type { ReactNode } from 'react';

import { AnalyticsDocument, type AnalyticsQuery, type StepFragment } from '../../gql/graphql';
import { directionOf, format, formatSigned } from '../../live/decimal';
import { COLOURS, Percent, Shape } from '../../ui/change';
import { Card } from '../../ui/card';
import { ErrorNote, Loading } from '../../ui/states';
import { Time } from '../../ui/time';

type Figures = NonNullable<NonNullable<AnalyticsQuery['me']>['analytics']>;

export function Analytics() {
  const { data, error, refetch } = useQuery(AnalyticsDocument, { fetchPolicy: 'cache-and-network' });
  const figures = data?.me?.analytics;
  return (
    <Card title="Statistics">
      {figures ? (
        <Grid figures={figures} />
      ) : error ? (
        <div className="p-4">
          <ErrorNote error={error} retry={() => void refetch()} />
        </div>
      ) : (
        <Loading label="The statistics are being loaded" rows={8} className="h-96 md:h-48" />
      )}
    </Card>
  );
}

function Figure({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0 bg-panel p-4">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-1 text-lg font-semibold">{value ?? '–'}</dd>
      {note && <dd className="mt-0.5 text-xs text-muted [&>time]:whitespace-normal">{note}</dd>}
    </div>
  );
}

const price = (value: string | null | undefined) => value && format(value);

const stepNote = (step: StepFragment | null) => step && `${format(step.from)} → ${format(step.to)}`;

function Mean({ absolute, percent }: NonNullable<Figures['averageChange']>) {
  const direction = directionOf(absolute);
  return (
    <span className={`inline-flex flex-wrap items-baseline ${COLOURS[direction]}`}>
      <Shape direction={direction} />
      {formatSigned(absolute)} <span className="ml-1.5 text-sm">({formatSigned(percent)}%)</span>
    </span>
  );
}

function Grid({ figures }: { figures: Figures }) {
  const { count, averageChange, bestChange, worstChange, firstSnapshot, lastSnapshot, minimum, maximum, volatility } = figures;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-b-xl bg-line md:grid-cols-4">
      <Figure label="Snapshots" value={format(String(count))} note={count < 2 && 'Changes need two of them.'} />
      <Figure label="Average change" value={averageChange && <Mean {...averageChange} />} note="from one to the next" />
      <Figure label="Best change" value={bestChange && <Percent value={bestChange.change.percent} />} note={stepNote(bestChange)} />
      <Figure label="Worst change" value={worstChange && <Percent value={worstChange.change.percent} />} note={stepNote(worstChange)} />
      <Figure label="First" value={price(firstSnapshot?.price)} note={firstSnapshot && <Time at={firstSnapshot.requestedAt} />} />
      <Figure label="Last" value={price(lastSnapshot?.price)} note={lastSnapshot && <Time at={lastSnapshot.requestedAt} />} />
      <Figure label="Lowest and highest" value={minimum && maximum && `${format(minimum)} – ${format(maximum)}`} />
      <Figure label="Volatility" value={volatility && `${format(volatility)}%`} note="standard deviation of the changes" />
    </dl>
  );
}
