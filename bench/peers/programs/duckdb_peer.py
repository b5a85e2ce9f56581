"""DuckDB at point-in-time joins over Parquet files."""

import duckdb
import pandas as pd
from answering import answer, differing

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")


def to_parquet(csv, parquet):
    connection.execute(f"COPY (SELECT * FROM read_csv('{csv}')) TO '{parquet}'")


def join(spine, groups, output):
    joined = f"SELECT s.* FROM '{spine}' AS s"
    for i, group in enumerate(groups):
        features = [f"h.{name}" for name in group["features"]]
        if group["ttl"] is not None:
            fresh = f"h.event_timestamp >= s.event_timestamp - INTERVAL '{group['ttl']}'"
            features = [f"CASE WHEN {fresh} THEN {name} END AS {name[2:]}" for name in features]
        joined = f"""SELECT s.*, {", ".join(features)} FROM ({joined}) AS s
            ASOF LEFT JOIN '{group["file"]}' AS h
            ON s.user_id = h.user_id AND s.event_timestamp >= h.event_timestamp"""
    connection.execute(f"COPY ({joined} ORDER BY s.row) TO '{output}' (FORMAT parquet)")


def compare(ours, theirs, features):
    own = pd.read_csv(ours, float_precision="round_trip")[["row", *features]]
    other = connection.execute(f"SELECT * FROM '{theirs}'").df()[["row", *features]]
    return differing(own, other, ["row"], features)


answer(globals())
