"""mlforge at work on what it is asked, with its own default engine, its local store and Redis."""

import contextlib
import io

import polars as pl
from answering import answer, latencies, plain, timed

import mlforge as mlf

definitions = None
spines = {}


def setup(folder, views, redis=None):
    """`views` name their source, a Parquet file, and their features, or the windows of sums over `amount`."""
    global definitions
    host, port = (redis or "127.0.0.1:0").split(":")
    definitions = mlf.Definitions(
        name="bench",
        features=[feature_of(**view) for view in views],
        offline_store=mlf.LocalStore(f"{folder}/mlforge_store"),
        online_store=mlf.RedisStore(host=host, port=int(port)) if redis is not None else None,
    )


def feature_of(name, source, features=None, windows=None):
    columns = ["user_id", "event_timestamp", *(features or ["amount"])]

    def select(df):
        return df.select(columns)

    select.__name__ = name
    rolling = {}
    if windows is not None:
        aggregations = {"amount": ["count", "sum", "mean"]}
        rolling = {"interval": "1d", "metrics": [mlf.Rolling(windows=windows, aggregations=aggregations)]}
    return mlf.feature(keys=["user_id"], source=source, timestamp="event_timestamp", **rolling)(select)


def build(online):
    def work():
        with contextlib.redirect_stdout(io.StringIO()):
            return definitions.build(force=True, preview=False, online=online)

    took, result = timed(work)
    if result.failed > 0 or result.built == 0:
        raise RuntimeError(str(result))
    return took


def read(names, asked):
    """Milliseconds of each read, of the users asked for."""
    frames = [pl.DataFrame({"user_id": users}) for users in asked]
    work = lambda frame: definitions.get_online_features(features=names, entity_df=frame).to_dicts()
    return latencies(work, frames)


def values(names, users):
    found = definitions.get_online_features(features=names, entity_df=pl.DataFrame({"user_id": users}))
    return {name: [plain(value) for value in found[name].to_list()] for name in found.columns}


def csv_to_parquet(csv, parquet):
    pl.read_csv(csv).with_columns(instant("event_timestamp")).write_parquet(parquet)


def instant(name):
    return pl.col(name).str.replace(r"\+00$", "+0000").str.to_datetime(time_unit="us", time_zone="UTC")


def load_spine(file):
    """Read before anything is measured."""
    spines[file] = pl.read_csv(file).with_columns(instant("event_timestamp"))


def join(file, names, output):
    took, frame = timed(
        lambda: definitions.get_training_data(features=names, entity_df=spines[file], timestamp="event_timestamp")
    )
    frame.write_parquet(output)
    return took


def compare(ours, theirs, features):
    """Files of training sets: fstore's CSV with mlforge's Parquet."""
    own = pl.read_csv(ours, schema_overrides={name: pl.Float64 for name in features})
    return differing(own.select(["row", *features]), pl.read_parquet(theirs).select(["row", *features]), ["row"])


def compare_rolling(ours, windows):
    """fstore's rows, stamped with the end of their day, with mlforge's, stamped with its start."""
    theirs = definitions.offline_store.read("spend").with_columns(
        pl.col("event_timestamp").cast(pl.Datetime("us", "UTC")) + pl.duration(days=1)
    )
    renamed = {
        f"spend__{theirs_of}__1d__{window}": f"{ours_of}__{int(window[:-1]) + 1}d"
        for window in windows
        for theirs_of, ours_of in [
            ("amount__count", "amount__count"),
            ("amount__sum", "amount__sum"),
            ("amount__mean", "amount__avg"),
        ]
    }
    theirs = theirs.select(["user_id", "event_timestamp", *renamed]).rename(renamed)
    # An empty window sums to 0 in fstore and to null in mlforge.
    sums = [name for name in renamed.values() if "__sum__" in name]
    theirs = theirs.with_columns([pl.col(name).fill_null(0) for name in sums])
    own = pl.read_csv(ours).with_columns(instant("event_timestamp"))
    own = own.select(["user_id", "event_timestamp", *renamed.values()])
    return differing(own, theirs, ["user_id", "event_timestamp"])


def differing(own, other, key):
    """As in answering.py; sums of floats may be added up in another order."""
    columns = [name for name in own.columns if name not in key]
    both = own.join(other, on=key, how="full", suffix="_theirs", coalesce=False)
    first = key[0]
    ours, theirs = pl.col(first).is_not_null(), pl.col(f"{first}_theirs").is_not_null()
    same = pl.all_horizontal(
        [
            (pl.col(name).cast(pl.Float64) - pl.col(f"{name}_theirs").cast(pl.Float64)).abs()
            <= 1e-9 * pl.max_horizontal(pl.col(name).cast(pl.Float64).abs(), 1.0)
            for name in columns
        ]
    )
    equal = pl.all_horizontal([pl.col(name).is_null() == pl.col(f"{name}_theirs").is_null() for name in columns])
    other_value = both.filter(ours & theirs & ~(same.fill_null(True) & equal))
    return {
        "rows": len(own),
        "theirs": len(other),
        "only_ours": len(both.filter(ours & ~theirs)),
        "only_theirs": len(both.filter(theirs & ~ours)),
        "other": len(other_value),
        "example": str(other_value.head(1).to_dicts()) if len(other_value) > 0 else None,
    }


answer(globals())
