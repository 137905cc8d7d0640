import { valibotResolver } from '@hookform/resolvers/valibot';
import { Link, useSearch } from '@tanstack/react-router';
import { useForm, useWatch } from 'react-hook-form';
import * as v from 'valibot';

import { Entrance } from '../layout/entrance';
import { session } from '../session/current';
import { showProblem } from '../session/forms';
import { passwordRules } from '../session/password';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { FormError } from '../ui/form-error';
import { PasswordRules } from '../ui/password-rules';

const schema = v.object({
  name: v.pipe(v.string(), v.trim(), v.nonEmpty('Enter your name.'), v.maxLength(100, 'A name has at most 100 characters.')),
  email: v.pipe(v.string(), v.trim(), v.nonEmpty('Enter your email address.')),
  phone: v.union(
    [v.literal(''), v.pipe(v.string(), v.regex(/^\+[1-9][0-9]{7,14}$/))],
    'Enter the number in international form, such as +4930901820.',
  ),
  password: v.pipe(
    v.string(),
    v.check((password) => [...password].length >= 12, 'A password has at least 12 characters.'),
    v.check((password) => [...password].length <= 128, 'A password has at most 128 characters.'),
  ),
});

type Values = v.InferOutput<typeof schema>;

const LABELS = { name: 'The name', email: 'The email address', phone: 'The phone number', password: 'The password' };

export function SignUp() {
  const search = useSearch({ from: '/sign-up' });
  const form = useForm<Values>({ resolver: valibotResolver(schema), defaultValues: { name: '', email: '', phone: '', password: '' } });
  const { register, handleSubmit, setError, control } = form;
  const { errors, isSubmitting } = form.formState;
  const [name, email, password] = useWatch({ control, name: ['name', 'email', 'password'] });
  const signUp = async ({ phone, ...rest }: Values) => {
    await session.signUp(phone ? { ...rest, phone } : rest).catch((error: unknown) => showProblem(error, setError, LABELS));
  };
  return (
    <Entrance title="Sign up">
      <form noValidate onSubmit={(event) => void handleSubmit(signUp)(event)} className="mt-6 space-y-4">
        <FormError message={errors.root?.message} />
        <Field label="Name" autoComplete="name" hint="Every shareholder sees it." error={errors.name?.message} {...register('name')} />
        <Field label="Email address" type="email" autoComplete="username" error={errors.email?.message} {...register('email')} />
        <Field
          label="Phone number (optional)"
          type="tel"
          autoComplete="tel"
          placeholder="+4930901820"
          hint="For alerts as text messages."
          error={errors.phone?.message}
          {...register('phone')}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="new-password"
          hint={<PasswordRules rules={passwordRules(password, { name, email })} />}
          error={errors.password?.message}
          {...register('password')}
        />
        <Button type="submit" look="primary" className="min-h-10 w-full" disabled={isSubmitting}>
          {isSubmitting ? 'Signing up…' : 'Sign up'}
        </Button>
      </form>
      <p className="mt-6 text-sm text-muted">
        Signed up already?{' '}
        <Link to="/sign-in" search={search} className="font-medium text-accent underline underline-offset-2">
          Sign in
        </Link>
      </p>
    </Entrance>
  );
}
