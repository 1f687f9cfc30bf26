/**
 * A visible character: a letter, number, sign, symbol or mark with a place of its own, and no filler or blank. Also an emoji newer than
 * this program: Unicode reserves room for them, and devices may know them.
 */
export const DRAWN =
  /[[\p{L}\p{N}\p{P}\p{S}\p{Mc}\p{Extended_Pictographic}]--[\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{1d159}]]/v

/**
 * Never part of a text: controls, line and paragraph separators, private use, lone surrogates, noncharacters, the replacement
 * character of broken encodings.
 */
export const NO_TEXT = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufffd]/v
