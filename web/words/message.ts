/** A text in one language, or one for each of the language's plural forms of `n`. `{name}` stands for a value. */
export type Message = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>)
