import { useQuery } from '@apollo/client/react';

import { MeDocument } from '../gql/graphql';
import { Card } from '../ui/card';
import { Page } from '../ui/page';
import { ErrorNote, Loading } from '../ui/states';
import { DeleteAccount } from './account/delete-account';
import { Notifications } from './account/notifications';
import { Password } from './account/password';
import { Profile } from './account/profile';
import { Sessions, useSessions } from './account/sessions';

export function Account() {
  const { data, error, refetch } = useQuery(MeDocument);
  const sessions = useSessions();
  const me = data?.me;
  return (
    <Page title="Account">
      {!me ? (
        error ? (
          <ErrorNote error={error} retry={() => void refetch()} />
        ) : (
          <div className="card">
            <Loading label="Your account is being loaded" rows={6} />
          </div>
        )
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <div className="space-y-4">
            <Profile key={me.id} me={me} />
            <Card title="Delete the account">
              <DeleteAccount />
            </Card>
          </div>
          <div className="space-y-4">
            <Notifications me={me} />
            {sessions.state !== 'unknown' && (
              <>
                <Password onChanged={sessions.reload} />
                <Sessions {...sessions} />
              </>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}
