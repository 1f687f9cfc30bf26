"""Checks a receipt, a certificate and a proof of Roar with Python's own SHA-256: no line of it is Roar's.

    python3 verify.py tree receipt.json certificate.json proof.json    the hashing: prints good, or what is wrong
    python3 verify.py recount certificate.json ballots.ndjson [poll.json]    counts again: prints good, or what is wrong
    python3 verify.py signed-bytes receipt.json|certificate.json       the exact bytes that the signature is over
    python3 verify.py key keys.json receipt.json|certificate.json      the key of the signature, as PEM: prints it, or why it is not good
"""
import base64
import hashlib
import io
import json
import re
import sys


def one_of_each(members):
    """Of a name that is there twice one reader takes the first, and another the last."""
    if len(dict(members)) < len(members):
        raise ValueError("an object in it has a name twice")
    if not all(is_text(text) for member in members for text in member):
        raise ValueError("a text in it is half of a surrogate pair")
    return dict(members)


def is_text(value):
    return type(value) is not str or not re.search("[\ud800-\udfff]", value)


def exact(text):
    """1.0 and 1e0 are 1; 1e999 and what has a fraction are read otherwise elsewhere."""
    number = int(text) if text.lstrip("-").isdigit() else float(text)
    if not number == number // 1 or abs(number) >= 2**53:
        raise ValueError(f"{text} in it is not whole, or too large to be read exactly")
    return int(number)


def parse(text):
    return json.loads(text, object_pairs_hook=one_of_each, parse_int=exact, parse_float=exact, parse_constant=exact)


def read(name):
    with open(name, encoding="utf-8", newline="\n") as file:
        return parse(file.read())


def canonical(value):
    """RFC 8785: names are sorted by their UTF-16 code units."""
    if type(value) is dict:
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if type(value) is list:
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


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
    if not 0 <= index < size:
        raise ValueError("there is no such leaf")
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


LATE, QUARANTINED = 1, 2


class Count:
    """Who was first, by the order alone; then what is left out; then each voter's last."""

    def __init__(self, late_counts, quarantined_counts):
        self.late_counts, self.quarantined_counts = late_counts, quarantined_counts
        # Of each voter the newest ordinal, and the marks that all ballots have: four times the one and the other.
        self.newest, self.answers, self.kinds = {}, {}, {}

    def add(self, ballot):
        voter = ballot["voter"]
        newest, marks = divmod(self.newest.get(voter, LATE | QUARANTINED), 4)
        if ballot["ordinal"] <= newest:
            return
        marks &= (LATE if ballot["late"] else 0) | (QUARANTINED if ballot["quarantined"] else 0)
        self.newest[voter] = 4 * ballot["ordinal"] + marks
        if (ballot["late"] and not self.late_counts) or (ballot["quarantined"] and not self.quarantined_counts):
            return
        answer = ballot.get("segment"), tuple(zip(ballot["choice"], ballot["points"]))
        self.answers[voter] = self.kinds.setdefault(answer, answer)

    def marked(self, mark):
        return sum(1 for newest in self.newest.values() if newest & mark)

    def result(self, segment=None, choices=()):
        """Of one segment, or of all."""
        result, viewers = dict.fromkeys(choices, 0), 0
        for within, answer in self.answers.values():
            if segment is not None and segment != within:
                continue
            viewers += 1
            for choice, points in answer:
                result[choice] = result.get(choice, 0) + points
        return viewers, result


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
    place = ballot["place"]
    is_ballot = (
        json.dumps(ballot, separators=(",", ":"), ensure_ascii=False) == line
        and list(ballot) in (FIELDS + ["segment", "salt"], FIELDS + ["answerSalt", "segmentHash"])
        and all(type(ballot[name]) is str and re.fullmatch(TEXTS[name], ballot[name]) for name in ballot if name in TEXTS)
        and list(place) == ["partition", "offset"] and all(whole(n, 0) for n in place.values())
        and whole(ballot["ordinal"], 1, 2**31 - 1) and whole(ballot["at"], 0)
        and type(ballot["late"]) is bool and type(ballot["quarantined"]) is bool
        and is_answer(ballot)
    )
    if not is_ballot:
        raise ValueError("it is not written as a ballot is")
    return ballot


def is_line(line):
    try:
        return bool(ballot_in(line))
    except NO_BALLOT:
        return False


PAPER = ("show", "poll", "question", "choices", "kind", "max", "change", "voters", "publish")


def paper(poll):
    return hash_of("roar-paper-v1", canonical({name: poll[name] for name in PAPER if name in poll}))


def impossible_ballot(ballot, statement, poll):
    choice, points, at, kind = ballot["choice"], ballot["points"], ballot["at"], statement["kind"]
    if not statement["opens"] <= at < statement["sealed"]:
        return "came before the poll opened, or after its seal"
    if at >= statement["closes"] and not ballot["late"]:
        return "came after the end and is not marked late"
    if kind != "points" and (any(n != 1 for n in points) or (kind == "one" and len(choice) > 1)):
        return "is no answer to a poll of this kind"
    if poll is None:
        return None
    given = sum(points) if kind == "points" else len(choice)
    if given > poll["max"] or not set(choice) <= {one["choice"] for one in poll["choices"]}:
        return "is no answer to this poll"
    return "is a change, and the poll allows none" if ballot["ordinal"] > 1 and not poll["change"] else None


def recount_fault(certificate, lines, poll=None):
    """A ballot at a time: millions need the memory of their voters alone."""
    statement = certificate["statement"]
    fault = impossible(statement)
    if fault:
        return fault
    if poll is not None and paper(poll) != statement["paper"]:
        return "the poll asks something else than what was voted on"
    tree, count = Tree(), Count(statement["late"]["counted"], statement["quarantined"]["counted"])
    for number, line in enumerate(lines, 1):
        try:
            ballot = ballot_in(line.removesuffix("\n"))
        except NO_BALLOT as cause:
            return f"line {number} is not a ballot: {cause}"
        fault = impossible_ballot(ballot, statement, poll)
        if fault:
            return f"ballot {number} {fault}"
        tree.add(public_leaf(ballot, statement))
        count.add(ballot)
        if tree.size > statement["ballots"]:
            break
    if tree.size != statement["ballots"]:
        return f"there are {tree.size} ballots"
    if tree.root() != statement["root"]:
        return "the root is another"
    of_all = {name: statement[name] for name in ("viewers", "result")}
    for name, part in [(None, of_all), *statement["segments"].items()]:
        viewers, result = count.result(name, statement["result"])
        if {"viewers": viewers, "result": result} != part:
            return f"the result of {name or 'all'} is another: {viewers} viewers, {result}"
    for name, mark in (("late", LATE), ("quarantined", QUARANTINED)):
        if count.marked(mark) != statement[name]["viewers"]:
            return f"there are {count.marked(mark)} {name} viewers"
    return None


def count_whole(part):
    return all(whole(n, 0) for n in [part["viewers"], *part["result"].values()])


def has_form(statement):
    trail, parts = statement["trail"], [statement, *statement["segments"].values()]
    texts = {"show": ID, "poll": ID, "question": "(?s:.*)", "paper": HASH, "rules": HASH, "root": HASH}
    names = [name for part in parts for name in part["result"]] + list(statement["segments"])
    return (
        has_texts(statement, texts) and has_texts(trail, {"hash": "(?s:.*)"}) and type(trail["entries"]) is int
        and all(type(part["result"]) is dict for part in parts) and all(re.fullmatch(ID, name) for name in names)
    )


def impossible(statement):
    """Whoever signed it: a ballot is one viewer's, and each viewer's answer counts once."""
    if not has_form(statement):
        return "it does not have the form of a certificate"
    result, segments = statement["result"], list(statement["segments"].values())
    ballots, viewers, kind = (statement[name] for name in ("ballots", "viewers", "kind"))
    if kind not in ("one", "several", "points"):
        return "it is of no kind of poll"
    if not all(whole(statement[name], 0) for name in ("ballots", "opens", "closes", "sealed")):
        return "a number is not whole, or below 0"
    if not all(count_whole(part) for part in (statement, *segments)):
        return "a number is not whole, or below 0"
    for marked in (statement["late"], statement["quarantined"]):
        if type(marked["counted"]) is not bool or not whole(marked["viewers"], -ballots, ballots):
            return "what it says of marked viewers cannot be"
    if viewers > ballots or not statement["opens"] < statement["closes"] <= statement["sealed"]:
        return "it has more viewers than ballots, or its times are not in order"
    for part in (statement, *segments):
        counts = part["result"].values()
        if sum(counts) < part["viewers"] or (kind == "one" and sum(counts) != part["viewers"]):
            return "its viewers and their answers do not add up"
        if kind == "several" and any(n > part["viewers"] for n in counts):
            return "a choice has more answers than there are viewers"
    if sum(part["viewers"] for part in segments) > viewers:
        return "its segments have more viewers than all of it"
    if any(sum(part["result"].get(choice, 0) for part in segments) > n for choice, n in result.items()):
        return "a choice has more in the segments than in all of it"
    return None


def is_answer(answer):
    choice, points = answer["choice"], answer["points"]
    return (
        type(choice) is list and all(type(one) is str and re.fullmatch(ID, one) for one in choice)
        and type(points) is list and all(whole(n, 1, 1000) for n in points)
        and 1 <= len(choice) == len(points) <= 64 and len(set(choice)) == len(choice)
    )


def is_path(path):
    steps = path["path"]
    return whole(path["index"], 0) and whole(path["size"], 1) and type(steps) is list and len(steps) <= 53 and all(
        type(step) is str and re.fullmatch(HASH, step) for step in steps)


def has_texts(document, forms):
    return all(type(document[name]) is str and re.fullmatch(form, document[name]) for name, form in forms.items())


def is_receipt(receipt):
    place, proof = receipt["place"], receipt["proof"]
    texts = {"show": ID, "poll": ID, "segment": f"({ID})?", "salt": f"({NAME})?"}
    texts |= dict.fromkeys(("ballot", "paper", "mark", "commitment", "voter"), NAME)
    return (
        has_texts(receipt, texts) and type(receipt["late"]) is bool and is_answer(receipt["answer"])
        and whole(receipt["ordinal"], 1, 2**31 - 1) and whole(receipt["at"], 0)
        and whole(place["partition"], 0) and whole(place["offset"], 0)
        and is_path(proof) and has_texts(proof, dict.fromkeys(("kid", "signature"), "(?s:.){0,512}"))
    )


def is_proof(proof):
    texts = {"show": ID, "poll": ID, "ballot": NAME, "markSalt": f"({NAME})?"}
    return has_texts(proof, texts) and type(proof["quarantined"]) is bool and is_path(proof)


def tree_fault(receipt, certificate, proof):
    statement = certificate["statement"]
    if not is_receipt(receipt):
        return "it does not have the form of a receipt"
    if commitment(receipt) != receipt["commitment"]:
        return "the opening is not that of the commitment"
    # That there is one: its signature is another program's to check.
    root(leaf(receipt), receipt["proof"]["index"], receipt["proof"]["size"], receipt["proof"]["path"])
    fault = impossible(statement)
    if fault:
        return fault
    if not is_proof(proof):
        return "it does not have the form of a proof"
    if any(receipt[name] != statement[name] for name in ("show", "poll", "paper")):
        return "the certificate is for another poll"
    if proof["ballot"] != receipt["ballot"]:
        return "the proof is for another ballot"
    if proof["size"] != statement["ballots"]:
        return "the proof is for a tree of another size"
    if mark(proof) != receipt["mark"]:
        return "the mark is not the one of the receipt"
    if root(leaf(receipt), proof["index"], proof["size"], proof["path"]) != statement["root"]:
        return "the proof does not lead to the certificate's root"
    return None


def guarded(check, *given):
    """What has no form at all is not good either."""
    try:
        return check(*given)
    except NO_BALLOT as cause:
        return f"it cannot be read: {cause!r}"


def verdict(texts):
    """Of documents as they were written: a receipt, a certificate and a proof, or a certificate, ballots and maybe the poll."""
    if "ballots" in texts:
        lines = io.StringIO(texts["ballots"], newline="\n")
        return recount_fault(parse(texts["certificate"]), lines, *(parse(texts[name]) for name in texts if name == "poll"))
    return tree_fault(*(parse(texts[name]) for name in ("receipt", "certificate", "proof")))


def signed_bytes(document):
    if "statement" in document:
        return f"roar-certificate-v2\n{canonical(document['statement'])}".encode()
    proof = document["proof"]
    return f"roar-batch-v1\n{proof['size']}\n{root(leaf(document), proof['index'], proof['size'], proof['path'])}".encode()


# Ballots that are written together are signed once, by the key of the newest of them.
TOGETHER_MS = 10_000
SPKI_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


def key_of(keys, document):
    """Each key has a beginning and an end: what it signed is good for what was received, or sealed, between them."""
    signed, at = (document, document["statement"]["sealed"]) if "statement" in document else (document["proof"], document["at"])
    named = [key for key in keys["keys"] if key["kid"] == signed["kid"]]
    if len(named) != 1:
        return "the key is there twice" if named else "the key is none of these"
    [key] = named
    if hash_of(json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))) != key["kid"]:
        return "the key is not the one of its name"
    if not all(whole(key[name], -2**53) for name in ("from", "to", "revoked") if name in key):
        return "a time of the key is not a whole number"
    if at < key["from"] - TOGETHER_MS:
        return "the key is newer than what it signed"
    if at >= key.get("to", at + 1) + TOGETHER_MS:
        return "the key had been replaced"
    if at >= key.get("revoked", at + 1):
        return "the key had been revoked"
    pem = base64.b64encode(SPKI_OF_ED25519 + from_text(key["x"])).decode()
    print(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----")
    return 0


def is_good(fault):
    if fault:
        return fault
    print("good")
    return 0


def main(what, *files):
    if what == "recount":
        lines = open(files[1], encoding="utf-8", newline="\n")
        return is_good(guarded(lambda: recount_fault(read(files[0]), lines, *map(read, files[2:]))))
    if what == "lines":
        print(json.dumps([is_line(line) for line in json.load(sys.stdin)]))
        return 0
    if what == "law":
        logs = [json.loads(line) for line in sys.stdin]
        print(json.dumps([count_again(log["ballots"], log["countLate"], log["countQuarantined"]) for log in logs]))
        return 0
    if what == "verdicts":
        print(json.dumps([guarded(verdict, texts) for texts in json.load(sys.stdin)]))
        return 0
    if what == "signed-bytes":
        sys.stdout.buffer.write(signed_bytes(read(files[0])))
        return 0
    if what == "key":
        return guarded(lambda: key_of(*map(read, files)))
    return is_good(guarded(lambda: tree_fault(*map(read, files))))


sys.exit(main(*sys.argv[1:]))
