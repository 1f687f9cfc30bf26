/** A text in one language, or one per plural form of `n` in that language. `{name}` is a placeholder. */
export type Message = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>)
