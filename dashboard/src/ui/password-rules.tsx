import { Check, Circle } from 'lucide-react';

import type { Rule } from '../session/password';

/** The rules, shown before one of them is broken. */
export function PasswordRules({ rules }: { rules: Rule[] }) {
  return (
    <ul className="space-y-0.5">
      {rules.map(({ text, isMet }) => (
        <li key={text} className={`flex items-center gap-1.5 ${isMet ? 'text-ink' : ''}`}>
          {isMet ? <Check aria-hidden="true" className="size-3.5 text-accent" /> : <Circle aria-hidden="true" className="size-3.5" />}
          {text}
          <span className="sr-only">{isMet ? '(done)' : '(open)'}</span>
        </li>
      ))}
      <li className="pl-5">and nothing easy to guess: several unrelated words are good</li>
    </ul>
  );
}
