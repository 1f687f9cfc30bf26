"""Checks a receipt, a certificate and a proof of Roar with Python's own SHA-256: no line of it is Roar's.

    python3 verify.py tree receipt.json certificate.json proof.json    the hashing: prints good, or what is wrong
    python3 verify.py recount certificate.json ballots.ndjson          counts again: prints good, or what is wrong
    python3 verify.py signed-bytes receipt.json|certificate.json       the exact bytes that the signature is over
    python3 verify.py key keys.json receipt.json|certificate.json      the key of the signature, as PEM: prints it, or why it is not good
"""
import base64
import hashlib
import json
import re
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


def to_text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hash_of(*lines):
    return to_text(sha256("\n".join(str(line) for line in lines).encode()))


def commitment(receipt):
    answer = ",".join(f"{c}={p}" for c, p in zip(receipt["answer"]["choice"], receipt["answer"]["points"]))
    answer_salt = hash_of("roar-salt-v1", receipt["salt"])
    segment = hash_of("roar-segment-v1", receipt["salt"], receipt["segment"])
    return hash_of("roar-answer-v2", answer_salt, receipt["voter"], segment, answer)


def mark(opening):
    return hash_of("roar-mark-v1", opening["markSalt"], "in quarantine" if opening["quarantined"] else "not in quarantine")


def leaf(receipt):
    place = receipt["place"]
    lines = ["roar-ballot-v2", receipt["show"], receipt["poll"], receipt["paper"], receipt["ballot"], receipt["ordinal"],
             receipt["at"], "late" if receipt["late"] else "in time", receipt["mark"], place["partition"], place["offset"], receipt["commitment"]]
    return "\n".join(str(line) for line in lines).encode()


def root(leaf_bytes, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        raise ValueError("no such leaf")
    node, last, result = index, size - 1, sha256(b"\x00" + leaf_bytes)
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        if node % 2 == 1 or node == last:
            result = sha256(b"\x01" + from_text(step) + result)
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            result = sha256(b"\x01" + result + from_text(step))
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ValueError("the path is too short")
    return to_text(result)


class Tree:
    """RFC 9162, section 2.1.1: kept are the complete subtrees of the leaves so far."""

    def __init__(self):
        self.stack, self.size = [], 0

    def add(self, data):
        node, size = sha256(b"\x00" + data), 1
        while self.stack and self.stack[-1][1] == size:
            node, size = sha256(b"\x01" + self.stack.pop()[0] + node), 2 * size
        self.stack.append((node, size))
        self.size += 1

    def root(self):
        if not self.stack:
            return to_text(sha256(b""))
        *lefts, (node, _) = self.stack
        for left, _ in reversed(lefts):
            node = sha256(b"\x01" + left + node)
        return to_text(node)


def public_leaf(ballot, statement):
    answer = ",".join(f"{c}={p}" for c, p in zip(ballot["choice"], ballot["points"]))
    answer_salt = ballot.get("answerSalt") or hash_of("roar-salt-v1", ballot["salt"])
    segment = ballot.get("segmentHash") or hash_of("roar-segment-v1", ballot["salt"], ballot["segment"])
    commitment = hash_of("roar-answer-v2", answer_salt, ballot["voter"], segment, answer)
    lines = ["roar-ballot-v2", statement["show"], statement["poll"], statement["paper"], ballot["ballot"],
             ballot["ordinal"], ballot["at"], "late" if ballot["late"] else "in time", mark(ballot),
             ballot["place"]["partition"], ballot["place"]["offset"], commitment]
    return "\n".join(str(line) for line in lines).encode()


class Count:
    """Who was first, by the order alone; then what is left out; then each voter's last."""

    def __init__(self, late_counts, quarantined_counts):
        self.late_counts, self.quarantined_counts = late_counts, quarantined_counts
        self.newest, self.answers, self.kinds = {}, {}, {}

    def add(self, ballot):
        voter = ballot["voter"]
        if ballot["ordinal"] <= self.newest.get(voter, 0):
            return
        self.newest[voter] = ballot["ordinal"]
        if (ballot["late"] and not self.late_counts) or (ballot["quarantined"] and not self.quarantined_counts):
            return
        answer = tuple(zip(ballot["choice"], ballot["points"]))
        self.answers[voter] = self.kinds.setdefault(answer, answer)

    def result(self):
        result = {}
        for answer in self.answers.values():
            for choice, points in answer:
                result[choice] = result.get(choice, 0) + points
        return len(self.answers), result


def count_again(ballots, late_counts, quarantined_counts):
    count = Count(late_counts, quarantined_counts)
    for ballot in ballots:
        count.add(ballot)
    return count.result()


NAME, HASH = r"[A-Za-z0-9_-]{1,64}", r"[A-Za-z0-9_-]{43}"
ID = r"[a-z0-9][a-z0-9-]{0,31}"
TEXTS = {"ballot": NAME, "voter": r"[A-Za-z0-9_-]{22}", "markSalt": f"({NAME})?", "segment": f"({ID})?", "salt": f"({NAME})?",
         "answerSalt": HASH, "segmentHash": HASH}
# What comes of reading something else, also what is nested deeper than can be followed.
NO_BALLOT = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
FIELDS = ["ballot", "place", "voter", "ordinal", "at", "late", "quarantined", "markSalt", "choice", "points"]


def whole(value, least, most=2**53 - 1):
    return type(value) is int and least <= value <= most


def ballot_in(line):
    """There is one way to write a ballot, as parsers read JSON differently where it is loose."""
    ballot = json.loads(line)
    place, choice, points = (ballot[name] for name in ("place", "choice", "points"))
    is_ballot = (
        json.dumps(ballot, separators=(",", ":"), ensure_ascii=False) == line
        and list(ballot) in (FIELDS + ["segment", "salt"], FIELDS + ["answerSalt", "segmentHash"])
        and all(type(ballot[name]) is str and re.fullmatch(TEXTS[name], ballot[name]) for name in ballot if name in TEXTS)
        and list(place) == ["partition", "offset"] and all(whole(n, 0) for n in place.values())
        and whole(ballot["ordinal"], 1, 2**31 - 1) and whole(ballot["at"], 0)
        and type(ballot["late"]) is bool and type(ballot["quarantined"]) is bool
        and type(choice) is list and all(type(one) is str and re.fullmatch(ID, one) for one in choice)
        and type(points) is list and all(whole(n, 1, 1000) for n in points)
        and 1 <= len(choice) == len(points) <= 64 and len(set(choice)) == len(choice)
    )
    if not is_ballot:
        raise ValueError("it is not written as a ballot is")
    return ballot


def is_line(line):
    try:
        return bool(ballot_in(line))
    except NO_BALLOT:
        return False


def recount(certificate, lines):
    """A ballot at a time: millions need the memory of their voters alone."""
    statement = certificate["statement"]
    tree, count = Tree(), Count(statement["late"]["counted"], statement["quarantined"]["counted"])
    for number, line in enumerate(lines, 1):
        try:
            ballot = ballot_in(line.removesuffix("\n"))
        except NO_BALLOT as cause:
            return f"line {number} is not a ballot: {cause}"
        tree.add(public_leaf(ballot, statement))
        count.add(ballot)
    if tree.size != statement["ballots"]:
        return f"there are {tree.size} ballots"
    if tree.root() != statement["root"]:
        return "the root is another"
    viewers, result = count.result()
    if viewers != statement["viewers"] or result != {c: n for c, n in statement["result"].items() if n}:
        return f"the result is another: {viewers} viewers, {result}"
    print("good")
    return 0


def signed_bytes(document):
    if "statement" in document:
        statement = json.dumps(document["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f"roar-certificate-v2\n{statement}".encode()
    proof = document["proof"]
    return f"roar-batch-v1\n{proof['size']}\n{root(leaf(document), proof['index'], proof['size'], proof['path'])}".encode()


# Ballots that are written together are signed once, by the key of the first of them.
TOGETHER_MS = 10_000
SPKI_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


def key_of(keys, document):
    """Each key has a beginning and an end: what it signed is good for what was received, or sealed, between them."""
    signed, at = (document, document["statement"]["sealed"]) if "statement" in document else (document["proof"], document["at"])
    key = next((key for key in keys["keys"] if key["kid"] == signed["kid"]), None)
    if key is None:
        return "the key is none of these"
    if hash_of(json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))) != key["kid"]:
        return "the key is not the one of its name"
    if at < key["from"] - TOGETHER_MS:
        return "the key is newer than what it signed"
    if at >= key.get("to", at + 1) + TOGETHER_MS:
        return "the key had been replaced"
    if at >= key.get("revoked", at + 1):
        return "the key had been revoked"
    pem = base64.b64encode(SPKI_OF_ED25519 + from_text(key["x"])).decode()
    print(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----")
    return 0


def main(what, *files):
    if what == "recount":
        return recount(json.load(open(files[0], encoding="utf-8")), open(files[1], encoding="utf-8", newline="\n"))
    if what == "lines":
        print(json.dumps([is_line(line) for line in json.load(sys.stdin)]))
        return 0
    if what == "law":
        logs = [json.loads(line) for line in sys.stdin]
        print(json.dumps([count_again(log["ballots"], log["countLate"], log["countQuarantined"]) for log in logs]))
        return 0
    documents = [json.load(open(name, encoding="utf-8")) for name in files]
    if what == "signed-bytes":
        sys.stdout.buffer.write(signed_bytes(documents[0]))
        return 0
    if what == "key":
        return key_of(*documents)
    receipt, certificate, proof = documents
    statement = certificate["statement"]
    if commitment(receipt) != receipt["commitment"]:
        return "the opening is not that of the commitment"
    if proof["size"] != statement["ballots"]:
        return "the proof is for a tree of another size"
    if mark(proof) != receipt["mark"]:
        return "the mark is not the one of the receipt"
    if root(leaf(receipt), proof["index"], proof["size"], proof["path"]) != statement["root"]:
        return "the proof does not lead to the certificate's root"
    print("good")
    return 0


sys.exit(main(*sys.argv[1:]))
