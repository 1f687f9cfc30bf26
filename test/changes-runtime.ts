/**
 * What a file does that changes the runtime, or a module that others load, for all files of its process. A test file with any of it
 * has its process to itself: it need not put back what it changed.
 */
export const CHANGES_RUNTIME =
  /\b(?:spyOn|setSystemTime|mock(?:\.module)?|process\.(?:chdir|umask))\(|\b(?:assign|define\w+|deleteProperty|setPrototypeOf)\(globalThis\b|\bglobalThis\b.* = |\b(?:process\.env|\w+\.prototype|Math|Date|Bun|console|performance|crypto)(?:\.\w+|\[[^\]]+\]) = |\bdelete (?:globalThis|process\.env)\b/
