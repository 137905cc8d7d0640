import 'graphiql/style.css';
import './page.css';

import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { Account } from './account.jsx';
import { forgetToken, rememberToken, rememberedToken } from './api.js';
import { connect } from './connection.js';
import { TABS } from './operations.js';

function Page() {
  const [token, setToken] = useState(rememberedToken);
  const [feed, setFeed] = useState('idle');
  const [hasSchema, setHasSchema] = useState(true);
  const connection = useMemo(
    () => connect(token, { onFeed: setFeed, onNoSchema: () => setHasSchema(false) }),
    [token],
  );
  useEffect(() => () => connection.close(), [connection]);

  const logIn = (newToken) => {
    rememberToken(newToken);
    setToken(newToken);
  };
  const logOut = () => {
    forgetToken();
    setToken(null);
  };
  return (
    <>
      <header className="account">
        <h1>Fastfusion GraphQL</h1>
        <Account token={token} onLogIn={logIn} onLogOut={logOut} />
        <output className="feed" title="The WebSocket that subscriptions come on. It opens with the first one.">
          feed: {feed}
        </output>
      </header>
      {!hasSchema && (
        <p className="note" role="status">
          This server doesn’t tell its schema (introspection is off): operations run, but there is no completion and no
          documentation here. The schema is in <code>docs/schema.graphql</code>.
        </p>
      )}
      <main>
        <GraphiQL
          fetcher={connection.fetcher}
          schema={hasSchema ? undefined : null}
          defaultTabs={TABS}
          storage={window.sessionStorage}
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
        />
      </main>
    </>
  );
}

createRoot(document.getElementById('page')).render(<Page />);
