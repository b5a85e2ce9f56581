"""Answers calls that come as lines of JSON, `{"name": …, "given": {…}}`, with lines of JSON."""

import json
import math
import os
import sys
import time
import traceback


def answer(functions):
    # What else prints must not come between.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        call = json.loads(line)
        try:
            function = (lambda: None) if call["name"] == "ready" else functions[call["name"]]
            told = {"answer": function(**call["given"])}
        except Exception:
            told = {"answer": None, "error": traceback.format_exc()}
        out.write(json.dumps(told) + "\n")
        out.flush()


def timed(work):
    """Milliseconds, and what it returned."""
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1000, result


def latencies(work, asked):
    """Milliseconds of each call, one after another."""
    return [timed(lambda: work(one))[0] for one in asked]


def plain(value):
    """As JSON has it: no value is None."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def differing(ours, theirs, key, columns):
    """Rows of two frames that have the same key but another value, and rows that only one has."""
    import pandas

    both = ours.merge(theirs, on=key, how="outer", suffixes=("_ours", "_theirs"), indicator=True)
    only = both[both["_merge"] != "both"]
    other = pandas.Series(False, index=both.index)
    for column in columns:
        a, b = both[f"{column}_ours"], both[f"{column}_theirs"]
        other |= ~((a == b) | (a.isna() & b.isna()))
    other &= both["_merge"] == "both"
    return {
        "rows": len(ours),
        "theirs": len(theirs),
        "only_ours": int((only["_merge"] == "left_only").sum()),
        "only_theirs": int((only["_merge"] == "right_only").sum()),
        "other": int(other.sum()),
        "example": both[other].head(1).to_json(orient="records", date_format="iso") if other.any() else None,
    }
