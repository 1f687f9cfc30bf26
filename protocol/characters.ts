/**
 * Something that is drawn: a letter, number, sign, symbol or mark with a place of its own, and no filler. Also an emoji that is newer
 * than this program: Unicode keeps room for them, and the devices that draw it may know it.
 */
export const DRAWN =
  /[[\p{L}\p{N}\p{P}\p{S}\p{Mc}\p{Extended_Pictographic}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v

/** No text of anybody's: controls, line and paragraph separators, private use, halves of a pair, what will never be a character, what a broken encoding leaves. */
export const NO_TEXT = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufffd]/v
