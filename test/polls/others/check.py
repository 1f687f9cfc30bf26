"""Checks the heads, the growth, a ballot and the tiles of a sealed poll by aics-tlog, a library for C2SP's logs that is not ours.

    python3 check.py < QUESTION

Prints the sizes of both heads, who cosigned the newer, and how many entries the tiles hold. Ends with 1 where anything differs.
"""

import base64
import json
import sys

from aics_tlog import (
    HttpTileReader,
    audit_tiles,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)

asked = json.load(sys.stdin)
log = parse_vkey(asked["key"])
witnesses = [parse_vkey(key) for key in asked["witnesses"]]
hashes = lambda path: [base64.b64decode(text) for text in path]


def head(text, witness_keys):
    note = parse_note(text)
    result = verify_checkpoint(note, log, witness_keys, quorum=len(witness_keys), max_age_seconds=3600)
    if not result.ok:
        sys.exit(f"the head is not good: {result.error}")
    return parse_checkpoint(note.text)


older, newer = head(asked["older"], []), head(asked["newer"], witnesses)
if not verify_consistency(older.size, newer.size, older.root, newer.root, hashes(asked["growth"])):
    sys.exit("the newer head did not grow out of the older")
leaf = asked["leaf"].encode()
if not verify_leaf_inclusion(leaf, asked["index"], newer.size, hashes(asked["path"]), newer.root):
    sys.exit("the ballot is not in the newer head")
report = audit_tiles(HttpTileReader([asked["tiles"]]), newer.size, newer.root)
print(older.size, newer.size, *(witness.name for witness in witnesses), f"{report.tiles} tiles, {report.bundles} bundles")
