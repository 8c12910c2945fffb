"""Lists where the fragments of DICOM files lie, a JSON line for each file named on stdin.

Offsets count from the first fragment's item, as those of the Basic Offset Table do (PS3.5 A.4).
"""
import json
import sys
import warnings

from pydicom import config, dcmread

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE


def items_of(value):
    """Offset and length of every item's value."""
    at = 0
    while at + 8 <= len(value):
        tag, length = value[at:at + 4], int.from_bytes(value[at + 4:at + 8], "little")
        if tag != b"\xfe\xff\x00\xe0":
            break
        yield at + 8, length
        at += 8 + length


def described(file):
    dataset = dcmread(file)
    # One of the corpus has "1A", which pydicom makes no integer of.
    raw = dataset.get_item(0x00280008)
    frames = b"" if raw is None else raw.value or b""
    answer = {"frames": int(frames) if frames.strip().isdigit() else 1,
              "extended": "ExtendedOffsetTable" in dataset or "ExtendedOffsetTableLengths" in dataset}
    if "PixelData" not in dataset or not dataset["PixelData"].is_undefined_length:
        return answer
    value = dataset.PixelData
    (start, length), *fragments = items_of(value)
    table = [int.from_bytes(value[at:at + 4], "little") for at in range(start, start + length, 4)]
    first = fragments[0][0] if fragments else 0
    return {**answer, "table": table, "fragments": [at - first for at, _ in fragments]}


for line in sys.stdin:
    file = line.rstrip("\n")
    try:
        print(json.dumps(described(file)))
    except Exception as error:
        print(json.dumps({"error": "%s: %s" % (type(error).__name__, str(error)[:100])}))
