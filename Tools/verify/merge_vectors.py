#!/usr/bin/env python3
"""Records folded a second time, from Protocol/merge.md alone.

    merge_vectors.py            check the vectors in Protocol/vectors/merge
    merge_vectors.py --write    write them anew, then check

Shares no code with the Swift packages. Exits 1 on a difference.
"""

import json
import re
import sys

from entry_vectors import VECTORS, decode, digest, encode, made_up

CREATE, AMEND, RESOLVE, WITHDRAW, ERASE, MOVE, ASSIGN = range(1, 8)
CLASSES = {"operational": 1, "coded": 2, "sensitive": 3, "identity": 4}
INSTANCE = re.compile(r"([^#]+)#(0|[1-9][0-9]{0,8})(?:@([0-9a-f]{64}))?\.(.+)", re.ASCII | re.DOTALL)


def key_order(text):
    raw = text.encode()
    return (len(raw), raw)


def full_name(name, entry):
    match = INSTANCE.fullmatch(name)
    if match and not match[3]:
        return f"{match[1]}#{match[2]}@{entry['hash'].hex()}.{match[4]}"
    return name


def assigned(write):
    """Value and replaced hashes of a write that is no set write."""
    return (write[0], write[1]) if isinstance(write, list) else (write, [])


def remaining(writes, policy):
    """[hash, class, value] of one field's writes, in the order of §3."""
    if policy == "append":
        return notes(writes)
    replaced, removed = set(), set()
    for _, _, write in writes:
        if isinstance(write, dict):
            removed |= {(code, h) for code, hashes in write.get(1, {}).items() for h in hashes}
        else:
            replaced |= set(assigned(write)[1])
    left = []
    for entry_hash, part, write in writes:
        if entry_hash in replaced:
            continue
        values = write.get(0, []) if isinstance(write, dict) else [assigned(write)[0]]
        left += [[entry_hash, part, v] for v in values if (v, entry_hash) not in removed]
    return left


def notes(writes):
    left, ordered = sorted(writes, key=lambda w: w[:2]), []
    while left:
        held = {w[0] for w in left}
        ready = (w for w in left if not any(h in held for h in assigned(w[2])[1]))
        chosen = next(ready, left[0])
        left.remove(chosen)
        ordered.append([chosen[0], chosen[1], assigned(chosen[2])[0]])
    return ordered


def word(value):
    return str(value).lower() if isinstance(value, (bool, int)) else value


def shown(left, rule):
    """What a reader sees, and whether it is contested."""
    policy, order = rule["policy"], rule.get("order", [])
    rank = lambda value: order.index(word(value)) if word(value) in order else len(order)
    values = [value for _, _, value in left]
    if policy == "append":
        return values, False
    if policy == "set":
        codes = {value for value in values if isinstance(value, str)}
        return sorted(codes, key=lambda code: (rank(code), key_order(code))), False
    contested = policy != "latest" and len({encode(value) for value in values}) > 1
    if policy == "protective" and contested:
        return [min(reversed(values), key=rank)], True
    return values[-1:], contested


def covers_all(named, entries):
    places, forks, limits = set(), {}, {}
    for entry in entries:
        origin, seq = entry["origin"], entry["seq"]
        if (origin, seq) in places:
            forks[origin] = min(seq, forks.get(origin, seq))
        places.add((origin, seq))
        if entry["hash"] in named:
            limits[origin] = max(seq, limits.get(origin, 0))
    return all(
        e["hash"] in named
        or e["seq"] < limits.get(e["origin"], 0) and e["seq"] < forks.get(e["origin"], 2**64)
        for e in entries
        if e["kind"] <= RESOLVE
    )


def fold(vector):
    entries = {}
    for raw in vector["entries"]:
        entry = dict(raw, hash=bytes.fromhex(raw["hash"]))
        entry["writes"] = {CLASSES[c]: decode(bytes.fromhex(w)) for c, w in raw["writes"].items()}
        entries[entry["hash"]] = entry
    entries = [entries[h] for h in sorted(entries)]
    control = lambda kind: [(e, e["writes"].get(1, {})) for e in entries if e["kind"] == kind]

    erased = {CLASSES[c] for _, w in control(ERASE) for c in w["classes"].get(0, []) if c in CLASSES}
    moves = [(e["hash"], *assigned(w["area"])) for e, w in control(MOVE)]
    moved = [area for h, area, _ in moves if not any(h in seen for _, _, seen in moves)]
    started = [e["area"] for e in entries if e["kind"] == CREATE]
    area = (moved or started or [None])[-1]
    withdrawn = any(covers_all(set(assigned(w["reason"])[1]), entries) for _, w in control(WITHDRAW))
    assignees = sorted({assigned(w["assignee"])[0] for _, w in control(ASSIGN)})

    writes = {}
    for entry in entries:
        for part in sorted(entry["writes"]) if entry["kind"] <= RESOLVE else []:
            for name, write in entry["writes"][part].items() if part not in erased else []:
                writes.setdefault(full_name(name, entry), []).append((entry["hash"], part, write))
    fields, seen, conflicts = {}, {}, []
    for name in sorted(writes, key=key_order):
        match = INSTANCE.fullmatch(name)
        rule_name = f"{match[1]}.{match[4]}" if match else name
        rule = vector["rules"].get(rule_name, {"policy": "review"})
        left = remaining(writes[name], rule["policy"])
        if left:
            fields[name] = left
            values, contested = shown(left, rule)
            seen[name] = [encode(value).hex() for value in values]
            conflicts += [name] if contested else []
    state = [fields, withdrawn, area, assignees, sorted(erased)]
    return {
        "digest": digest("yarrow.state/1", encode(state)).hex(),
        "shown": seen,
        "contested": conflicts,
        "withdrawn": withdrawn,
        "area": area,
    }


# The cases. An entry is [author, seq, kind, {class: {field: write}}, branch]; its hash is made up
# from author, seq and branch.

RULES = {
    "risk": {"policy": "protective", "order": ["high", "low"]},
    "needs": {"policy": "set", "order": ["shelter", "food", "legal"]},
    "note": {"policy": "append"},
    "seen": {"policy": "latest"},
}


def h(author, seq, branch=""):
    return made_up(f"entry {author} {seq} {branch}", 32)


def case(what, *entries):
    listed = []
    for author, seq, kind, sections, *branch in entries:
        listed.append(
            {
                "hash": h(author, seq, *branch).hex(),
                "origin": made_up("author " + author, 32).hex(),
                "seq": seq,
                "kind": kind,
                "area": "north",
                "writes": {part: encode(fields).hex() for part, fields in sections.items()},
            }
        )
    vector = {"what": what, "rules": RULES, "entries": listed}
    vector["expect"] = fold(vector)
    return vector


def op(**fields):
    return {"operational": fields}


def cases():
    a1, b1 = h("a", 1), h("b", 1)
    created = ("a", 1, CREATE, op(status="new", needs={0: ["food"]}, risk="low", note="0"))
    triaged = ("a", 2, AMEND, op(status=["triaged", [a1]], risk=["low", [a1]]))
    closed = ("b", 1, AMEND, op(status=["closed", [a1]], risk=["high", [a1]]))
    both = sorted([h("a", 2), b1])
    withdrawal = op(reason=["duplicate", [a1]])
    instance = f"people#0@{a1.hex()}.role"
    return {
        "create_alone": case("a record with its create entry alone", created),
        "concurrent_edits": case("concurrent edits: a conflict, and the protective value", created, triaged, closed),
        "resolved": case("a resolve entry ends the conflict", created, triaged, closed,
            ("b", 2, RESOLVE, op(status=["closed", both]))),
        "concurrent_resolutions": case("concurrent resolve entries conflict again", created, triaged, closed,
            ("b", 2, RESOLVE, op(status=["closed", both])), ("a", 3, RESOLVE, op(status=["triaged", both]))),
        "gap_before_replaced": case("the replaced entry is not held", triaged, closed),
        "set_add_beats_unseen_removal": case("a removal covers only the adds it saw", created,
            ("a", 2, AMEND, op(needs={1: {"food": [a1]}})), ("b", 1, AMEND, op(needs={0: ["food", "shelter"]}))),
        "notes_in_causal_order": case("notes stand after those they follow", created,
            ("b", 1, AMEND, op(note=["b1", [a1]])), ("b", 2, AMEND, op(note=["b2", [b1]])),
            ("a", 2, AMEND, op(note=["a1", [a1]]))),
        "withdrawn": case("a withdrawal covers what it names", created, ("b", 1, WITHDRAW, withdrawal)),
        "withdrawal_outrun": case("an edit that the withdrawal had not seen keeps the record shown",
            created, triaged, ("b", 1, WITHDRAW, withdrawal)),
        "withdrawal_of_one_branch": case("the unseen branch of a fork is not hidden", created,
            ("a", 2, AMEND, op(status=["triaged", [a1]]), "x"), ("a", 2, AMEND, op(status=["closed", [a1]]), "y"),
            ("b", 1, WITHDRAW, op(reason=["duplicate", [h("a", 2, "x")]]))),
        "erased_for_ever": case("a write of an erased class does not count, nor what it replaces", created,
            ("b", 1, ERASE, op(classes={0: ["sensitive"]}, reason="consent")),
            ("a", 2, AMEND, {"sensitive": {"status": ["triaged", [a1]], "story": "s"}})),
        "instance_of_a_repeat": case("both names of an instance mean the same",
            ("a", 1, CREATE, op(**{"people#0.role": "witness", "people#1.role": "driver"})),
            ("b", 1, AMEND, op(**{instance: ["guard", [a1]], "people#0.role": "witness"}))),
        "moves_and_assignments": case("concurrent moves, one of them replaced, and two assignees", created,
            ("a", 2, MOVE, op(area="south")), ("b", 1, MOVE, op(area="west")),
            ("b", 2, MOVE, op(area=["east", [b1]])), ("a", 3, ASSIGN, op(assignee=b1)),
            ("a", 4, ASSIGN, op(assignee=a1))),
    }


def main():
    failures = 0
    if "--write" in sys.argv[1:]:
        for name, vector in cases().items():
            text = json.dumps(vector, indent=2, ensure_ascii=False)
            (VECTORS / "merge" / (name + ".json")).write_text(text + "\n", encoding="utf-8")
    paths = sorted((VECTORS / "merge").glob("*.json"))
    for path in paths:
        vector = json.loads(path.read_text(encoding="utf-8"))
        if fold(vector) != vector["expect"]:
            failures += 1
            print(f"{path.name}: differs from the specification")
    print(f"{len(paths)} records, {failures} differences")
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
