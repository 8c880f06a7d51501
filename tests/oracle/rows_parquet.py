"""Makes tests/golden/rows/*.parquet and tests/golden/rows/parquet.json from pyarrow and polars.

    python tests/oracle/rows_parquet.py

Needs pyarrow 26.0.1 and polars 2.1.0, and layouts.json (rows_layouts.py makes it). Every file of parquet.json has the JSON text of each of its rows, which
is written here on its own from pyarrow's values. The files *lz4*_compressed.parquet are not made here: they are
those of that name in github.com/apache/parquet-testing at 1a2a751 (Apache-2.0), as nothing writes the older kind
of LZ4 any more.
"""

import datetime as dt
import decimal
import json
import pathlib

import polars
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "rows"
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678901)
EPOCH = dt.datetime(1970, 1, 1)


def digits(value: float) -> str:
    """As Python's json writes a number that is not whole by its type."""
    return json.dumps(value)


def instant(count: int, unit: str, zone: str = "") -> str:
    """ISO 8601 with as many digits as the unit has."""
    width = {"ms": 3, "us": 6, "ns": 9}[unit]
    seconds, fraction = divmod(count, 10**width)
    whole = (EPOCH + dt.timedelta(seconds=seconds)).isoformat()
    return f'"{whole}.{fraction:0{width}}{zone}"'


def text(value, kind: pa.DataType) -> str:
    """The JSON text of a value of pyarrow's, whose type is asked where Python's own would not do."""
    if value is None:
        return "null"
    if pa.types.is_decimal(kind):
        return format(value, "f")
    if pa.types.is_floating(kind):
        return digits(float(value))
    if pa.types.is_date(kind):
        return f'"{value.isoformat()}"'
    if pa.types.is_time(kind):
        precision = "milliseconds" if kind.unit == "ms" else "microseconds"
        return f'"{value.isoformat(precision)}{"000" if kind.unit == "ns" else ""}"'
    if pa.types.is_struct(kind):
        fields = [f'"{field.name}":{text(value[field.name], field.type)}' for field in kind]
        return "{" + ",".join(fields) + "}"
    if pa.types.is_map(kind):
        if pa.types.is_string(kind.key_type):
            return "{" + ",".join(f'"{k}":{text(v, kind.item_type)}' for k, v in value) + "}"
        entries = [f'{{"key":{text(k, kind.key_type)},"value":{text(v, kind.item_type)}}}' for k, v in value]
        return "[" + ",".join(entries) + "]"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return "[" + ",".join(text(each, kind.value_type) for each in value) + "]"
    if isinstance(value, bytes):
        return json.dumps(value.decode(), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def column_texts(column: pa.ChunkedArray) -> list[str]:
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        counts = column.cast(pa.int64()).to_pylist()
        if pa.types.is_duration(kind):
            return [text(count, pa.int64()) for count in counts]
        zone = "Z" if kind.tz else ""
        return ["null" if count is None else instant(count, kind.unit, zone) for count in counts]
    return [text(value, kind) for value in column.to_pylist()]


def lines(table: pa.Table) -> list[str]:
    columns = {name: column_texts(table[name]) for name in table.column_names}
    return [
        "{" + ",".join(f'{json.dumps(name)}:{texts[row]}' for name, texts in columns.items()) + "}"
        for row in range(table.num_rows)
    ]


def types() -> pa.Table:
    """Every type that pyarrow writes and JSON can hold, each with a null."""
    return pa.table({
        "prompt": pa.array([[{"role": "user", "content": "Hi"}], [{"role": "user", "content": None}], None]),
        "big": pa.array([2**63 - 1, None, -(2**63)], pa.int64()),
        "unsigned": pa.array([2**64 - 1, 0, None], pa.uint64()),
        "small": pa.array([-1, None, 127], pa.int8()),
        "byte": pa.array([255, None, 1], pa.uint8()),
        "word": pa.array([2**32 - 1, None, 1], pa.uint32()),
        "ms": pa.array([MOMENT, None, EPOCH], pa.timestamp("ms")),
        "us": pa.array([MOMENT, None, dt.datetime(1960, 1, 1, 0, 0, 0, 1)], pa.timestamp("us")),
        "utc": pa.array([MOMENT, None, EPOCH], pa.timestamp("us", tz="UTC")),
        "ns": pa.array([1_700_000_000_123_456_789, None, -1], pa.timestamp("ns")),
        "day": pa.array([dt.date(2026, 1, 2), None, dt.date(1960, 2, 29)]),
        "time": pa.array([dt.time(3, 4, 5, 678901), None, dt.time(0)], pa.time64("us")),
        "clock": pa.array([dt.time(3, 4, 5), None, dt.time(23, 59)], pa.time32("ms")),
        "duration": pa.array([dt.timedelta(microseconds=5), None, dt.timedelta(days=-1)], pa.duration("us")),
        "price": pa.array([decimal.Decimal("12.30"), None, decimal.Decimal("-0.01")], pa.decimal128(10, 2)),
        "precise": pa.array([decimal.Decimal("12345678901234567890123456789.012345678"), None, 1], pa.decimal128(38, 9)),
        "real": pa.array([float("nan"), float("-inf"), -0.0]),
        "whole": pa.array([1.0, None, 0.1]),
        "single": pa.array([0.1, None, 1.5], pa.float32()),
        "half": pa.array([0.1, None, 2.0], pa.float16()),
        "large": pa.array(["a", None, "é\"\n"], pa.large_string()),
        "untyped": pa.array([b"text", None, "é".encode()], pa.binary()),
        "category": pa.array(["x", "y", None]).dictionary_encode(),
        "nested": pa.array([{"a": [{"b": 1, "c": "x"}], "d": None}, None, {"a": [], "d": {"e": 2**60}}]),
        "lists": pa.array([[[1], [], None], None, []], pa.list_(pa.list_(pa.int32()))),
        "map": pa.array([[("2", 1), ("1", None)], None, []], pa.map_(pa.string(), pa.int64())),
        "numbered": pa.array([[(5, 2**60)], None, []], pa.map_(pa.int64(), pa.int64())),
        "flag": pa.array([True, None, False]),
        "none": pa.nulls(3),
        "fixed": pa.array([[1.5, 2.5], None, [0.0, 0.25]], pa.list_(pa.float32(), 2)),
    })


def few(rows: int = 3) -> pa.Table:
    return pa.table({
        "prompt": [f"prompt {row % 3}" for row in range(rows)],
        "n": pa.array(range(rows), pa.int64()),
        "x": [row / 3 for row in range(rows)],
        "none": pa.nulls(rows, pa.string()),
    })


def polars_table() -> polars.DataFrame:
    messages = [[{"role": "user", "content": "x"}], None]
    return polars.DataFrame({
        "prompt": ["a", "b"],
        "n": [2**63 - 1, None],
        "at": [MOMENT, None],
        "messages": messages,
        "price": [decimal.Decimal("1.50"), None],
        "category": polars.Series(["u", "v"], dtype=polars.Categorical),
        "time": [dt.time(1, 2, 3, 4), None],
    })


def write(name: str, table: pa.Table, **options) -> tuple[str, list[str]]:
    path = FOLDER / f"{name}.parquet"
    pq.write_table(table, path, **options)
    return path.name, lines(table)


def empty_groups() -> tuple[str, list[str]]:
    """A file with row groups that hold nothing, before, between and behind others."""
    path = FOLDER / "empty_groups.parquet"
    table = few()
    with pq.ParquetWriter(path, table.schema) as writer:
        for part in (table.slice(0, 0), table.slice(0, 2), table.slice(0, 0), table.slice(2), table.slice(0, 0)):
            writer.write_table(part)
    return path.name, lines(table)


def from_polars() -> tuple[str, list[str]]:
    path = FOLDER / "polars.parquet"
    frame = polars_table()
    frame.write_parquet(path)
    return path.name, lines(frame.to_arrow())


def rows_of_trainers() -> None:
    """Some rows of layouts.json as Arrow writes them: every message has every column."""
    cases = {case["name"]: json.loads(case["row"]) for case in json.loads((FOLDER / "layouts.json").read_text())["cases"]}
    verl = cases["verl, several responses to a prompt in messages"]
    pq.write_table(pa.Table.from_pylist([verl]), FOLDER / "verl.parquet")
    talk = cases["TRL, a conversation"]["messages"]
    keys = {"name": pa.string(), "tool_calls": pa.list_(pa.string())}
    message = pa.struct({"role": pa.string(), "content": pa.string(), **keys})
    pq.write_table(pa.table({"messages": pa.array([talk], pa.list_(message))}), FOLDER / "messages.parquet")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    compressed = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]
    delta = {"n": "DELTA_BINARY_PACKED", "prompt": "DELTA_BYTE_ARRAY", "x": "BYTE_STREAM_SPLIT"}
    files = dict([
        write("types", types()),
        *[write(f"pyarrow_{codec}", few(), compression=codec, store_schema=False) for codec in compressed],
        write("pages_v2", few(60), data_page_version="2.0", compression="zstd", data_page_size=128),
        write("delta", few(20), use_dictionary=False, column_encoding=delta, store_schema=False),
        write("delta_length", few(20), use_dictionary=False, column_encoding={"prompt": "DELTA_LENGTH_BYTE_ARRAY"}),
        empty_groups(),
        from_polars(),
    ])
    instants = pa.table({"prompt": ["a"], "at": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns"))})
    files |= [write("int96", instants, use_deprecated_int96_timestamps=True)]
    pq.write_table(pa.table({"prompt": ["a"], "image": [b"\xff\xd8"]}), FOLDER / "bytes.parquet")
    pq.write_table(pa.table({"prompt": ["a"], "id": pa.array([b"ab"], pa.binary(2))}), FOLDER / "fixed_bytes.parquet")
    older = [
        f'{{"c0":{c0},"c1":"{c1}","v11":{v11}}}'
        for c0, c1, v11 in [(1593604800, "abc", 42.0), (1593604800, "def", 7.7), (1593604801, "abc", 42.125), (1593604801, "def", 7.7)]
    ]
    for name in ("hadoop_lz4", "non_hadoop_lz4", "lz4_raw"):
        files[f"{name}_compressed.parquet"] = older
    rows_of_trainers()
    stated = {"pyarrow": pa.__version__, "polars": polars.__version__, "files": files}
    (FOLDER / "parquet.json").write_text(json.dumps(stated, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
