import { useForm, useWatch } from 'react-hook-form';

import { toasts } from '../../app';
import { session } from '../../session/current';
import { showProblem } from '../../session/forms';
import { passwordRules } from '../../session/password';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field } from '../../ui/field';
import { FormError } from '../../ui/form-error';
import { PasswordRules } from '../../ui/password-rules';

interface Values {
  current_password: string;
  new_password: string;
}

const LABELS = { current_password: 'The current password', new_password: 'The new password' };

export function Password({ onChanged }: { onChanged: () => void }) {
  const { register, handleSubmit, setError, reset, control, formState } = useForm<Values>({ defaultValues: { current_password: '', new_password: '' } });
  const { errors, isSubmitting } = formState;
  const typed = useWatch({ control, name: 'new_password' });
  const submit = async (values: Values) => {
    try {
      await session.request('POST', '/api/v1/users/password', values);
      reset();
      toasts.add({ type: 'success', title: 'Your password is changed', description: 'All other sessions have ended.' });
      onChanged();
    } catch (error) {
      showProblem(error, setError, LABELS);
    }
  };
  return (
    <Card title="Password">
      <form noValidate onSubmit={(event) => void handleSubmit(submit)(event)} className="space-y-4 p-4">
        <FormError message={errors.root?.message} />
        <Field
          label="Current password"
          type="password"
          autoComplete="current-password"
          error={errors.current_password?.message}
          {...register('current_password', { required: 'Enter your current password.' })}
        />
        <Field
          label="New password"
          type="password"
          autoComplete="new-password"
          hint={<PasswordRules rules={passwordRules(typed)} />}
          error={errors.new_password?.message}
          {...register('new_password', { minLength: { value: 12, message: 'A password has at least 12 characters.' }, required: 'Enter a new password.' })}
        />
        <Button type="submit" disabled={isSubmitting}>
          {isSubmitting ? 'Changing…' : 'Change the password'}
        </Button>
      </form>
    </Card>
  );
}
