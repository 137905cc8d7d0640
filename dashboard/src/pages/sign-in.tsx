import { Link, useSearch } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';

import { Entrance } from '../layout/entrance';
import { DEMO, useIsLocal } from '../lib/emulator';
import { session, useSession } from '../session/current';
import type { Credentials } from '../session/session';
import { showProblem } from '../session/forms';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { FormError } from '../ui/form-error';

const LABELS = { email: 'The email address', password: 'The password' };

const REASONS: Record<string, string> = {
  expired: 'Your session has ended. Sign in again, and you are back where you were.',
  left: 'You are signed out.',
  deleted: 'Your account is deleted.',
};

export function SignIn() {
  const search = useSearch({ from: '/sign-in' });
  const state = useSession();
  const isLocal = useIsLocal();
  const { register, handleSubmit, setError, formState } = useForm<Credentials>();
  const { errors, isSubmitting } = formState;
  const signIn = async (credentials: Credentials) => {
    await session.signIn(credentials).catch((error: unknown) => showProblem(error, setError, LABELS));
  };
  const reason = state.status === 'signed-out' && state.reason ? REASONS[state.reason] : undefined;
  return (
    <Entrance title="Sign in">
      {reason && (
        <p role="status" className="mt-3 rounded-lg bg-accent-soft px-3 py-2 text-sm">
          {reason}
        </p>
      )}
      <form noValidate onSubmit={(event) => void handleSubmit(signIn)(event)} className="mt-6 space-y-4">
        <FormError message={errors.root?.message} />
        <Field
          label="Email address"
          type="email"
          autoComplete="username"
          error={errors.email?.message}
          {...register('email', { required: 'Enter your email address.' })}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          error={errors.password?.message}
          {...register('password', { required: 'Enter your password.' })}
        />
        <Button type="submit" look="primary" className="min-h-10 w-full" disabled={isSubmitting}>
          {isSubmitting ? 'Signing in…' : 'Sign in'}
        </Button>
        {isLocal && (
          <Button className="min-h-10 w-full" disabled={isSubmitting} onClick={() => void handleSubmit(() => signIn(DEMO), () => signIn(DEMO))()}>
            Sign in as a demo shareholder
          </Button>
        )}
      </form>
      <p className="mt-6 text-sm text-muted">
        New here?{' '}
        <Link to="/sign-up" search={search} className="font-medium text-accent underline underline-offset-2">
          Sign up
        </Link>
      </p>
    </Entrance>
  );
}
