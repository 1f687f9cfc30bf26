/**
 * Letters and signs that look like Latin ones, of scripts in which whole words can be written: after Unicode's confusables (UTS
 * 39).
 */
export const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  [
    ['a', 'аα@4ᴀꭺꓮ'],
    ['b', 'вβь8ʙᏼꮟꓐ'],
    ['c', 'сϲᴄꮯꓚ'],
    ['d', 'ԁᴅꭰꓓ'],
    ['e', 'еεє3ᴇꭼꓰ'],
    ['f', 'ꜰꓝ'],
    ['g', 'ɢꮐꓖ'],
    ['h', 'нһηʜꮋꓧ'],
    ['i', 'іιılӏ1|ɪꭵꓲʟꮮꓡ'],
    ['j', 'јᴊꭻꓙ'],
    ['k', 'кκᴋꮶꓗ'],
    ['m', 'мμᴍꮇꓟ'],
    ['n', 'ոпɴꓠ'],
    ['o', 'оοσ0օᴏꓳ'],
    ['p', 'рρᴘꮲꓑ'],
    ['r', 'гʀꭱꮢꓣ'],
    ['s', 'ѕ$5ꜱꮪꓢ'],
    ['t', 'тτ7ᴛꭲꓔ'],
    ['u', 'υսᴜꓴ'],
    ['v', 'ѵνᴠꮩꓦ'],
    ['w', 'ԝωᴡꮃꓪ'],
    ['x', 'хχꓫ'],
    ['y', 'уγүʏꮍꓬ'],
    ['z', 'ᴢꮓꓜ'],
    // Letters in circles and squares, alone or as the halves of a flag.
    ...[0x1f150, 0x1f170, 0x1f1e6].flatMap((first) =>
      [...'abcdefghijkimnopqrstuvwxyz'].map((letter, i) => [letter, String.fromCodePoint(first + i)]),
    ),
  ].flatMap(([letter, alike]) => [...alike!].map((one) => [one, letter!] as const)),
)
