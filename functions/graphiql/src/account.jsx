import { useEffect, useState } from 'react';

import { nameOf, tokenOf } from './api.js';

/** Who is logged in, or the fields to do so: email address and password, or a token. */
export function Account({ token, onLogIn, onLogOut }) {
  return token ? <Known token={token} onLogOut={onLogOut} /> : <Unknown onLogIn={onLogIn} />;
}

function Known({ token, onLogOut }) {
  const [who, setWho] = useState('logged in');
  useEffect(() => {
    let isCurrent = true;
    const say = (text) => isCurrent && setWho(text);
    nameOf(token).then(
      (name) => say(`logged in as ${name}`),
      (error) => say(error.message),
    );
    return () => {
      isCurrent = false;
    };
  }, [token]);
  return (
    <div className="fields">
      <span role="status">{who}</span>
      <button type="button" onClick={onLogOut}>Log out</button>
    </div>
  );
}

function Unknown({ onLogIn }) {
  const [hasToken, setHasToken] = useState(false);
  const [problem, setProblem] = useState('');
  const [isBusy, setIsBusy] = useState(false);

  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setIsBusy(true);
    try {
      onLogIn(await tokenFrom(fields));
    } catch (error) {
      setProblem(error.message);
      setIsBusy(false);
    }
  };
  return (
    <form className="fields" onSubmit={submit}>
      {hasToken ? (
        <input key="token" name="token" type="password" placeholder="access token" aria-label="Access token"
          autoComplete="off" required />
      ) : (
        <>
          <input name="email" type="email" placeholder="email" aria-label="Email" autoComplete="username" required />
          <input name="password" type="password" placeholder="password" aria-label="Password"
            autoComplete="current-password" required />
        </>
      )}
      <button type="submit" disabled={isBusy}>Log in</button>
      <button type="button" className="link" onClick={() => setHasToken(!hasToken)}>
        {hasToken ? 'with email and password' : 'with a token'}
      </button>
      <span role="alert" className="problem">{problem}</span>
    </form>
  );
}

/** The token of a form: pasted, perhaps with its scheme, or got for the email address and the password. */
async function tokenFrom(fields) {
  const pasted = fields.get('token');
  if (pasted === null) return tokenOf(fields.get('email'), fields.get('password'));
  const token = pasted.trim().replace(/^bearer\s+/i, '');
  if (!/^[\w.~+/=-]+$/.test(token)) throw new Error('This is not an access token.');
  return token;
}
