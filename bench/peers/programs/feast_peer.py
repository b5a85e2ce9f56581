"""Feast at work on what it is asked."""

import os
from datetime import datetime, timedelta

import pandas as pd
from answering import answer, differing, latencies, plain, timed
from feast import Entity, FeatureStore, FeatureView, Field, FileSource
from feast.types import Float64
from feast.value_type import ValueType

store = None
spines = {}


def setup(folder, views, postgres=None, redis=None):
    """A repository: on PostgreSQL and Redis where they are given, else as Feast comes."""
    global store
    lines = ["project: bench", "provider: local", "registry: registry.db", "entity_key_serialization_version: 3"]
    if redis is not None:
        lines += ["online_store:", "  type: redis", f"  connection_string: {redis}"]
    else:
        lines += ["online_store:", "  type: sqlite", "  path: online.db"]
    if postgres is not None:
        lines += ["offline_store:", "  type: postgres", "  sslmode: disable"]
        lines += [f"  {name}: {value}" for name, value in postgres.items()]
    with open(os.path.join(folder, "feature_store.yaml"), "w") as file:
        file.write("\n".join(lines) + "\n")
    store = FeatureStore(repo_path=folder)
    user = Entity(name="user", join_keys=["user_id"], value_type=ValueType.STRING)
    store.apply([user, *[view_of(user, **view) for view in views]])


def view_of(user, name, source, features, ttl_days=0):
    stamps = {"timestamp_field": "event_timestamp", "created_timestamp_column": "created_at"}
    if source.endswith(".parquet"):
        batch = FileSource(name=f"{name}_source", path=source, **stamps)
    else:
        from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource

        batch = PostgreSQLSource(name=f"{name}_source", query=f"SELECT * FROM {source}", **stamps)
    return FeatureView(
        name=name,
        entities=[user],
        ttl=timedelta(days=ttl_days),
        schema=[Field(name=one, dtype=Float64) for one in features],
        source=batch,
    )


def materialize(start, end):
    return timed(lambda: store.materialize(datetime.fromisoformat(start), datetime.fromisoformat(end)))[0]


def read(features, asked):
    """Milliseconds of each read, of the users asked for."""
    rows = [[{"user_id": user} for user in users] for users in asked]
    return latencies(lambda one: store.get_online_features(features=features, entity_rows=one).to_dict(), rows)


def values(features, users):
    """Of each feature, in the order of the users."""
    rows = [{"user_id": user} for user in users]
    found = store.get_online_features(features=features, entity_rows=rows).to_dict()
    return {name: [plain(value) for value in found[name]] for name in found}


def load_spine(file):
    """Read before anything is measured."""
    spine = pd.read_csv(file)
    spine["event_timestamp"] = pd.to_datetime(spine["event_timestamp"], utc=True, format="ISO8601")
    spines[file] = spine


def join(file, features, output):
    """A training set, to a data frame; then kept, which is not measured."""
    took, frame = timed(lambda: store.get_historical_features(entity_df=spines[file], features=features).to_df())
    frame.to_parquet(output)
    return took


def compare(ours, theirs, features):
    """Files of training sets: fstore's CSV with Feast's Parquet."""
    own = pd.read_csv(ours, float_precision="round_trip")
    other = pd.read_parquet(theirs)
    columns = ["row", *[name.split(":")[1] for name in features]]
    return differing(own[columns], other[columns], ["row"], columns[1:])


def csv_to_parquet(csv, parquet):
    """Sources as Feast's file store reads them."""
    frame = pd.read_csv(csv, float_precision="round_trip")
    for name in ["event_timestamp", "created_at"]:
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    frame.to_parquet(parquet, row_group_size=100_000)


answer(globals())
