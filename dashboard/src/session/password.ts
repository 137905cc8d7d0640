export interface Rule {
  text: string;
  isMet: boolean;
}

/** What the API asks of a password, as far as it can be told here. Whether it is a common one, the server alone knows. */
export function passwordRules(password: string, { name = '', email = '' }: { name?: string; email?: string } = {}): Rule[] {
  const length = [...password].length;
  const lower = password.toLowerCase();
  const own = [name, email.split('@')[0] ?? ''].map((text) => text.trim().toLowerCase()).filter((text) => text.length > 0);
  return [
    { text: '12 to 128 characters', isMet: length >= 12 && length <= 128 },
    { text: 'not your name or email address', isMet: length > 0 && !own.includes(lower) && lower !== email.trim().toLowerCase() },
  ];
}
